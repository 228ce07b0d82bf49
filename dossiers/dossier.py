"""
A dossier: the fold of its events, and what the law lets happen next.

- Exactly one holder while the dossier is open; none afterwards.
- Five steps in order; each is closed by one event (Received, Transferred,
  Processed, Signed, Returned).
- Person before number before seal (NĐ 30/2020 Đ14, Đ33).
- Withdrawn or stopped only before the competent person has signed.
- The appointment moves at most once (NĐ 61/2018 Đ19.9).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dossiers.replacing import replace
from dossiers.values import STEPS, Channel, Step, SubmittedComponent
from dossiers.work_events import NumberReserved, TransferOffered


class Status(StrEnum):
    """Where a dossier stands."""

    SUBMITTED = "submitted"
    SUPPLEMENTING = "supplementing"
    RECEIVED = "received"
    OFFERED = "offered"
    IN_PROCESS = "in-process"
    SUSPENDED = "suspended"
    PROCESSED = "processed"
    PREPARED = "prepared"
    PERSON_SIGNED = "person-signed"
    SEALED = "sealed"
    SIGNED = "signed"
    ISSUED = "issued"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"


CLOSED = frozenset({Status.RETURNED, Status.REFUSED, Status.WITHDRAWN, Status.STOPPED})
SIGNING = frozenset({Status.PROCESSED, Status.PREPARED})
CLOCK_RUNS = frozenset({Status.RECEIVED, Status.OFFERED, Status.IN_PROCESS}) | SIGNING
OPEN_BEFORE_SIGNATURE = CLOCK_RUNS | {
    Status.SUBMITTED,
    Status.SUPPLEMENTING,
    Status.SUSPENDED,
}

_STEP = {
    Status.SUBMITTED: Step.RECEIVE,
    Status.RECEIVED: Step.TRANSFER,
    Status.OFFERED: Step.TRANSFER,
    Status.IN_PROCESS: Step.PROCESS,
    Status.SUSPENDED: Step.PROCESS,
    Status.PROCESSED: Step.SIGN,
    Status.PREPARED: Step.SIGN,
    Status.PERSON_SIGNED: Step.SIGN,
    Status.SEALED: Step.SIGN,
    Status.SIGNED: Step.RETURN,
    Status.ISSUED: Step.RETURN,
}


@dataclass(frozen=True, slots=True)
class Pause:
    """An interval that does not count, with its legal ground."""

    start: datetime
    end: datetime | None
    ground: str


@dataclass(frozen=True, slots=True)
class Clock:
    """What the law says about time for one dossier; instants in UTC."""

    counts_from: datetime
    due_at: datetime
    appointed_at: datetime
    statutory_due_at: datetime
    committed_limit: str
    statutory_limit: str
    provisional: bool

    def anew(self, due_at: datetime, statutory: datetime, *, moved: bool) -> "Clock":
        """Count anew after a pause; a moved appointment is never brought forward."""
        return replace(
            self,
            due_at=due_at,
            appointed_at=max(self.appointed_at, due_at) if moved else due_at,
            statutory_due_at=statutory,
        )


@dataclass(frozen=True, slots=True)
class Dossier:
    """One applicant's request under one procedure (hồ sơ)."""

    id: str
    version: int
    status: Status
    last_at: datetime
    last_event: str
    code: str
    procedure: str
    procedure_version: str
    channel: Channel
    receiving_agency: str
    applicant: str
    owner: str
    components: tuple[SubmittedComponent, ...]
    submitted_at: datetime
    holder: str | None
    counter_officer: str
    received_at: datetime | None = None
    received_version: int | None = None
    clock: Clock | None = None
    offer: TransferOffered | None = None
    competent_agency: str | None = None
    unit: str | None = None
    specialist: str | None = None
    supplement_stage: str | None = None
    supplements: int = 0
    pauses: tuple[Pause, ...] = ()
    pending_opinions: int = 0
    decision: str | None = None
    reason: str | None = None
    result: str | None = None
    number: NumberReserved | None = None
    number_registered: bool = False
    outcome: str | None = None
    outcome_sha256: str | None = None
    verification_id: str | None = None
    viewed_sha256: str | None = None
    person_signer: str | None = None
    sealer: str | None = None
    apologies: int = 0
    moved: bool = False
    issued_at: datetime | None = None
    ended_at: datetime | None = None
    papers: tuple[tuple[str, str], ...] = ()
    reached: int = 0
    entered: tuple[int, ...] = field(default=(1, 0, 0, 0, 0))

    @property
    def open(self) -> bool:
        """True until returned, refused at reception, withdrawn or stopped."""
        return self.status not in CLOSED

    @property
    def paused(self) -> bool:
        """True while a pause runs; a dossier may also end in one."""
        return bool(self.pauses) and self.pauses[-1].end is None

    @property
    def step(self) -> Step | None:
        """The step that is open now; None when the dossier is closed."""
        if self.status is Status.SUPPLEMENTING:
            at_reception = self.supplement_stage == "reception"
            return Step.RECEIVE if at_reception else Step.PROCESS
        return _STEP.get(self.status)

    def attempt(self, step: Step) -> int:
        """How often the history has entered this step, from 1."""
        return max(self.entered[STEPS.index(step)], 1)

    def key(self, step: Step) -> str:
        """Name the engine's command for this step: `dossier:step:attempt` (D1)."""
        return f"{self.id}:{step}:{self.attempt(step)}"

    def paper(self, form: str) -> str | None:
        """Find the document id of the newest issued form of this number."""
        found: Iterable[str] = (
            doc for name, doc in reversed(self.papers) if name == form
        )
        return next(iter(found), None)

    def is_overdue(self, at: datetime) -> bool:
        """Whether the clock ran out by `at`; paused dossiers are in time."""
        if self.clock is None or self.paused:
            return False
        finished = self.issued_at or self.ended_at
        return (finished or at) > self.clock.due_at

    def ended(
        self, status: Status, at: datetime, *, reason: str | None = None
    ) -> "Dossier":
        """End the dossier: nobody holds it any more."""
        told = self.reason if reason is None else reason
        return replace(self, status=status, holder=None, reason=told, ended_at=at)
