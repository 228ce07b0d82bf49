"""The one place that names concrete classes: read it from top to bottom."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dossiers.crashpoints import arm
from dossiers.errors import FaultError
from infra.clock import SystemClock, VirtualClock
from infra.development_office import register
from infra.house import VIRTUAL, House
from infra.ids import Ids
from infra.notices import DirectoryNotices
from infra.printer.press import TypstPrinter
from infra.settings import Settings, from_environment
from signing.development import DevelopmentSigner
from signing.verification.trust import Trust
from signing.verification.verify import PdfVerifier
from steps.office import Office
from storage.access import AccessLog
from storage.calendars import SqlCalendars
from storage.documents import SqlDocuments
from storage.dossiers import SqlDossiers
from storage.effects import SqlEffects
from storage.encryption.keys import FileKeys, Purpose
from storage.engine import open_database
from storage.journal import SqlJournal
from storage.listing import Listing
from storage.meta import Meta
from storage.objects.local import LocalStore
from storage.offices import SqlOffices
from storage.persons import SqlPersons
from storage.private import PrivateFields
from storage.procedures import SqlProcedures
from storage.runs import SqlRuns
from storage.schema import migrate

FORMAT = "1"
SEED = "demo.seed"


@contextmanager
def open_house(settings: Settings) -> Iterator[House]:
    """
    Open a home, made at first use: database, keys, store, PKI, development office.

    Raises FaultError for a home of another format, a newer schema, or data without
    its keys.
    """
    os.umask(0o077)
    arm(settings.crashpoint)
    _demand_format(settings.home)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
        meta = Meta(engine)
        journal = SqlJournal(engine)
        key_file = settings.keys / "master.json"
        keys = FileKeys(key_file, must_exist=journal.head().size > 0)
        seed = meta.get(SEED)
        ids = Ids(keys.sub_key(Purpose.TOKENS), seed.encode() if seed else None)
        clock = _clock(meta)
        registers = SqlOffices(engine, register())
        calendars = SqlCalendars(engine)
        catalogue = SqlProcedures(engine)
        dossiers = SqlDossiers(engine, ids, PrivateFields(keys))
        signer = DevelopmentSigner(settings.pki, registers)
        office = Office(
            dossiers=dossiers,
            documents=SqlDocuments(engine, LocalStore(settings.store), keys, ids),
            procedures=catalogue,
            calendars=calendars,
            offices=registers,
            persons=SqlPersons(engine, keys, ids),
            clock=clock,
            ids=ids,
            printer=TypstPrinter(),
            signer=signer,
            verifier=PdfVerifier(Trust.parse(signer.pki.trust_pem)),
            lookup=settings.lookup,
        )
        yield House(
            settings=settings,
            office=office,
            sql=dossiers,
            journal=journal,
            runs=SqlRuns(engine),
            effects=SqlEffects(engine),
            notices=DirectoryNotices(settings.outbox),
            meta=meta,
            listing=Listing(engine),
            catalogue=catalogue,
            registers=registers,
            calendars=calendars,
            access=AccessLog(engine, ids),
            clock=clock,
        )
    finally:
        engine.dispose()


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


def _demand_format(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = home / "format"
    if not mark.exists():
        mark.write_text(FORMAT, encoding="ascii")
    found = mark.read_text(encoding="ascii").strip()
    if found != FORMAT:
        vi = f"{home} có định dạng {found}, chương trình biết {FORMAT}; hãy cập nhật"
        raise FaultError(vi, f"{home} has format {found}, this program knows {FORMAT}")
