"""
The one place that names concrete classes: read it from top to bottom.

What is dear to import (pyHanko, typst: most of a second together) is imported when it
is first used, so that looking at a dossier does not pay for signing one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from dossiers.crashpoints import arm
from dossiers.errors import FaultError
from dossiers.ports import Offices, Printed, SignedPdf
from dossiers.values import Value
from infra.clock import SystemClock, VirtualClock
from infra.development_office import register
from infra.house import VIRTUAL, House
from infra.ids import Ids
from infra.notices import DirectoryNotices
from infra.settings import Settings, from_environment
from steps.office import Office
from storage.access import AccessLog
from storage.calendars import SqlCalendars
from storage.collecting import collect
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

if TYPE_CHECKING:
    from signing.development import DevelopmentSigner
    from signing.verification.verify import PdfVerifier

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
        objects = LocalStore(settings.store)
        dossiers = SqlDossiers(engine, ids, PrivateFields(keys))
        seals = _Seals(settings.pki, registers)
        office = Office(
            dossiers=dossiers,
            documents=SqlDocuments(engine, objects, keys, ids),
            procedures=catalogue,
            calendars=calendars,
            offices=registers,
            persons=SqlPersons(engine, keys, ids),
            clock=clock,
            ids=ids,
            printer=_Press(),
            signer=seals,
            verifier=seals,
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
            orphans=partial(collect, engine, objects),
            clock=clock,
        )
    finally:
        engine.dispose()


@contextmanager
def open_engine(home: Path) -> Iterator[House]:
    """Open a home for the flows' processes."""
    with open_house(from_environment(home)) as house:
        yield house


class _Press:
    """The Printer of typst, opened at the first paper."""

    @staticmethod
    def print(paper: Value) -> Printed:
        """Print a paper of dossiers.papers or an Outcome, always the same bytes."""
        from infra.printer.press import TypstPrinter

        return TypstPrinter().print(paper)


class _Seals:
    """The Signer and the Verifier of the development PKI, opened at first use."""

    def __init__(self, folder: Path, offices: Offices) -> None:
        """Open at once when root or key is missing: first start, or lost."""
        self._folder = folder
        self._offices = offices
        self._lock = Lock()
        paths = (folder / "root.pem", folder / "keys" / "root.pem")
        if not all(path.exists() for path in paths):
            self._opened()

    def prepare(self, printed: Printed) -> bytes:
        """Add the empty signature fields; done before the first signature."""
        return self._opened().prepare(printed)

    def sign(self, pdf: bytes, *, officer: str, at: datetime) -> SignedPdf:
        """Set the competent person's signature in slot `person`."""
        return self._opened().sign(pdf, officer=officer, at=at)

    def seal(self, pdf: bytes, *, agency: str, at: datetime) -> SignedPdf:
        """Set the agency's seal in slot `seal`."""
        return self._opened().seal(pdf, agency=agency, at=at)

    def is_valid(self, pdf: bytes, *, slots: tuple[str, ...], at: datetime) -> bool:
        """Whether exactly these slots are signed and TOTAL-PASSED at `at`."""
        self._opened()
        return self._verifier.is_valid(pdf, slots=slots, at=at)

    def _opened(self) -> "DevelopmentSigner":
        with self._lock:
            return self._signer

    @cached_property
    def _signer(self) -> "DevelopmentSigner":
        from signing.development import DevelopmentSigner

        return DevelopmentSigner(self._folder, self._offices)

    @cached_property
    def _verifier(self) -> "PdfVerifier":
        from signing.verification.trust import Trust
        from signing.verification.verify import PdfVerifier

        return PdfVerifier(Trust.parse(self._signer.pki.trust_pem))


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
