"""The append-only log of all streams: dense numbers, exact bytes, tree leaves."""

import zlib
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update
from sqlalchemy.exc import InvalidRequestError

from dossiers.envelope import Event, encode
from dossiers.errors import TamperedError
from dossiers.ports import Head, Recorded
from storage.engine import DatabaseClock, reading, writing
from storage.merkle import HASH, CompactRange, leaf_of
from storage.prepared import Prepared
from storage.tables import EVENT, LOG_HEAD, instant, micros

PARTS = 12
"""Partitions of the event topic, fixed for life."""
_BATCH = 500
_COLUMNS = (
    EVENT.c.seq,
    EVENT.c.stream,
    EVENT.c.version,
    EVENT.c.command_id,
    EVENT.c.recorded_at,
    EVENT.c.body,
    EVENT.c.leaf,
)
_HEAD = select(LOG_HEAD.c.size, LOG_HEAD.c.compact)
_LOCK = Prepared(_HEAD.add_columns(LOG_HEAD.c.hold).with_for_update())
_HELD = select(LOG_HEAD.c.hold)
_HOLD = update(LOG_HEAD).values(hold=bindparam("reason"))
_GROW = Prepared(update(LOG_HEAD).values(size=bindparam("s"), compact=bindparam("c")))
_ADD = Prepared(
    insert(EVENT).values(recorded_at=DatabaseClock()),
    *(column.name for column in EVENT.c if column is not EVENT.c.recorded_at),
)
_PAGE = (
    select(*_COLUMNS)
    .where(EVENT.c.seq > bindparam("after"), EVENT.c.seq <= bindparam("last"))
    .order_by(EVENT.c.seq)
    .limit(_BATCH)
)
_STREAM = (
    select(*_COLUMNS)
    .where(EVENT.c.stream == bindparam("stream"))
    .order_by(EVENT.c.version)
)
_LEAVES = (
    select(EVENT.c.seq, EVENT.c.leaf)
    .where(EVENT.c.seq > bindparam("after"), EVENT.c.seq <= bindparam("last"))
    .order_by(EVENT.c.seq)
    .limit(5_000)
)


class SqlJournal:
    """The journal in table `event`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, from_seq: int = 1, to_seq: int | None = None) -> Iterator[Recorded]:
        """Read events in seq order, without gaps, as of the call's first page."""
        after = max(from_seq, 1) - 1
        last = self.head().size if to_seq is None else to_seq
        while after < last:
            with reading(self._engine) as connection:
                page = connection.execute(_PAGE, {"after": after, "last": last}).all()
            if not page:
                return
            yield from map(_recorded, page)
            after = page[-1].seq

    def stream(self, stream: str) -> list[Recorded]:
        """Read all events of one stream, the oldest first; none: an empty list."""
        with reading(self._engine) as connection:
            rows = connection.execute(_STREAM, {"stream": stream}).all()
        return [_recorded(row) for row in rows]

    def leaves(self, from_seq: int, to_seq: int) -> Iterator[bytes]:
        """
        Read the leaf hashes of events in seq order, as they were recorded.

        Raises TamperedError where an event is missing or its leaf is no hash.
        """
        after = from_seq - 1
        while after < to_seq:
            with reading(self._engine) as connection:
                asked = {"after": after, "last": to_seq}
                page = connection.execute(_LEAVES, asked).all()
            if not page:
                raise _missing(after + 1)
            for seq, leaf in page:
                after += 1
                if seq != after or len(leaf) != HASH:
                    raise _missing(after)
                yield leaf

    def head(self) -> Head:
        """Compute the present tree head."""
        with reading(self._engine) as connection:
            tree = tree_of(connection)
        return Head(tree.size, tree.root.hex())

    def held(self) -> str | None:
        """Tell why nothing may be appended; None when all is well."""
        with reading(self._engine) as connection:
            found = connection.execute(_HELD).scalar_one()
        return None if found is None else str(found)

    def hold(self, reason: str | None) -> None:
        """Let nobody append until the hold is lifted with None."""
        with writing(self._engine) as connection:
            connection.execute(_HOLD, {"reason": reason})


def part_of(stream: str) -> int:
    """Place a stream in its partition, 0 to 11, for ever."""
    return zlib.crc32(stream.encode()) % PARTS


def tree_of(connection: Connection) -> CompactRange:
    """Read the tree's compact range; raises TamperedError when it is none."""
    try:
        size, compact = connection.execute(_HEAD).one()
        return CompactRange.read(size, compact)
    except (InvalidRequestError, TypeError, ValueError) as error:
        vi = f"đầu nhật ký (log_head) hỏng: {error}; chạy nambuoc audit verify --all"
        en = f"the log's head (log_head) is ruined: {error}; run audit verify --all"
        raise TamperedError(vi, en) from error


def lock(connection: Connection) -> CompactRange:
    """
    Take the place of the one appender until the transaction ends.

    Raises TamperedError while the log is held: what follows would fork it.
    """
    ((size, compact, hold),) = _LOCK.rows(connection, {})
    if hold:
        raise TamperedError(*_held(str(hold)))
    return CompactRange.read(size, compact)


def _held(reason: str) -> tuple[str, str]:
    do = "nambuoc audit verify --all --repair"
    return (
        f"nhật ký đang bị khóa ghi: {reason}; hãy chạy: {do}",
        f"the log takes no events: {reason}; run: {do}",
    )


def record(
    connection: Connection,
    tree: CompactRange,
    events: Sequence[Event],
    *,
    site: str,
    command: str | None = None,
) -> None:
    """
    Append events at the end; `tree` comes from `lock` of the same transaction.

    The command id stands on the first event. Raises TamperedError for a body that is
    too long.
    """
    bodies = [encode(event, site) for event in events]
    leaves = [leaf_of(body) for body in bodies]
    rows = [
        {
            "seq": tree.size + place + 1,
            "event_id": event.id,
            "stream": event.stream,
            "version": event.version,
            "command_id": None if place else command,
            "type": event.fact.type,
            "occurred_at": micros(event.occurred_at),
            "part": part_of(event.stream),
            "body": bodies[place],
            "leaf": leaves[place],
        }
        for place, event in enumerate(events)
    ]
    _ADD.run_each(connection, rows)
    grown = tree.grown(leaves)
    _GROW.run(connection, {"s": grown.size, "c": grown.written})


def _missing(seq: int) -> TamperedError:
    vi = f"nhật ký thiếu sự kiện {seq} hoặc lá của nó; chạy nambuoc audit verify --all"
    en = f"the journal lacks event {seq} or its leaf; run nambuoc audit verify --all"
    return TamperedError(vi, en)


def _recorded(
    row: Row[tuple[int, str, int, str | None, int, bytes, bytes]],
) -> Recorded:
    return Recorded(
        seq=row.seq,
        stream=row.stream,
        version=row.version,
        command=row.command_id,
        recorded_at=instant(row.recorded_at),
        body=row.body,
        leaf=row.leaf,
    )
