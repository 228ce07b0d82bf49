"""The house: the office and all that works around it, for one process."""

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime

from dossiers.crashpoints import crashpoint
from dossiers.dossier import Dossier
from dossiers.errors import DossierError, UnavailableError
from dossiers.events import DocumentRead
from dossiers.parties import Register
from dossiers.ports import Dossiers, Effects, Notices, Runs
from dossiers.values import Step, digest, iso
from dossiers.working_time.calendars import WorkingCalendar
from infra import reconciling, running, supervisor
from infra.checkpoints import Checkpoints
from infra.clock import SystemClock, VirtualClock
from infra.objects import Stores
from infra.settings import Settings
from steps.office import Office
from steps.rests import SETTLE
from storage.access import AccessLog
from storage.blobs import Blobs
from storage.calendars import SqlCalendars
from storage.collecting import collect
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.engine import Database
from storage.inbox import Inbox
from storage.journal import SqlJournal
from storage.listing import Listing
from storage.marks import Marks
from storage.meta import Meta
from storage.objects.store import ObjectStore
from storage.offices import SqlOffices
from storage.procedures import SqlProcedures
from storage.projections import view
from storage.schema import HEAD

VIRTUAL = "virtual.now"


@dataclass(frozen=True, slots=True)
class House:
    """Everything one process needs; opened by `infra.wiring.open_house`."""

    settings: Settings
    office: Office
    sql: SqlDossiers
    journal: SqlJournal
    runs: Runs
    effects: Effects
    notices: Notices
    meta: Meta
    listing: Listing
    catalogue: SqlProcedures
    registers: SqlOffices
    calendars: SqlCalendars
    access: AccessLog
    marks: Marks
    checkpoints: Checkpoints
    inbox: Inbox
    database: Database
    keys: FileKeys
    stores: Stores
    clock: SystemClock | VirtualClock

    @property
    def objects(self) -> ObjectStore:
        """The sealed objects, wherever they lie."""
        return self.stores.objects

    @property
    def blobs(self) -> Blobs:
        """The sealed objects with their rows and keys."""
        return Blobs(self.database, self.objects, self.keys)

    @property
    def dossiers(self) -> Dossiers:
        """The event-sourced dossiers (for `flows`)."""
        return self.office.dossiers

    @property
    def schema_version(self) -> str:
        """The schema of the database, brought up at opening."""
        return HEAD

    def settle(self, step: Step, dossier_id: str) -> None:
        """Do the automatic rest of a closed step and show it; a repeat is nothing."""
        SETTLE[step](self.office, dossier_id)
        crashpoint("after-settle")

    def turn(self, at: datetime, *, stored: bool = False) -> None:
        """Move virtual time; `stored`: for every process of this home."""
        if isinstance(self.clock, VirtualClock):
            self.clock.turn(at)
        if stored:
            self.meta.put(VIRTUAL, iso(at))

    def settled(self, *, patience_s: float) -> None:
        """Wait until no automatic part and no effect is due; UnavailableError."""
        until = time.monotonic() + patience_s
        while self.listing.is_owed() or self.effects.counts().get("waiting"):
            if time.monotonic() > until:
                vi = "còn phần tự động chưa xong; xem `nambuoc ops stuck`"
                raise UnavailableError(vi, "automatic parts remain; see ops stuck")
            time.sleep(0.05)

    def add_register(self, register: Register) -> None:
        """Let a version of the register be in force."""
        self.registers.add(register)

    def calendar(self, version: str) -> WorkingCalendar:
        """Load a calendar version; raises NotFoundError."""
        return self.calendars.version(version)

    def add_calendar(self, calendar: WorkingCalendar) -> None:
        """Let a calendar version be in force."""
        self.calendars.add(calendar)

    def reconcile(self, *, closed: bool) -> dict[str, object]:
        """Compare flow runs with dossiers and heal."""
        return reconciling.reconcile(self.settings.home, closed=closed)

    def project(self, dossier: Dossier) -> dict[str, object]:
        """Write the read-model row that a state must have."""
        return view(dossier)

    def read_document(self, document_id: str, *, actor: str) -> bytes:
        """Read a paper; the read is an event in its own stream."""
        document = self.office.documents.find(document_id)
        content = self.office.documents.open(document_id)
        who = self.office.offices.current().actor(actor)
        fact = DocumentRead(document=document_id, purpose="cli")
        about = document.source_dossier or document.owner
        self.access.record(about, fact, who, self.office.clock.now())
        return content

    def scrub(self) -> dict[str, object]:
        """Read every document and compare it with its recorded digest."""
        findings: list[dict[str, object]] = []
        ids = self.listing.document_ids()
        for document_id in ids:
            try:
                content = self.office.documents.open(document_id)
            except DossierError as error:
                findings.append({"document": document_id, "text": error.en})
                continue
            if digest(content) != self.office.documents.find(document_id).sha256:
                findings.append({"document": document_id, "text": "digest differs"})
        return {"documents": len(ids), "findings": findings}

    def collect_orphans(self, grace_s: float) -> int:
        """Remove what unfinished uploads left behind, older than the grace; counts."""
        return collect(self.database, self.objects, grace_s=grace_s)

    def log_operation(self, act: str, dossier_id: str, reason: str) -> None:
        """Write an operator's act with its reason into the operations log."""
        folder = self.settings.home / "log"
        folder.mkdir(parents=True, exist_ok=True)
        told = {
            "at": iso(SystemClock().now()),
            "user": os.getuid(),
            "act": act,
            "dossier": dossier_id,
            "reason": reason,
        }
        with (folder / "operations.ndjson").open("a", encoding="utf-8") as log:
            log.write(json.dumps(told, ensure_ascii=False) + "\n")

    def dependencies(self) -> dict[str, object]:
        """Tell which parts answer: database, store, engine, Prefect."""
        status = supervisor.status(self.settings.home)
        return {
            "database": self.settings.database_url.partition(":")[0],
            "journal": self.journal.head().size,
            "engine": status["healthy"],
            "worker": status["worker"],
            "prefect": status["server"],
            "unknown_objects": running.read(self.settings.run / "store.json").get(
                "unknown", []
            ),
            "supervisor": running.running(self.settings.home / running.SUPERVISOR)
            is not None,
        }
