"""The real journal, rows and outbox with small rests: facts only, no papers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dossiers import events as e
from dossiers.change import Change
from dossiers.errors import FaultError
from dossiers.ports import Dossiers, Effects, Notices, Runs
from dossiers.values import Fact, Step
from infra.ids import Ids
from infra.notices import DirectoryNotices
from storage.dossiers import SqlDossiers
from storage.effects import SqlEffects
from storage.encryption.keys import FileKeys
from storage.engine import open_database
from storage.private import PrivateFields
from storage.runs import SqlRuns
from storage.schema import migrate
from tests.support import changes as c
from tests.support import histories as h

RESTS: dict[Step, tuple[Fact, ...]] = {
    Step.RECEIVE: (h.PAPER, c.OFFERED, c.ACCEPTED),
    Step.TRANSFER: (),
    Step.PROCESS: (c.PREPARED,),
    Step.SIGN: (h.ISSUED,),
    Step.RETURN: (),
}
WAY = [fact.type for fact in h.WAY if not isinstance(fact, e.WorkRecorded)]
"""The types of the events of one whole dossier, each exactly once."""


@dataclass(frozen=True, slots=True)
class SmallEngine:
    """
    What the flows need, on one SQLite file.

    The file `poison` names a dossier whose rests fail; `slow-before` and `slow-after`
    say how many seconds a rest waits around its transaction.
    """

    home: Path
    dossiers: Dossiers
    runs: Runs
    effects: Effects
    notices: Notices

    def settle(self, step: Step, dossier_id: str) -> None:
        """Append the step's small rest, once."""
        if _told(self.home / "poison") == dossier_id:
            text = "this dossier is poisoned"
            raise FaultError(text)
        self._pause("slow-before", dossier_id)
        dossier = self.dossiers.find(dossier_id)
        command = dossier.key(step)
        facts = RESTS[step] if self.dossiers.answered(command) is None else ()
        change = c.act(dossier, *facts, command=command, shown=step.number)
        self.dossiers.append(change)
        self._pause("slow-after", dossier_id)

    def _pause(self, name: str, dossier_id: str) -> None:
        if seconds := _told(self.home / name):
            (self.home / f"{dossier_id}.entered").touch()
            time.sleep(float(seconds))


def _told(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@contextmanager
def open_engine(home: Path) -> Iterator[SmallEngine]:
    """Open the home, made at first use."""
    database = open_database(f"sqlite:///{home / 'small.db'}")
    migrate(database)
    keys = FileKeys(home / "keys", must_exist=False)
    ids = Ids(b"key of these tests")
    dossiers = SqlDossiers(database, ids, PrivateFields(keys))
    notices = DirectoryNotices(home / "outbox")
    yield SmallEngine(home, dossiers, SqlRuns(database), SqlEffects(database), notices)
    database.dispose()


def name(number: int) -> str:
    """Tell the id of the dossier with this number."""
    return f"d{number}"


def submit(engine: SmallEngine, number: int) -> None:
    """Hand it in."""
    engine.dossiers.append(c.submitted(number))


def act(engine: SmallEngine, number: int, *facts: Fact) -> None:
    """Let a person act on it."""
    engine.dossiers.append(c.act(engine.dossiers.find(name(number)), *facts))


def receive(engine: SmallEngine, number: int) -> None:
    """Accept it at the counter."""
    act(engine, number, c.RECEIVED)


def decide(engine: SmallEngine, number: int) -> None:
    """Close its processing."""
    act(engine, number, c.reserved(number), c.PROCESSED)


def sign(engine: SmallEngine, number: int) -> None:
    """Sign as the person, then seal as the clerk."""
    act(engine, number, h.REVIEWED, c.SIGNED)
    assigned = e.NumberAssigned(number=number, symbol="QD-UBND")
    change: Change = c.act(
        engine.dossiers.find(name(number)), assigned, c.SEALED, h.SIGNED, actor=c.CLERK
    )
    engine.dossiers.append(change)


def give(engine: SmallEngine, number: int) -> None:
    """Hand the outcome over."""
    act(engine, number, h.RETURNED)


ACTS = (receive, decide, sign, give)
WAITS = ("receive:", "process:", "sign:", "return:")
"""What the run waits for before each act."""


def has_happened(engine: SmallEngine, number: int) -> list[str]:
    """List the types of its events."""
    return [event.fact.type for event in engine.dossiers.history(name(number))]
