"""
What lies in the tables, whatever somebody made of it: read for an audit, as it is.

One snapshot, raw values: no column is trusted to hold what its type promises, a text
that is not UTF-8 is shown with marks of replacement.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, CursorResult, TextClause
from sqlalchemy import event as sql

from storage import evidence_statements as ask
from storage.engine import open_database, reading
from storage.journal import tree_of
from storage.merkle import CompactRange
from storage.schema import demand_guards

Fields = Mapping[str, object]
_AT_ONCE = 1_000
_STREAMING = {"stream_results": True, "yield_per": _AT_ONCE}


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows the journal has, and its first and last seq (None: no row)."""

    count: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the journal as it lies there; nothing about it is certain."""

    seq: object
    event_id: object
    stream: object
    version: object
    command: object
    type: object
    occurred_at: object
    recorded_at: object
    part: object
    body: object
    leaf: object


class Evidence:
    """Reads one snapshot; opened by `evidence`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, share: int, shares: int) -> Iterator[Row]:
        """Read one of so many shares of the journal, stream by stream, by version."""
        asked = {"share": share, "shares": shares}
        found = self._streamed(ask.ROWS, asked)
        for row in found:
            yield Row(*row)

    def stream(self, stream: str) -> list[Row]:
        """Read one stream by version."""
        found = self._connection.execute(ask.STREAM, {"stream": stream})
        return [Row(*row) for row in found]

    def bodies_of(
        self, share: int, shares: int, last: int
    ) -> Iterator[tuple[int, str, object, object]]:
        """Read seq, stream, body and leaf of one share up to a seq, by stream."""
        asked = {"share": share, "shares": shares, "last": last}
        found = self._streamed(ask.BODIES_OF, asked)
        for batch in found.partitions(_AT_ONCE):
            yield from (tuple(row) for row in batch)

    def page(self, after: int, last: int) -> list[Row]:
        """Read up to 500 rows of the journal behind a seq, in seq order."""
        asked = {"after": after, "last": last}
        return [Row(*row) for row in self._connection.execute(ask.PAGE, asked)]

    def follows(self, row: Row) -> bool:
        """Whether the version before it lies before it, when there must be one."""
        if row.version == 1:
            return True
        asked = {"stream": row.stream, "version": row.version, "seq": row.seq}
        return self._connection.execute(ask.BEFORE, asked).first() is not None

    def stream_at(self, seq: int) -> str | None:
        """Name the stream of one event; None when it is missing."""
        found = self._connection.execute(ask.STREAM_AT, {"seq": seq}).scalar()
        return None if found is None else str(found)

    def bodies(self, after: int = 0) -> Iterator[tuple[int, object, object]]:
        """Read seq, body and leaf of the journal's rows behind a seq, in seq order."""
        asked = {"after": after}
        found = self._streamed(ask.BODIES, asked)
        for batch in found.partitions(_AT_ONCE):
            yield from (tuple(row) for row in batch)

    def leaves(self) -> Iterator[tuple[int, object]]:
        """Read seq and leaf of every row of the journal, in seq order."""
        for row in self._streamed(ask.LEAVES):
            yield row[0], row[1]

    def extent(self) -> Extent:
        """Count the journal's rows."""
        return Extent(*self._connection.execute(ask.EXTENT).one())

    def tree(self) -> CompactRange:
        """Read the head's tree; raises TamperedError when it is none."""
        return tree_of(self._connection)

    def held(self) -> str | None:
        """Read why nothing may be appended; None when all is well."""
        found = self._connection.execute(ask.HOLD).scalar()
        return None if found is None else str(found)

    def demand_guards(self) -> None:
        """Raise TamperedError when triggers of the journal are missing."""
        demand_guards(self._connection.engine)

    def beside(self, name: str, ids: Sequence[str]) -> list[Fields]:
        """Read what a table says about these dossiers, documents or effects."""
        found = self._connection.execute(ask.BESIDE[name], {"ids": list(ids)})
        return [dict(row) for row in found.mappings()]

    def dossiers(self) -> Iterator[str]:
        """Read the id of every dossier in the read model."""
        for (key,) in self._streamed(ask.DOSSIERS):
            yield str(key)

    def orphans(self) -> Iterator[tuple[str, str]]:
        """Find rows of dossiers and documents that no event knows: table and id."""
        for name, (key, kind) in ask.ORPHANED.items():
            for (found,) in self._connection.execute(ask.orphans(name, key, kind)):
                yield name, str(found)

    def procedures(self) -> Iterator[Fields]:
        """Read every procedure version and draft."""
        found = self._streamed(ask.PROCEDURES)
        for row in found.mappings():
            yield dict(row)

    def effects(self) -> Iterator[str]:
        """Read the keys of all promised effects, in order."""
        for (key,) in self._connection.execute(ask.EFFECTS):
            yield str(key)

    def count_effects(self) -> int:
        """Count the promised effects."""
        return int(self._connection.execute(ask.COUNT_EFFECTS).scalar_one())

    def documents(self) -> Iterator[str]:
        """Read the ids of all documents; each page begins another snapshot."""
        after = ""
        while page := self._connection.execute(ask.DOCUMENTS, {"after": after}).all():
            self._connection.rollback()  # files are slow: no snapshot for hours
            yield from (str(row[0]) for row in page)
            if (last := str(page[-1][0])) == after:  # not the text that lies there
                return
            after = last

    def stream_of(self, key: str) -> str | None:
        """
        Find the stream of a dossier's code or id; None when nobody knows it.

        Where the read model does not know a code, its arrival is looked for.
        """
        row = self._connection.execute(ask.BY_KEY, {"key": key}).first()
        stream = f"dossier:{row[0] if row else key}"
        if self._connection.execute(ask.BY_ID, {"key": stream}).first():
            return stream
        wanted = f'"code":"{key}"'.encode()
        for arrived, body in self._connection.execute(ask.ARRIVALS):
            if isinstance(body, bytes) and wanted in body:
                return str(arrived)
        return None

    def _streamed(
        self, statement: TextClause, values: Fields | None = None
    ) -> CursorResult[tuple[object, ...]]:
        """Run a query whose rows come a thousand at a time."""
        asked = dict(values or {})
        run = self._connection.execute
        return run(statement, asked, execution_options=_STREAMING)


class Archive:
    """One database, looked at again and again, each time in a new snapshot."""

    def __init__(self, url: str) -> None:
        """Name the database; it is connected at the first look."""
        self._engine = open_database(url)
        if self._engine.dialect.name == "sqlite":
            sql.listen(self._engine, "connect", _show_any_text)

    @contextmanager
    def look(self) -> Iterator[Evidence]:
        """Open one snapshot; raises what `reading` raises."""
        whole = self._engine.execution_options(isolation_level="REPEATABLE READ")
        sqlite = self._engine.dialect.name == "sqlite"  # its transactions always are
        with reading(self._engine if sqlite else whole) as connection:
            yield Evidence(connection)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()


@contextmanager
def evidence(url: str) -> Iterator[Evidence]:
    """Open one snapshot of a database, raw; raises what `reading` raises."""
    archive = Archive(url)
    try:
        with archive.look() as found:
            yield found
    finally:
        archive.close()


def _show_any_text(connection: sqlite3.Connection, _: object) -> None:
    connection.text_factory = _shown


def _shown(raw: bytes) -> str:
    return raw.decode(errors="replace")
