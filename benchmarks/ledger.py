"""Cases 1 to 3: the steps without Prefect, one append, the fold."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event as sql

import way
from bare import BODY, BareSteps, CoreSteps
from dossiers.dossier import Dossier
from dossiers.envelope import decode, encode
from dossiers.fold import fold
from infra.ids import Ids
from measure import Case, Goal, Stopwatch, alone, compared, cpu_ms, told
from parts import Answers, switches
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.engine import open_database
from storage.private import PrivateFields
from storage.schema import migrate

_FRAME = 4096 + 24
"""A page of SQLite's log with its header."""
_FEW = 8
BARE = "bare.db"


@dataclass(slots=True)
class Ledger:
    """Our journal and the bare tables, each in a file of its own."""

    dossiers: SqlDossiers
    bare: BareSteps
    core: CoreSteps
    path: Path
    commits: int = 0

    def submitted(self, numbers: range) -> list[Dossier]:
        """Hand in dossiers of ours, and let as many bare cases exist."""
        for number in numbers:
            self.bare.open(f"b{number}")
            self.core.open(f"b{number}")
        return [self.dossiers.append(way.submission(n)) for n in numbers]

    def go(self, dossiers: list[Dossier], numbers: range) -> None:
        """Take ours through the five steps."""
        for number, dossier in zip(numbers, dossiers, strict=True):
            state = dossier
            for group in way.steps(number):
                state = self.dossiers.append(way.next_change(state, group))

    def size(self) -> int:
        """Tell the bytes of our file with everything written into it."""
        return checkpointed(self.path)


def checkpointed(path: Path) -> int:
    """Write a database's log into its file, empty the log, tell the file's bytes."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return path.stat().st_size


def logged(path: Path) -> float:
    """Count the pages in a database's log."""
    return path.with_name(path.name + "-wal").stat().st_size / _FRAME


@contextmanager
def ledger(folder: Path) -> Iterator[Ledger]:
    """Open all files empty; ids follow a seed, so events are the same each time."""
    folder.mkdir()
    path = folder / "ours.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    fields = PrivateFields(FileKeys(folder / "keys.json", must_exist=False))
    dossiers = SqlDossiers(engine, Ids(b"bench", b"seed"), fields)
    core = CoreSteps(folder / "core.db")
    made = Ledger(dossiers, BareSteps(folder / BARE), core, path)

    def counted(_: object) -> None:
        made.commits += 1

    sql.listen(engine, "commit", counted)
    yield made
    made.bare.close()
    core.close()
    engine.dispose()


def measure(folder: Path, rounds: int, batch: int) -> list[Case]:
    """Measure what the journal costs without Prefect, papers and effects."""
    places = (folder / f"ledger-{number}" for number in count())
    _round(next(places), 1)  # statements are written out at first use
    with told("the five steps against bare SQL"):
        cases = _against_bare(places, rounds, batch)
    with told("what each part of the steps costs"), in_memory(folder) as memory:
        swift = (memory / f"{number}" for number in count())
        cases += _pages(next(swift))
        cases += _without_disk(swift, rounds, batch)
        cases += _parts(swift, rounds, batch)
    with told("one append against one bare transaction"):
        cases += _append(next(places), rounds, batch * 3)
    with told("fold"):
        cases += _fold(next(places), rounds, batch * 5)
    return cases


@contextmanager
def in_memory(folder: Path) -> Iterator[Path]:
    """Find a place whose disk does not disturb; the parts cost the same CPU there."""
    memory = Path("/dev") / "shm"
    place = memory if memory.is_dir() else folder
    with TemporaryDirectory(prefix="nambuoc-bench-", dir=place) as made:
        yield Path(made)


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of the five steps, each figure per dossier."""

    ours_ms: float
    bare_ms: float
    core_ms: float
    commits: float
    kilobytes: float


def _round(place: Path, batch: int) -> _Round:
    numbers = range(1, batch + 1)
    with ledger(place) as one:
        empty = one.size()
        dossiers = one.submitted(numbers)
        ours = cpu_ms(partial(one.go, dossiers, numbers))
        bare = cpu_ms(partial(one.bare.go, numbers))
        core = cpu_ms(partial(one.core.go, numbers))
        return _Round(
            ours_ms=ours / batch,
            bare_ms=bare / batch,
            core_ms=core / batch,
            commits=one.commits / batch,
            kilobytes=(one.size() - empty) / batch / 1000,
        )


def _against_bare(places: Iterator[Path], rounds: int, batch: int) -> list[Case]:
    found = [_round(next(places), batch) for _ in range(rounds)]
    return [
        compared(
            "steps-without-prefect",
            "ms CPU/dossier",
            [(one.ours_ms, one.bare_ms) for one in found],
            goal=Goal(2.0),
            note="6 acts with 13 events : 5 guarded updates and inserts by sqlite3",
        ),
        compared(
            "bare-through-sqlalchemy",
            "ms CPU/dossier",
            [(one.core_ms, one.bare_ms) for one in found],
            note="the same bare SQL through our engine and its transactions",
        ),
        alone(
            "commits",
            "commits/dossier",
            [one.commits for one in found],
            goal=Goal(8),
            note="submission and six acts",
        ),
        alone(
            "database",
            "kB/dossier",
            [one.kilobytes for one in found],
            goal=Goal(12),
            note="14 events with rows, indexes, read models; after a checkpoint",
        ),
    ]


def _pages(place: Path) -> list[Case]:
    """Count what reaches the log; a few dossiers among many, before a checkpoint."""
    with ledger(place) as one:
        dossiers = one.submitted(range(1, 25 * _FEW + 1))
        bare = place / BARE
        for path in (one.path, bare):
            checkpointed(path)
        numbers = range(1, _FEW + 1)
        one.go(dossiers[:_FEW], numbers)
        one.bare.go(numbers)
        found = (logged(one.path) / _FEW, logged(bare) / _FEW)
    note = "4 kB pages that the steps write into SQLite's log"
    return [compared("pages-written", "pages/dossier", [found], note=note)]


def _without_disk(places: Iterator[Path], rounds: int, batch: int) -> list[Case]:
    found = [_round(next(places), batch) for _ in range(rounds)]
    return [
        compared(
            "steps-in-memory",
            "ms CPU/dossier",
            [(one.ours_ms, one.bare_ms) for one in found],
            note="the same as steps-without-prefect, both databases in memory",
        )
    ]


def _parts(places: Iterator[Path], rounds: int, batch: int) -> list[Case]:
    answers = Answers()
    with answers.kept():
        _whole(next(places), batch)
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for name, off in switches(answers).items():
            full = _whole(next(places), batch)
            with off():
                rest = _whole(next(places), batch)
            found.setdefault(name, []).append((full - rest, full))
    return [
        compared(
            f"part-{name}",
            "ms CPU/dossier",
            pairs,
            note="saved when it is switched off : the whole, database in memory",
        )
        for name, pairs in found.items()
    ]


def _whole(place: Path, batch: int) -> float:
    numbers = range(1, batch + 1)
    with ledger(place) as one:
        dossiers = one.submitted(numbers)
        return cpu_ms(partial(one.go, dossiers, numbers)) / batch


def _append(place: Path, rounds: int, batch: int) -> list[Case]:
    wall: list[tuple[float, float]] = []
    cpu: list[tuple[float, float]] = []
    with ledger(place) as one:
        (dossier,) = one.submitted(range(1, 2))
        for group in way.steps(1)[:2]:
            dossier = one.dossiers.append(way.next_change(dossier, group))
        version = 0
        for _ in range(rounds):
            ours, bare = Stopwatch(), Stopwatch()
            for _ in range(batch):
                change = way.work(dossier)
                with ours:
                    dossier = one.dossiers.append(change)
                with bare:
                    one.bare.step("b1", version, BODY)
                version += 1
            wall.append((ours.wall_ms / batch, bare.wall_ms / batch))
            cpu.append((ours.cpu_ms / batch, bare.cpu_ms / batch))
    note = "one event, one commit : one guarded update, one insert, one commit"
    return [
        compared("append", "ms", wall, goal=Goal(1.5), note=note),
        compared("append-cpu", "ms CPU", cpu, goal=Goal(1.5), note=note),
    ]


def _fold(place: Path, rounds: int, batch: int) -> list[Case]:
    with ledger(place) as one:
        (dossier,) = one.submitted(range(1, 2))
        one.go([dossier], range(1, 2))
        bodies = [encode(event, "site") for event in one.dossiers.history(dossier.id)]
    events = [decode(body) for body in bodies]
    whole = batch * len(bodies)
    found = []
    for _ in range(rounds):
        folding = cpu_ms(lambda: [fold(events) for _ in range(batch)])
        reading = cpu_ms(lambda: [decode(b) for _ in range(batch) for b in bodies])
        found.append((whole * 1000 / folding, whole * 1000 / reading))
    note = "baseline: decoding the same events from their bytes"
    return [compared("fold", "events/s CPU", found, note=note)]
