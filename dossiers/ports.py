"""What the steps and flows need from outside; one contract suite holds each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO, Protocol

from dossiers.change import Change, PaperAct
from dossiers.document_events import ConsentGiven, ConsentWithdrawn
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.paper_ports import (
    Printed,
    Printer,
    SignedPdf,
    Signer,
    Slot,
    Verifier,
)
from dossiers.parties import Register
from dossiers.reuse_rules import (
    NOBODY_KNOWS,
    Conversion,
    PaperIdentity,
    Signature,
    Source,
)
from dossiers.run_ports import (
    DueEffect,
    Effects,
    Mark,
    Notices,
    RunRow,
    Runs,
)
from dossiers.values import Actor, Value

if TYPE_CHECKING:
    from dossiers.procedure import Procedure
    from dossiers.working_time.calendars import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the journal holds it: exact bytes, global place, leaf hash."""

    seq: int
    stream: str
    version: int
    command: str | None
    recorded_at: datetime
    body: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The journal's tree head: number of events and RFC 6962 root, hex."""

    size: int
    root: str


class Dossiers(Protocol):
    """The event-sourced dossiers."""

    def find(self, key: str) -> Dossier:
        """Fold the dossier of this code or id; raises NotFoundError."""

    def history(
        self, key: str, *, seq: int | None = None, at: datetime | None = None
    ) -> tuple[Event, ...]:
        """Read its events, up to a global seq or an instant; NotFoundError."""

    def answered(self, command: str) -> Dossier | None:
        """Fold the dossier as this command left it; None when it is new."""

    def append(self, change: Change) -> Dossier:
        """
        Append in one transaction, with read models, private fields and effects.

        The same command again gives the first answer. Raises ConflictError for a
        stale version, IllegalTransitionError when the law does not let it follow.
        A taken dossier code or document number is a ConflictError too.
        """

    def append_paper(
        self, act: PaperAct, changes: tuple[Change, ...] = ()
    ) -> tuple[Dossier, ...]:
        """
        Change a document, and the dossiers that hold it, in one transaction.

        Raises ConflictError when `changes` leave out an open dossier that holds a
        document which holds no longer: read `holding` again.
        """

    def holding(self, document_id: str) -> tuple[str, ...]:
        """List the ids of the open dossiers that hold a document."""

    def next_dossier_number(self, agency: str, day: date) -> int:
        """Look up the next daily number of an agency (not reserved by asking)."""

    def next_document_number(self, agency: str, year: int) -> int:
        """Look up the next yearly document number (not reserved by asking)."""

    def leaf(self, dossier_id: str, version: int) -> bytes:
        """Read the leaf hash of one event of the dossier; raises NotFoundError."""

    def private(self, dossier_id: str, name: str) -> bytes | None:
        """Decrypt a private field; None when it was erased."""


class Journal(Protocol):
    """The append-only log of all streams."""

    def read(self, from_seq: int = 1, to_seq: int | None = None) -> Iterator[Recorded]:
        """Read events in seq order, without gaps."""

    def head(self) -> Head:
        """Compute the present tree head."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What is known of a document before it is stored; `upload` makes it once."""

    upload: str
    owner: str
    type_code: str
    media_type: str
    at: datetime
    retention: str = "dossier"
    state: str = "valid"
    source_dossier: str | None = None
    identity: PaperIdentity = NOBODY_KNOWS
    level: int = 0
    source: Source = "upload"
    signature: Signature = "none"
    signer: str | None = None
    conversion: Conversion | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """
    A stored document; sha256 is over the original bytes, hex.

    `readable`: its bytes are there and their key was not destroyed.
    """

    id: str
    owner: str
    type_code: str
    media_type: str
    sha256: str
    size: int
    state: str
    source_dossier: str | None
    stored_at: datetime
    identity: PaperIdentity = NOBODY_KNOWS
    level: int = 0
    source: str = "upload"
    signature: str = "none"
    signer: str | None = None
    converter: str | None = None
    converted_at: datetime | None = None
    readable: bool = True


Consent = ConsentGiven | ConsentWithdrawn


class Documents(Protocol):
    """Documents by reference: stored once, encrypted, reused."""

    def put(self, content: bytes | BinaryIO, about: NewDocument) -> Document:
        """
        Store durably, once per upload id; a file is read in pieces, twice.

        Raises UnavailableError, FaultError, ConflictError: try again.
        """

    def find(self, document_id: str) -> Document:
        """Describe a document; raises NotFoundError."""

    def open(self, document_id: str) -> bytes:
        """Read and decrypt; raises NotFoundError, ErasedError, TamperedError."""

    def candidates(self, owner: str, types: tuple[str, ...]) -> tuple[Document, ...]:
        """List the owner's papers of these types in any state, newest first."""

    def is_present(self, document_id: str) -> bool:
        """Whether the store has its bytes now; UnavailableError when it is away."""

    def consents(self, owner: str) -> bool:
        """Whether the owner allows now that his papers are reused."""

    def let(self, consent: Consent, actor: Actor, at: datetime) -> None:
        """Record that an owner gives or withdraws his consent."""


class Procedures(Protocol):
    """Published procedure versions and drafts; versions are immutable."""

    def get(self, reference: str, at: date) -> "Procedure":
        """Find the version in force; NotFoundError, MalformedError if ambiguous."""

    def version(self, digest: str) -> "Procedure":
        """Find a version by its content digest; raises NotFoundError."""


class Calendars(Protocol):
    """Working calendars by date."""

    def current(self) -> "WorkingCalendar":
        """Load the calendar in force."""


class Offices(Protocol):
    """The register of agencies and officers."""

    def current(self) -> Register:
        """Load the register in force."""


class Person(Value):
    """Personal fields of an applicant or owner; never in an event."""

    name: str
    id_number: str
    phone: str = ""
    address: str = ""
    email: str = ""


class Persons(Protocol):
    """Random ids of persons, found again through a blind index."""

    def resolve(self, person: Person, at: datetime) -> str:
        """Find or make the person's opaque id."""


class Clock(Protocol):
    """Time as a parameter (D6)."""

    def now(self) -> datetime:
        """Tell the present instant, real or virtual, in UTC."""

    def following(self, cause: datetime) -> datetime:
        """When an automatic event happens that `cause` brought about."""


class Ids(Protocol):
    """Opaque ids: UUIDv7 of an instant with entropy."""

    def new(self, at: datetime, *parts: str) -> str:
        """Make an id; the same parts give the same id only under a demo seed."""

    def salt(self) -> bytes:
        """Draw sixteen random bytes."""

    def token(self, *parts: str) -> str:
        """Derive an unguessable token, always the same for the same parts."""


__all__ = [
    "Calendars",
    "Clock",
    "Document",
    "Documents",
    "Dossiers",
    "DueEffect",
    "Effects",
    "Head",
    "Ids",
    "Journal",
    "Mark",
    "NewDocument",
    "Notices",
    "Offices",
    "Person",
    "Persons",
    "Printed",
    "Printer",
    "Procedures",
    "Recorded",
    "RunRow",
    "Runs",
    "SignedPdf",
    "Signer",
    "Slot",
    "Verifier",
]
