"""
What a database restored from an older copy lacks, brought back byte for byte.

One transaction: the events with the numbers, leaves and command ids they had, the read
models, run rows and effects that follow. It is undone unless the tree grew through the
one that was signed. What no event carries does not come back: private
fields, the keys of papers, how far a run was shown (the engine shows it again).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NoReturn

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.errors import TamperedError
from dossiers.fold import after
from storage import histories, projections
from storage.engine import DatabaseClock, writing
from storage.journal import part_of
from storage.merkle import CompactRange, leaf_of
from storage.tables import (
    DOCUMENT_NUMBER,
    DOSSIER_VIEW,
    EVENT,
    LOG_HEAD,
    micros,
)

WITH_COMMANDS = ("dossier:", "access:")
"""Streams whose acts carry their command id on the first event."""
Promises = Callable[[Sequence[Event]], Iterable[tuple[str, str, str]]]
"""Key, code and content of each effect that a dossier's events were committed with."""
_BATCH = 500
_NEW = (0, "")
_HEAD = select(LOG_HEAD.c.size, LOG_HEAD.c.compact).with_for_update()
_GROW = update(LOG_HEAD).values(size=bindparam("s"), compact=bindparam("c"))
_ADD = insert(EVENT).values(recorded_at=DatabaseClock())
_LAST = (
    select(EVENT.c.version, EVENT.c.body)
    .where(EVENT.c.stream == bindparam("stream"))
    .order_by(EVENT.c.version.desc())
    .limit(1)
)
_NO_NUMBERS = delete(DOCUMENT_NUMBER).where(
    DOCUMENT_NUMBER.c.dossier_id == bindparam("id")
)
_NO_VIEW = delete(DOSSIER_VIEW).where(DOSSIER_VIEW.c.dossier_id == bindparam("id"))
_RUN = text(
    "INSERT INTO run_lease (dossier_id, wanted, seen, shown, until, attempts,"
    " not_before, closed) VALUES (:id, 1, 0, 0, 0, 0, 0, 0) ON CONFLICT (dossier_id)"
    " DO UPDATE SET wanted = run_lease.wanted + 1, shown = 0, closed = 0"
)
_PROMISE = text(
    "INSERT INTO effect (key, code, about, state, attempts, not_before, until)"
    " VALUES (:key, :code, :about, 'waiting', 0, 0, 0) ON CONFLICT (key) DO NOTHING"
)


def import_missing(
    engine: Engine,
    events: Iterable[tuple[int, bytes]],
    *,
    wanted: CompactRange | None,
    promises: Promises,
) -> int:
    """
    Append these events behind the journal's end, held or not; counts them.

    `events` go on where the journal ends; `wanted` is a tree that was signed: the
    journal must have grown through exactly it. Raises TamperedError, and then nothing
    was imported.
    """
    with writing(engine) as connection:
        size, compact = connection.execute(_HEAD).one()
        before = CompactRange.read(size, compact)
        work = _Import(connection, before, wanted)
        rest = iter(events)
        try:
            while batch := list(islice(rest, _BATCH)):
                work.append(batch)
            work.demand_reached()
            for stream, since in work.first.items():
                if stream.startswith("dossier:"):
                    _rebuild(connection, stream, promises, since=since)
        except IntegrityError as error:
            _refuse(f"{error.orig}")
        tree = work.tree
        connection.execute(_GROW, {"s": tree.size, "c": tree.written})
    return tree.size - before.size


class _Import:
    """Rows behind the end, each as it once was."""

    def __init__(
        self, connection: Connection, tree: CompactRange, wanted: CompactRange | None
    ) -> None:
        self.tree = tree
        self.first: dict[str, int] = {}
        self._connection = connection
        self._wanted = wanted
        self._last: dict[str, tuple[int, str]] = {}

    def append(self, batch: Sequence[tuple[int, bytes]]) -> None:
        """Append some events; TamperedError when one cannot stand where it claims."""
        rows = [
            self._row(seq, body, self.tree.size + place)
            for place, (seq, body) in enumerate(batch, start=1)
        ]
        self._connection.execute(_ADD, rows)
        leaves = [leaf_of(body) for _, body in batch]
        reached = self._wanted.size - self.tree.size if self._wanted else 0
        if 0 < reached <= len(leaves):
            self.tree = self.tree.grown(leaves[:reached])
            self._demand_signed()
            leaves = leaves[reached:]
        self.tree = self.tree.grown(leaves)

    def demand_reached(self) -> None:
        """Raise TamperedError when less came than was signed."""
        if self._wanted and self.tree.size < self._wanted.size:
            size = self._wanted.size
            _refuse(f"it ends at {self.tree.size}, {size} events were signed")

    def _demand_signed(self) -> None:
        if self.tree != self._wanted:
            size = self.tree.size
            _refuse(f"its first {size} events are not those that were signed")

    def _row(self, seq: int, body: bytes, expected: int) -> dict[str, object]:
        event = decode(body)
        version, command = self._end(event.stream)
        if seq != expected or event.version != version + 1:
            place = f"event {seq} ({event.stream}/{event.version})"
            _refuse(f"{place} cannot be number {expected}, version {version + 1}")
        self._last[event.stream] = (event.version, event.command)
        self.first.setdefault(event.stream, event.version)
        named = event.command != command and event.stream.startswith(WITH_COMMANDS)
        return {
            "seq": seq,
            "event_id": event.id,
            "stream": event.stream,
            "version": event.version,
            "command_id": event.command if named else None,
            "type": type_of(body),
            "occurred_at": micros(event.occurred_at),
            "part": part_of(event.stream),
            "body": body,
            "leaf": leaf_of(body),
        }

    def _end(self, stream: str) -> tuple[int, str]:
        """Tell version and command of a stream's last event; 0 when it is new."""
        if stream not in self._last:
            row = self._connection.execute(_LAST, {"stream": stream}).first()
            self._last[stream] = (
                (row.version, decode(row.body).command) if row else _NEW
            )
        return self._last[stream]


def _rebuild(
    connection: Connection, stream: str, promises: Promises, *, since: int
) -> None:
    """Make a dossier's rows anew from its whole history; effects of the new part."""
    dossier_id = stream.partition(":")[2]
    events = histories.read(connection, dossier_id)
    connection.execute(_NO_NUMBERS, {"id": dossier_id})
    connection.execute(_NO_VIEW, {"id": dossier_id})
    state: Dossier | None = None
    for event in events:
        before, state = state, after(state, event)
        projections.register(connection, before, event)
    if state is not None:
        projections.show(connection, state, new=True)
    wake(connection, dossier_id)
    for key, code, about in promises(events):
        if int(key.split(":")[1]) >= since:
            promise(connection, key, code, about)


def wake(connection: Connection, dossier_id: str) -> None:
    """Let the engine go through a run from its first step: a repeat is nothing."""
    connection.execute(_RUN, {"id": dossier_id})


def promise(connection: Connection, key: str, code: str, about: str) -> None:
    """Promise an effect unless its row is there."""
    connection.execute(_PROMISE, {"key": key, "code": code, "about": about})


def type_of(body: bytes) -> str:
    """Read an event's type as it is written, not as it is lifted at read."""
    return str(json.loads(body)["type"])


def _refuse(why: str) -> NoReturn:
    vi = f"không nhập gì cả: {why}; hãy chọn nguồn khác bằng --from"
    raise TamperedError(vi, f"nothing was imported: {why}; name another --from")
