"""A journal with tens of thousands of small events, made in large transactions."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dossiers.envelope import Event
from dossiers.events import WorkRecorded
from dossiers.values import Actor
from infra.checkpoints import Checkpoints
from infra.exporting import Source
from storage import journal
from storage.engine import Database, open_database, writing
from storage.journal import SqlJournal
from storage.schema import migrate

AT = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
STREAMS = 500
_ACTOR = Actor(id="cv1", position="Chuyên viên", agency="H49.99.01")


@dataclass(frozen=True, slots=True)
class LongLog:
    """A journal in a folder, its signer, and how to let it grow."""

    folder: Path
    database: Database
    source: Source
    name: str

    def grow(self, size: int) -> None:
        """Append events until there are so many."""
        with writing(self.database) as connection:
            tree = journal.lock(connection)
            events = [_event(self.name, seq) for seq in range(tree.size, size)]
            if events:
                journal.record(connection, tree, events, site="test")

    def bodies(self) -> list[bytes]:
        """Read all exact bodies."""
        return [one.body for one in self.source.journal.read()]


def long_log(folder: Path, size: int, name: str = "log") -> LongLog:
    """Open a log of at least so many events; another name makes other events."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.db"
    there, database = path.exists(), open_database(f"sqlite:///{path}")
    if not there:
        migrate(database)
    rows = SqlJournal(database)
    checkpoints = Checkpoints(folder / f"{name}-keys", rows, "test/log")
    log = LongLog(folder, database, Source(rows, checkpoints), name)
    log.grow(size)
    return log


def _event(name: str, place: int) -> Event:
    version, number = divmod(place, STREAMS)
    return Event(
        id=f"{name}-{place}",
        stream=f"dossier:d{number}",
        version=version + 1,
        occurred_at=AT,
        actor=_ACTOR,
        command=f"{name}-{place}",
        fact=WorkRecorded(activity=f"T{place}"),
    )
