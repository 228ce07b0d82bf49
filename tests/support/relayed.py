"""A home whose journal is relayed to Kafka, by processes that may be mistreated."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event as Stop
from threading import Thread

from dossiers.envelope import Event
from dossiers.errors import DossierError
from dossiers.events import Returned
from infra import running
from infra.ids import Ids
from infra.kafka.provisioning import provision
from infra.kafka.reading import read_committed
from infra.kafka.relay import MARK, STATE_FILE, Relay, Source
from infra.settings import KafkaSettings
from storage.encryption.keys import FileKeys
from storage.engine import Database, open_database, writing
from storage.journal import SqlJournal, lock, record
from storage.marks import Marks
from storage.meta import DEFAULT_SITE
from tests.support.changes import OFFICER, START

LIMIT_S = 90.0
_IDS = Ids(b"relayed", b"seed")
_AT_ONCE = 500


def grow(database: Database, count: int, *, site: str = "tests") -> None:
    """Append events of as many dossiers and, every tenth, reads of papers."""
    for left in range(count, 0, -_AT_ONCE):
        with writing(database) as connection:
            tree = lock(connection)
            first = tree.size + 1
            numbers = range(first, first + min(left, _AT_ONCE))
            record(connection, tree, [_event(n) for n in numbers], site=site)


def _event(number: int) -> Event:
    stream = f"{'access' if number % 10 == 0 else 'dossier'}:d{number}"
    return Event(
        id=f"{number:032x}",
        stream=stream,
        version=1,
        occurred_at=START + timedelta(seconds=number),
        actor=OFFICER,
        command=f"c{number}",
        fact=Returned(method="counter", receiver=f"{number:0300d}"),
    )


def journaled(database: Database) -> list[tuple[int, bytes]]:
    """List what must be published: every seq with its exact bytes."""
    return [(event.seq, event.body) for event in SqlJournal(database).read()]


def published(settings: KafkaSettings) -> list[tuple[int | None, bytes]]:
    """List what readers of committed records see, ordered by seq, with repeats."""
    found = [(record.seq, record.body) for record in read_committed(settings)]
    return sorted(found, key=lambda one: one[0] or 0)


@dataclass
class Relayed:
    """One home with its database, its topics, and the relays started on it."""

    home: Path
    url: str
    settings: KafkaSettings
    database: Database = field(init=False)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    threads: list["Threaded"] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the database for the test itself."""
        self.database = open_database(self.url)

    @property
    def environment(self) -> dict[str, str]:
        """What a program of this home is told."""
        return {
            "NAMBUOC_HOME": str(self.home),
            "NAMBUOC_DATABASE_URL": self.url,
            "NAMBUOC_KAFKA_BOOTSTRAP": ",".join(self.settings.bootstrap),
            "NAMBUOC_KAFKA_PREFIX": self.settings.prefix,
        }

    def move(self, url: str) -> None:
        """Keep the journal in another database."""
        self.database.dispose()
        self.url, self.database = url, open_database(url)

    def grow(self, count: int) -> None:
        """Append this many events."""
        grow(self.database, count)

    def start(self, point: str = "", home: Path | None = None) -> "Child":
        """
        Start a relay process, to die at a point when one is given.

        `home` is a second home on the same database.
        """
        where = home or self.home
        if home is not None:
            shutil.copytree(self.home / "keys", home / "keys")
        told = {**self.environment, "NAMBUOC_CRASHPOINT": point}
        command = [sys.executable, "-P", "-m", "infra.relay_process", "--home"]
        with (where / "relay.log").open("ab") as log:
            child = subprocess.Popen(
                [*command, str(where)], env=os.environ | told, stderr=log
            )
        self.children.append(child)
        return Child(child, where)

    def relay(self) -> "Threaded":
        """Run a relay in a thread of the test."""
        source = Source(
            SqlJournal(self.database), Marks(self.database), DEFAULT_SITE, lambda: None
        )
        place = self.home / "run" / STATE_FILE
        place.unlink(missing_ok=True)
        made = Threaded(source, self.settings, place)
        self.threads.append(made)
        return made

    def relay_all(self) -> None:
        """Relay what there is and stop."""
        relay = self.relay()
        self.wait()
        assert relay.end() == "waiting"

    def wait(self) -> None:
        """Wait until the relay's mark reaches the journal's head."""
        marks, size = Marks(self.database), SqlJournal(self.database).head().size
        until = time.monotonic() + LIMIT_S
        while (mark := marks.get(MARK)) is None or mark.seq < size:
            assert time.monotonic() < until, mark
            time.sleep(0.02)

    def demand_equal(self) -> None:
        """Demand that readers see the journal: every byte, nothing twice."""
        assert published(self.settings) == journaled(self.database)

    def close(self) -> None:
        """End what still runs."""
        for thread in self.threads:
            thread.end()
        for child in self.children:
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGCONT)
                child.kill()
            child.wait(timeout=20)
        self.database.dispose()


@dataclass(frozen=True, slots=True)
class Words:
    """What the relay of one process says of itself."""

    path: Path
    pid: int

    @property
    def now(self) -> dict[str, object]:
        """Its own words; empty before the first."""
        found = running.read(self.path)
        return found if found.get("pid") == self.pid else {}

    def wait(self, state: str, seq: int, lives: Callable[[], bool]) -> dict[str, str]:
        """Wait until it says this state, having relayed up to seq."""
        until = time.monotonic() + LIMIT_S
        while True:
            found = self.now
            if found.get("state") == state and int(str(found["relayed"] or 0)) >= seq:
                return {name: str(value) for name, value in found.items()}
            assert lives(), found
            assert time.monotonic() < until, found
            time.sleep(0.02)


class Child:
    """A relay process, until it ends or is told to."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path) -> None:
        """Take the process and its home."""
        self.process = process
        self._home = home
        self._words = Words(home / "run" / STATE_FILE, process.pid)

    @property
    def log(self) -> str:
        """All that relays of this home have written."""
        return (self._home / "relay.log").read_text(encoding="utf-8")

    def memory_mib(self) -> int:
        """Tell its resident memory in MiB."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 2**20

    def wait(self, state: str, seq: int = 0) -> dict[str, str]:
        """Wait until it says this state, having relayed up to seq."""
        return self._words.wait(state, seq, lambda: self.process.poll() is None)

    def wait_end(self) -> int:
        """Wait until it ends by itself; tells the exit code."""
        return self.process.wait(timeout=LIMIT_S)

    def end(self) -> int:
        """Tell it to stop; tells the exit code."""
        self.process.terminate()
        return self.wait_end()


class Threaded:
    """A relay in a thread of this process, until it ends or is told to."""

    def __init__(self, source: Source, settings: KafkaSettings, path: Path) -> None:
        """Start it."""
        self._stop = Stop()
        self._relay = Relay(source, settings, path)
        self._words = Words(path, os.getpid())
        self.state: str | None = None
        self.error: DossierError | None = None
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.state = self._relay.run(self._stop)
        except DossierError as error:
            self.error = error

    def wait(self, state: str, seq: int = 0) -> dict[str, str]:
        """Wait until it says this state, having relayed up to seq."""
        return self._words.wait(state, seq, lambda: True)

    def wait_end(self) -> str | None:
        """Wait until it ends by itself; tells its last state."""
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()
        return self.state

    def end(self) -> str | None:
        """Tell it to stop; tells its last state."""
        self._stop.set()
        return self.wait_end()


@contextmanager
def relayed(place: Path, template: Path, settings: KafkaSettings) -> Iterator[Relayed]:
    """Make a home with an empty journal and its topics; kills what was started."""
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, place / "nambuoc.db")
    FileKeys(place / "keys" / "master.json", must_exist=False)
    provision(settings)
    made = Relayed(place, f"sqlite:///{place}/nambuoc.db", settings)
    try:
        yield made
    finally:
        made.close()
