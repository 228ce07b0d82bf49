"""
One pass over the journal, stream by stream: bodies, columns, versions, folds.

The leaves go into a file by seq, so that several processes can share one pass and the
tree is computed over what the bodies say, never over what the rows claim.
"""

import os
from collections.abc import Iterator
from itertools import groupby
from mmap import mmap
from pathlib import Path
from types import TracebackType
from typing import Self

from dossiers.envelope import Event, decode
from infra.audit.expected import History
from infra.audit.findings import BROKEN, Findings, told
from storage.evidence import Row
from storage.importing import WITH_COMMANDS
from storage.journal import part_of
from storage.merkle import HASH, CompactRange, leaf_of
from storage.tables import micros

NOTHING = bytes(HASH)
_BATCH = 4_096


class Leaves:
    """Leaf hashes by seq in a file; zeros where no event was met."""

    def __init__(self, path: Path, size: int) -> None:
        """Open the file for so many leaves, made when it is not there; OSError."""
        self.size = size
        room = max(size, 1) * HASH
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(file, 0, room)  # a full disk is told here, not later
            self._map = mmap(file, room)
        finally:
            os.close(file)

    def put(self, seq: int, leaf: bytes) -> None:
        """Keep one leaf in its place."""
        self._map[(seq - 1) * HASH : seq * HASH] = leaf

    def between(self, start: int, end: int) -> list[bytes]:
        """Read the leaves [start, end)."""
        piece = self._map[start * HASH : end * HASH]
        return [piece[at : at + HASH] for at in range(0, len(piece), HASH)]

    def all(self) -> Iterator[bytes]:
        """Read all leaves in seq order."""
        for first in range(0, self.size, _BATCH):
            yield from self.between(first, min(first + _BATCH, self.size))

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        """Close the file; who made it removes it."""
        self._map.close()


class LogPass:
    """Checks every row of a share and folds its streams."""

    def __init__(
        self,
        leaves: Leaves | None,
        head: int,
        *,
        only: str | None = None,
        folds: bool = True,
    ) -> None:
        """
        Take where leaves go and the journal's size.

        `only`: the one dossier's stream that is folded; without `folds` none is.
        """
        self.findings = Findings()
        self.events = 0
        self._leaves = leaves
        self._head = head
        self._only = only
        self._folds = folds

    def histories(self, rows: Iterator[Row]) -> Iterator[tuple[str, History]]:
        """Give each stream's history at its end; a torn one is a finding instead."""
        for stream, group in groupby(rows, key=lambda row: row.stream):
            history = self._history(str(stream), group)
            if history is not None:
                yield str(stream), history

    def _history(self, stream: str, rows: Iterator[Row]) -> History | None:
        ours = self._only in (None, stream) or not stream.startswith("dossier:")
        wanted = self._folds and ours
        history, whole, version, seq = History(), wanted, 0, 0
        for row in rows:
            self.events += 1
            self._hash(row)
            whole &= self._follows(row, version, seq)
            version = row.version if isinstance(row.version, int) else version + 1
            seq = row.seq if isinstance(row.seq, int) else seq
            if whole:
                whole = self._take(row, history)
        return history if whole else None

    def _hash(self, row: Row) -> None:
        """Compute the leaf anew; it counts, whatever the row says."""
        seq, leaf, wrong = row.seq, *hashed(row)
        if wrong:
            self._find(row, "body", wrong)
        if not isinstance(seq, int) or not 1 <= seq <= self._head:
            self._find(row, "extra", f"no event {seq} in a log of {self._head}")
        elif self._leaves and seq <= self._leaves.size:
            self._leaves.put(seq, leaf)

    def _follows(self, row: Row, version: int, seq: int) -> bool:
        if row.version != version + 1:
            text = f"version {row.version} where {version + 1} must stand"
            self._find(row, "version", text)
            return False
        if isinstance(row.seq, int) and row.seq <= seq:
            self._find(row, "order", f"version {row.version} lies before the last one")
            return False
        return True

    def _take(self, row: Row, history: History) -> bool:
        """Decode and fold one event; False when that cannot go on."""
        kind = "event"
        try:
            event = decode(row.body if isinstance(row.body, bytes) else b"")
            before, kind = history.command, "fold"
            history.take(event)
        except BROKEN as error:
            self._find(row, kind, told(error))
            return False
        wrong = wrong_columns(row, event, first=event.command != before)
        if wrong:
            self._find(row, "column", f"the body says otherwise: {', '.join(wrong)}")
        return True

    def _find(self, row: Row, kind: str, text: str) -> None:
        self.findings.add(row.seq, row.stream, kind, text)


def hashed(row: Row) -> tuple[bytes, str]:
    """Compute a row's leaf anew, and say what is wrong with its body, if anything."""
    if not isinstance(row.body, bytes):
        return leaf_of(str(row.body).encode()), "the body is no longer bytes"
    leaf = leaf_of(row.body)
    return leaf, "" if leaf == row.leaf else "the body is not what was hashed"


def wrong_columns(row: Row, event: Event, *, first: bool | None) -> list[str]:
    """
    Name the columns of a row that do not say what its body says.

    `first`: whether the event is the first of its act, which carries the command id;
    None when nobody looked.
    """
    kept = row.body if isinstance(row.body, bytes) else b""
    typed = kept.endswith(f'"type":"{row.type}"}}'.encode())  # as it was, not lifted
    columns: dict[str, tuple[object, object]] = {
        "event_id": (row.event_id, event.id),
        "stream": (row.stream, event.stream),
        "version": (row.version, event.version),
        "type": (typed, True),
        "occurred_at": (row.occurred_at, micros(event.occurred_at)),
        "recorded_at": (isinstance(row.recorded_at, int), True),
        "part": (row.part, part_of(event.stream)),
    }
    told_once = event.stream.startswith(WITH_COMMANDS) or row.command is not None
    if first is not None and told_once:
        columns["command_id"] = (row.command, event.command if first else None)
    return [name for name, (there, said) in columns.items() if there != said]


def tree_over(
    leaves: Leaves, findings: Findings, marks: set[int]
) -> tuple[CompactRange, dict[int, str]]:
    """
    Compute the tree of all leaves, and its root at some sizes on the way.

    Where no event was met, the gap is a finding.
    """
    roots: dict[int, str] = {}
    tree, lost = CompactRange(), list[int]()
    ends = {*range(_BATCH, leaves.size, _BATCH), *marks, leaves.size}
    for end in sorted(end for end in ends if 0 < end <= leaves.size):
        batch = leaves.between(tree.size, end)
        if NOTHING in batch:
            lost += [tree.size + n for n, one in enumerate(batch, 1) if one == NOTHING]
        tree = tree.grown(batch)
        if end in marks:
            roots[end] = tree.root.hex()
    for _, run in groupby(enumerate(lost), lambda one: one[1] - one[0]):
        seqs = [seq for _, seq in run]
        _gap(findings, seqs[0], seqs[-1])
    return tree, roots


def _gap(findings: Findings, first: int, last: int) -> None:
    what = f"event {first}" if first == last else f"events {first} to {last}"
    verb = "is" if first == last else "are"
    findings.add(first, "", "gap", f"{what} {verb} missing")
