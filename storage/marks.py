"""How far something came in the log, for people to see; nothing decides by it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, bindparam, select, text

from storage.engine import DatabaseClock, reading, writing
from storage.tables import MARK, instant

_PUT = text(
    "INSERT INTO mark (name, seq, at) VALUES (:name, :seq, :at)"
    " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at = excluded.at"
)
_NOW = select(DatabaseClock())
_GET = select(MARK.c.seq, MARK.c.at).where(MARK.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class At:
    """The last seq and the database's instant when it was written."""

    seq: int
    at: datetime


class Marks:
    """One row for relay, auditor and others; seq 0 before the first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, name: str, seq: int) -> None:
        """Write where it is now."""
        with writing(self._engine) as connection:
            at = connection.execute(_NOW).scalar_one()
            connection.execute(_PUT, {"name": name, "seq": seq, "at": at})

    def get(self, name: str) -> At | None:
        """Read where it was; None when it never ran."""
        with reading(self._engine) as connection:
            row = connection.execute(_GET, {"name": name}).first()
        return None if row is None else At(row.seq, instant(row.at))
