"""
What stands on the topics beside the events: the way in, its answers, dead letters.

All are CloudEvents 1.0 in structured mode. None carries personal data in clear: what
comes in is sealed to the engine's key, what goes out holds ids, codes and digests.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dossiers.values import Instant, Value

Text = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

SUBMISSION = "vn.nambuoc.intake.submission.v1"
ANSWER = "vn.nambuoc.intake.answer.v1"
REPLY = "vn.nambuoc.intake.reply.v1"
DEAD_LETTER = "vn.nambuoc.intake.dead-letter.v1"


class Sealed(Value):
    """The content as a compact JWE to the engine's key (`events intake-key`)."""

    jwe: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$")]


class Reference(Value):
    """An object whose bytes are such a JWE, in the store that both sides know."""

    key: Text
    sha256: Sha256


class Referred(Value):
    """The content lies in an object store: for what is too long for a record."""

    reference: Reference


class IntakeMessage(BaseModel):
    """A submission, or the answer to a supplement request, of another system."""

    model_config = ConfigDict(frozen=True)  # unknown attributes are the sender's own

    specversion: Literal["1.0"]
    id: Text
    source: Text
    type: Literal["vn.nambuoc.intake.submission.v1", "vn.nambuoc.intake.answer.v1"]
    time: AwareDatetime | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    data: Sealed | Referred


class _Told(Value):
    """The envelope of what nambuoc itself says about a message."""

    specversion: Literal["1.0"] = "1.0"
    id: Text
    source: Text
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"


class Verdict(Value):
    """What became of the message (source, id); `reason` is a code for programs."""

    source: Text
    id: Text
    status: Literal["accepted", "refused", "conflict"]
    code: str | None = None
    dossier: str | None = None
    reason: str | None = None
    vi: str | None = None
    en: str | None = None


class Reply(_Told):
    """The answer to a message that was taken in or refused."""

    type: Literal["vn.nambuoc.intake.reply.v1"] = "vn.nambuoc.intake.reply.v1"
    data: Verdict


class Place(Value):
    """Where a message lies that cannot be taken in, and why, without its content."""

    topic: Text
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    sha256: Sha256
    reason: Text
    vi: Text
    en: Text
    source: str | None = None
    id: str | None = None


class DeadLetter(_Told):
    """A message that nobody will take in unless a person looks."""

    type: Literal["vn.nambuoc.intake.dead-letter.v1"] = (
        "vn.nambuoc.intake.dead-letter.v1"
    )
    data: Place
