"""What the demo's officers do: one planned act each, in one closed union of deeds."""

from dataclasses import dataclass
from datetime import datetime

from dossiers.events import OpinionReceived, OpinionRequested, VerificationRecorded
from dossiers.values import Channel
from portal.demo.arrivals import LogEvent
from portal.demo.draw import Method
from steps.process import Work
from steps.receive import Appointment


@dataclass(frozen=True, slots=True)
class Submit:
    """The papers arrive; `owner` is an index into the pool of persons."""

    channel: Channel
    owner: int


@dataclass(frozen=True, slots=True)
class Receive:
    """The counter accepts, on the log's own terms."""

    terms: Appointment


@dataclass(frozen=True, slots=True)
class Do:
    """Work inside *process*; the fact carries the activity's name."""

    done: Work


@dataclass(frozen=True, slots=True)
class AskSupplement:
    """Papers are asked for; `override` is the head's reason where the law needs it."""

    reason: str
    override: str | None


@dataclass(frozen=True, slots=True)
class AnswerSupplement:
    """The papers asked for arrive."""


@dataclass(frozen=True, slots=True)
class Suspend:
    """The holder stops the clock."""

    ground: str


@dataclass(frozen=True, slots=True)
class Resume:
    """The holder lets the clock run again."""


@dataclass(frozen=True, slots=True)
class Process:
    """The holder closes the step; `refusal` is the reason of a refused outcome."""

    refusal: str | None


@dataclass(frozen=True, slots=True)
class Sign:
    """The leader signs in a batch."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The records clerk seals what the batch signed."""


@dataclass(frozen=True, slots=True)
class Return:
    """The counter hands the outcome over."""

    method: Method


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The applicant takes the dossier back."""

    reason: str


Deed = (
    Submit
    | Receive
    | Do
    | AskSupplement
    | AnswerSupplement
    | Suspend
    | Resume
    | Process
    | Sign
    | Seal
    | Return
    | Withdraw
)

_KINDS: dict[type[Deed], str] = {
    Submit: "submit",
    Receive: "receive",
    AskSupplement: "supplement-ask",
    AnswerSupplement: "supplement-answer",
    Suspend: "suspend",
    Resume: "resume",
    Process: "process",
    Sign: "sign",
    Seal: "seal",
    Return: "return",
    Withdraw: "withdraw",
}
_WORKS: dict[type[Work], str] = {
    VerificationRecorded: "verify",
    OpinionRequested: "opinion-ask",
    OpinionReceived: "opinion-got",
}


@dataclass(frozen=True, slots=True)
class Act:
    """
    One act of one officer (or `engine`) on one case at one virtual instant, UTC.

    `index` counts the acts of the case from 0; `row` is the line of the log that the
    act stands for, None where the log has none.
    """

    at: datetime
    case_id: str
    index: int
    officer: str
    deed: Deed
    row: LogEvent | None = None

    @property
    def kind(self) -> str:
        """Name the act, such as `receive` or `opinion-ask`."""
        if isinstance(self.deed, Do):
            return _WORKS.get(type(self.deed.done), "work")
        return _KINDS[type(self.deed)]

    @property
    def command(self) -> str:
        """Its command id: the same in every run over the same file."""
        return f"demo:{self.case_id}:{self.index}:{self.kind}"
