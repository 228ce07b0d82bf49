"""What the steps and flows need from outside; one contract suite holds each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from dossiers.change import Change
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.parties import Register
from dossiers.values import Value

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


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document; sha256 is over the original bytes, hex."""

    id: str
    owner: str
    type_code: str
    media_type: str
    sha256: str
    size: int
    state: str
    source_dossier: str | None
    stored_at: datetime


class Documents(Protocol):
    """Documents by reference: stored once, encrypted, reused."""

    def put(self, content: bytes, about: NewDocument) -> Document:
        """Store durably, once per upload id; raises UnavailableError, FaultError."""

    def find(self, document_id: str) -> Document:
        """Describe a document; raises NotFoundError."""

    def open(self, document_id: str) -> bytes:
        """Read and decrypt; raises NotFoundError, TamperedError."""

    def candidates(self, owner: str, types: tuple[str, ...]) -> tuple[Document, ...]:
        """List the owner's valid documents of these types, newest first."""


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


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a signature goes: PDF points, y from the top of the page."""

    name: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed paper: tagged PDF/A bytes and its signature slots."""

    pdf: bytes
    slots: tuple[Slot, ...]


class Printer(Protocol):
    """Turns legal papers into PDF/A."""

    def print(self, paper: Value) -> Printed:
        """Print a paper of dossiers.papers or an Outcome, always the same bytes."""


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A PDF with one more signature, and the certificate's serial number, hex."""

    pdf: bytes
    certificate: str


class Signer(Protocol):
    """Signs as a person, seals as an agency (PAdES B-T)."""

    def prepare(self, printed: Printed) -> bytes:
        """Add the empty signature fields; done before the first signature."""

    def sign(self, pdf: bytes, *, officer: str, at: datetime) -> SignedPdf:
        """Set the competent person's signature in slot `person`."""

    def seal(self, pdf: bytes, *, agency: str, at: datetime) -> SignedPdf:
        """Set the agency's seal in slot `seal`."""


class Verifier(Protocol):
    """Judges signatures."""

    def is_valid(self, pdf: bytes, *, slots: tuple[str, ...], at: datetime) -> bool:
        """Whether exactly these slots are signed and TOTAL-PASSED at `at`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A claimed wake mark with its lease; `left_by`: a dead owner's name."""

    dossier_id: str
    run_id: str | None
    wanted: int
    shown: int
    attempts: int
    left_by: str | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of the run table, as reconcile and ops read it."""

    dossier_id: str
    code: str
    run_id: str | None
    wanted: int
    seen: int
    shown: int
    owner: str | None
    held: bool
    attempts: int
    not_before: datetime | None
    last_error: str | None
    parked_reason: str | None
    closed: bool


class Runs(Protocol):
    """Wake marks and leases of the flow runs (real time, database clock)."""

    def wake(self, dossier_id: str) -> None:
        """Ask for a segment; never lost, even during one."""

    def claim(self, owner: str, count: int, lease_s: float) -> list[Mark]:
        """Take due marks under a lease; one short write transaction."""

    def renew(self, owner: str, lease_s: float) -> None:
        """Lengthen every lease this owner holds."""

    def release(self, owner: str, mark: Mark, *, closed: bool) -> None:
        """Give a finished segment back: seen = the wanted that was claimed."""

    def failed(self, owner: str, mark: Mark, *, error: str, pause_s: float) -> None:
        """Give it back still due, not before a pause; parked after too many."""

    def bind(self, dossier_id: str, run_id: str | None) -> None:
        """Remember which flow run shows the dossier."""

    def park(self, dossier_id: str, reason: str | None) -> None:
        """Keep a poisoned dossier from being claimed; None frees it."""

    def row(self, dossier_id: str) -> RunRow | None:
        """Read one row again before judging."""

    def rows(self, *, closed: bool | None = None) -> Iterator[RunRow]:
        """Read all rows, or only open or closed ones."""


@dataclass(frozen=True, slots=True)
class DueEffect:
    """An effect to send: stable key, kind, recipient and what it is about."""

    key: str
    dossier_id: str
    code: str
    kind: str
    recipient: str
    about: str
    attempts: int


class Effects(Protocol):
    """The outbox of effects (D10)."""

    def claim(self, owner: str, count: int, lease_s: float) -> list[DueEffect]:
        """Take unsent effects under a lease."""

    def done(self, key: str, receipt: str) -> None:
        """Record the receiver's answer; the row is closed."""

    def failed(self, key: str, *, error: str, pause_s: float) -> None:
        """Record a failure; due again after a pause."""

    def counts(self) -> dict[str, int]:
        """Count rows by state: sent, waiting."""


class Notices(Protocol):
    """A receiver of notices that takes our key and counts each once."""

    def send(self, effect: DueEffect) -> str:
        """Deliver; returns the receiver's receipt; raises UnavailableError."""
