"""
A replay of the journal by several processes, when only its summary is wanted.

Each folds its share of the streams; the tree is computed over all leaves. Nothing of it
can be kept and resumed: that is what the replay in seq order is for.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path

from dossiers.dossier import Dossier
from dossiers.envelope import decode
from dossiers.fold import after
from dossiers.views import canonical
from infra.audit.findings import BROKEN, Findings
from infra.audit.log import Leaves, tree_over
from infra.audit.replay import Replay, Tell, unhurried, wrong
from infra.audit.share import quiet
from infra.audit.sources import JOURNAL, Read, altered, missing, read
from infra.audit.verify import MANY, MOST_PROCESSES
from infra.house import House
from storage.evidence import evidence
from storage.merkle import leaf_of

Lines = list[tuple[str, int, bytes]]
"""Code, version and canonical line of each dossier."""
_Row = tuple[int, str, object, object]
_Whole = tuple[str, int, bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """Which share of how many of a journal, up to a seq, as of an instant."""

    url: str
    share: int
    shares: int
    last: int
    leaves: Path
    at: datetime | None


def replayed(
    url: str,
    processes: int,
    last: int,
    *,
    at: datetime | None = None,
    tell: Tell = lambda _, __: None,
) -> dict[str, object]:
    """
    Summarize every dossier as of event `last`, exactly as `Replay.summary` does.

    Raises TamperedError naming the first event met that cannot be.
    """
    with tempfile.TemporaryDirectory(prefix="nambuoc-replay-") as folder:
        whole = Part(url, 0, processes, last, Path(folder) / "leaves", at)
        with Leaves(whole.leaves, last) as leaves:
            lines = [line for part in _parts(whole, tell) for line in part]
            found = Findings()
            tree, _ = tree_over(leaves, found, set())
    for gap in found.listed():
        raise missing(int(str(gap["seq"])), "the next one")
    running = hashlib.sha256()
    for _, _, line in sorted(lines, key=itemgetter(0)):
        running.update(line)
    return {
        "from": JOURNAL,
        "size": tree.size,
        "root": tree.root.hex(),
        "events": sum(version for _, version, _ in lines),
        "dossiers": len(lines),
        "state_digest": running.hexdigest(),
    }


def summarized(
    house: House,
    last: int | None,
    *,
    at: datetime | None = None,
    tell: Tell = lambda _, __: None,
) -> dict[str, object]:
    """Summarize the journal as of an event, by as many processes as it is worth."""
    size = house.journal.head().size
    if size < MANY or (last is not None and last > size):
        work = Replay(JOURNAL, at)
        work.run(read(house, JOURNAL, last), tell)
        return work.summary()
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    url = house.settings.database_url
    return replayed(url, processes, size if last is None else last, at=at, tell=tell)


def _parts(whole: Part, tell: Tell) -> Iterator[Lines]:
    """Do the first share here, the others in processes that end with this one."""
    others = [replace(whole, share=share) for share in range(1, whole.shares)]
    with get_context("spawn").Pool(max(len(others), 1), initializer=quiet) as pool:
        asked = [pool.apply_async(fold_part, (one,)) for one in others]
        yield fold_part(whole, tell)
        for one in asked:
            yield one.get()


def fold_part(part: Part, tell: Tell = lambda _, __: None) -> Lines:
    """Fold one share's streams; leaves go to their places."""
    found: Lines = []
    with (
        evidence(part.url) as snapshot,
        Leaves(part.leaves, part.last) as leaves,
        unhurried(),
    ):
        rows = snapshot.bodies_of(part.share, part.shares, part.last)
        count = 0
        for stream, group in groupby(_hashed(rows, leaves), key=itemgetter(0)):
            state = _fold(stream, group, part.at)
            if state is not None:
                found.append((state.code, state.version, canonical(state)))
                count += state.version
                tell("events", count * part.shares)
    return found


def _hashed(rows: Iterator[_Row], leaves: Leaves) -> Iterator[_Whole]:
    """Hash each body; its leaf goes to its place."""
    for seq, stream, body, kept in rows:
        if not isinstance(body, bytes):
            raise altered(seq, _place(seq), "its body is not bytes")
        leaf = leaf_of(body)
        if leaf != kept:
            raise altered(seq, _place(seq), "its body is not what was hashed")
        leaves.put(seq, leaf)
        yield stream, seq, body


def _place(seq: int) -> str:
    return f"journal seq {seq}"


def _fold(stream: str, events: Iterator[_Whole], at: datetime | None) -> Dossier | None:
    """Fold a dossier up to an instant; other streams are only read."""
    state: Dossier | None = None
    open_ = stream.startswith("dossier:")
    for _, seq, body in events:
        try:
            event = decode(body)
            open_ = open_ and (at is None or event.occurred_at <= at)
            if open_:
                state = after(state, event)
        except BROKEN as error:
            raise wrong(Read(seq, body, b"", _place(seq)), error) from error
    return state
