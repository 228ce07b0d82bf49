"""The one place that names concrete classes: read it from top to bottom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dossiers.crashpoints import arm
from dossiers.errors import FaultError
from infra.checkpoints import Checkpoints
from infra.clock import SystemClock, VirtualClock
from infra.development_office import register
from infra.house import VIRTUAL, House
from infra.ids import Ids
from infra.late import Press, Seals
from infra.notices import DirectoryNotices
from infra.objects import Stores, open_stores
from infra.settings import Settings, from_environment
from steps.office import Office
from storage.access import AccessLog
from storage.calendars import SqlCalendars
from storage.documents import SqlDocuments
from storage.dossiers import SqlDossiers
from storage.effects import SqlEffects
from storage.encryption.keys import FileKeys, Purpose
from storage.engine import Database, open_database
from storage.inbox import Inbox
from storage.journal import SqlJournal
from storage.listing import Listing
from storage.marks import Marks
from storage.meta import Meta
from storage.offices import SqlOffices
from storage.persons import SqlPersons
from storage.private import PrivateFields
from storage.procedures import SqlProcedures
from storage.runs import SqlRuns
from storage.schema import migrate

FORMAT = "1"
SEED = "demo.seed"


@dataclass(frozen=True, slots=True)
class _Ground:
    """What office and house share: one database, its keys, ids, clock and ports."""

    engine: Database
    meta: Meta
    keys: FileKeys
    ids: Ids
    clock: SystemClock | VirtualClock
    stores: Stores
    dossiers: SqlDossiers
    registers: SqlOffices
    catalogue: SqlProcedures
    calendars: SqlCalendars


@contextmanager
def open_house(settings: Settings, *, suspect: bool = False) -> Iterator[House]:
    """
    Open a home, made at first use: database, keys, store, PKI, development office.

    `suspect`: for an audit, whatever somebody made of the journal and its guards.
    Raises FaultError for a home of another format, a newer schema, or data without
    its keys.
    """
    arm(settings.crashpoint)
    _demand_format(settings.home)
    engine = open_database(settings.database_url)
    try:
        migrate(engine, guarded=not suspect)
        house = _house(settings, _ground(settings, engine, suspect=suspect))
        if not suspect:
            _demand_whole(house.checkpoints, house.journal)
        yield house
    finally:
        engine.dispose()


def _ground(settings: Settings, engine: Database, *, suspect: bool) -> _Ground:
    meta = Meta(engine)
    journal = SqlJournal(engine)  # of a suspect one only the rows are believed
    written = any(journal.read(1, 2**62)) if suspect else journal.head().size > 0
    keys = FileKeys(settings.keys / "master.json", must_exist=written)
    seed = meta.get(SEED)
    ids = Ids(keys.sub_key(Purpose.TOKENS), seed.encode() if seed else None)
    return _Ground(
        engine=engine,
        meta=meta,
        keys=keys,
        ids=ids,
        clock=_clock(meta),
        stores=open_stores(
            settings, meta, SystemClock().now, short_locks=seed is not None
        ),
        dossiers=SqlDossiers(engine, ids, PrivateFields(keys)),
        registers=SqlOffices(engine, register()),
        catalogue=SqlProcedures(engine),
        calendars=SqlCalendars(engine),
    )


def _office(settings: Settings, ground: _Ground) -> Office:
    engine, keys, ids = ground.engine, ground.keys, ground.ids
    seals = Seals(settings.pki, ground.registers)
    return Office(
        dossiers=ground.dossiers,
        documents=SqlDocuments(engine, ground.stores.objects, keys, ids),
        procedures=ground.catalogue,
        calendars=ground.calendars,
        offices=ground.registers,
        persons=SqlPersons(engine, keys, ids),
        clock=ground.clock,
        ids=ids,
        printer=Press(),
        signer=seals,
        verifier=seals,
        lookup=settings.lookup,
    )


def _house(settings: Settings, ground: _Ground) -> House:
    engine = ground.engine
    journal = SqlJournal(engine)
    checkpoints = Checkpoints(settings.log, journal, f"{ground.meta.site()}/log")
    return House(
        settings=settings,
        office=_office(settings, ground),
        sql=ground.dossiers,
        journal=journal,
        runs=SqlRuns(engine),
        effects=SqlEffects(engine),
        notices=DirectoryNotices(settings.outbox),
        meta=ground.meta,
        listing=Listing(engine),
        catalogue=ground.catalogue,
        registers=ground.registers,
        calendars=ground.calendars,
        access=AccessLog(engine, ground.ids),
        marks=Marks(engine),
        checkpoints=checkpoints,
        inbox=Inbox(engine),
        database=engine,
        keys=ground.keys,
        stores=ground.stores,
        clock=ground.clock,
    )


@contextmanager
def open_engine(home: Path) -> Iterator[House]:
    """Open a home for the flows' processes."""
    with open_house(from_environment(home)) as house:
        yield house


def _clock(meta: Meta) -> SystemClock | VirtualClock:
    if meta.get(SEED) is None:
        return SystemClock()

    def stored() -> datetime | None:
        found = meta.get(VIRTUAL)
        return datetime.fromisoformat(found) if found else None

    return VirtualClock(stored)


def _demand_whole(checkpoints: Checkpoints, journal: SqlJournal) -> None:
    """Let nothing be appended to a database that is older than what was signed."""
    signed = checkpoints.signed_size()
    if signed and (head := journal.head().size) < signed and not journal.held():
        journal.hold(f"signed up to {signed}, the database ends at {head}")


def _demand_format(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = home / "format"
    if not mark.exists():
        mark.write_text(FORMAT, encoding="ascii")
    found = mark.read_text(encoding="ascii").strip()
    if found != FORMAT:
        vi = f"{home} có định dạng {found}, chương trình biết {FORMAT}; hãy cập nhật"
        raise FaultError(vi, f"{home} has format {found}, this program knows {FORMAT}")
