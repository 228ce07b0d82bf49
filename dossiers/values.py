"""Small types that every event and state is made of."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic import PlainSerializer as Serializer

LOCAL = timezone(timedelta(hours=7), "+07:00")
"""Legal time of Vietnam: a fixed offset, no daylight saving."""


def iso(at: datetime) -> str:
    """Write an instant in UTC with microseconds and `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def local(at: datetime) -> datetime:
    """Show an instant in legal time (+07:00)."""
    return at.astimezone(LOCAL)


Instant = Annotated[
    AwareDatetime,
    AfterValidator(lambda at: at.astimezone(UTC)),
    Serializer(iso, when_used="json"),
]


class KeyDependent:
    """Marks a field whose value depends on keys or chance: not part of `facts`."""


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Value):
    """What one event says; who and when stand in its envelope."""

    type: str


class Step(StrEnum):
    """The five steps, named as the tasks of the flow run."""

    RECEIVE = "receive"
    TRANSFER = "transfer"
    PROCESS = "process"
    SIGN = "sign"
    RETURN = "return"

    @property
    def number(self) -> int:
        """Count the step, 1 to 5."""
        return tuple(Step).index(self) + 1


STEPS = tuple(Step)


class Channel(StrEnum):
    """How a dossier came (kênh thực hiện)."""

    DIRECT = "direct"
    ONLINE = "online"
    POSTAL = "postal"


class Actor(Value):
    """Who acts: an officer with position and agency, or the engine."""

    id: str
    position: str
    agency: str
    on_behalf_of: str | None = None


ENGINE = "engine"


class ComponentState(IntEnum):
    """How a component came to be electronic, as the province counts it (0 to 3)."""

    NOT_DIGITIZED = 0
    DIGITIZED = 1
    FROM_COMPONENT = 2
    FROM_RESULT = 3


Standing = Literal["valid", "waiting", "refused", "revoked"]
"""What may be done with a paper of a dossier: only a valid one counts as there."""
AskedAgain = Literal["citizen", "officer", "mismatch"]
"""Who wanted a paper anew that the owner's store could have given, or why."""


class SubmittedComponent(Value):
    """
    A paper handed in for a required component, with its counts and where it came from.

    A paper from the owner's store is pinned by id and digest; `basis` is the law or
    `consent` it was taken on, `decided_by` who took it. `asked_again` says why it was
    handed in though the store had one.
    """

    model_config = ConfigDict(populate_by_name=True)

    code: str
    original: int = 0
    copy_: int = Field(default=0, alias="copy")
    document: str | None = None
    sha256: Annotated[str | None, KeyDependent()] = None
    reused: bool = False
    state: ComponentState = ComponentState.NOT_DIGITIZED
    standing: Standing = "valid"
    basis: str | None = None
    decided_by: str | None = None
    asked_again: AskedAgain | None = None

    @property
    def is_there(self) -> bool:
        """Whether it can be worked with: a file, neither waiting nor revoked."""
        return self.document is not None and self.standing == "valid"


def digest(*parts: bytes) -> str:
    """SHA-256 over the joined parts, in lower-case hex."""
    return hashlib.sha256(b"".join(parts)).hexdigest()
