"""
Who, when, for whom, which version: the cover of every event, and its exact bytes.

Bytes are canonical JSON (sorted keys, no blanks, UTF-8) of one CloudEvents 1.0
envelope in structured mode; they are made once, then stored, hashed and published.
"""

import json
from contextlib import suppress
from functools import cache
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dossiers.errors import MalformedError, TamperedError
from dossiers.events import AnyFact, Discriminated
from dossiers.upcasting import LIFTS, Lifts, lift, stranger
from dossiers.values import Actor, Fact, Instant, Value, iso, local

MAX_BODY = 60 * 1024
TYPES: dict[str, type[Fact]] = {
    kind.model_fields["type"].default: kind for kind in get_args(AnyFact)
}
"""The name of each event on the wire, with its class."""
MALFORMED = (ValueError, TypeError, LookupError)


class Event(Value):
    """One fact with its cover; `version` is dense in `stream`."""

    id: str
    stream: str
    version: int
    occurred_at: Instant
    actor: Actor
    command: str
    cause: str | None = None
    procedure_version: str | None = None
    fact: Discriminated

    @property
    def subject(self) -> str:
        """The opaque id behind the stream's kind."""
        return self.stream.partition(":")[2]


Name = Annotated[str, Field(min_length=1)]
LocalTime = Annotated[str, Field(pattern=r"^[0-9-]{10}T[0-9:]{8}\.[0-9]{6}\+07:00$")]


class Cover(BaseModel):
    """The envelope as it stands in the bytes (CloudEvents 1.0, structured mode)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: Name
    subject: Name
    time: Instant
    localtime: LocalTime
    datacontenttype: Literal["application/json"]
    stream: Name
    streamversion: Annotated[int, Field(ge=1, le=2**31 - 1)]
    actor: str
    position: str
    agency: str
    onbehalfof: str | None = None
    correlationid: str
    causationid: str | None = None
    procedureversion: str | None = None
    content: dict[str, object] = Field(alias="data")


@cache
def _facts() -> TypeAdapter[AnyFact]:
    return TypeAdapter(Discriminated)


def known(fact: Fact) -> AnyFact:
    """Narrow a fact to the closed union; raises ValueError for a stranger."""
    return _facts().validate_python(fact)


def encode(event: Event, site: str) -> bytes:
    """
    Write the event's exact bytes.

    Raises MalformedError for text that is not Unicode and for a body over 60 KiB:
    nothing may enter the log that cannot be published.
    """
    try:
        body = json.dumps(
            _written(event, site),
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
    except UnicodeEncodeError as error:
        vi = f"chữ không phải Unicode ({error.reason}); hãy gõ lại"
        en = f"not Unicode ({error.reason}); write it again"
        raise MalformedError(vi, en) from error
    if len(body) > MAX_BODY:
        size = len(body)
        vi = f"sự kiện dài {size} byte, tối đa {MAX_BODY}; hãy viết ngắn hơn"
        en = f"the event has {size} bytes, at most {MAX_BODY}; write less"
        raise MalformedError(vi, en)
    return body


def _written(event: Event, site: str) -> dict[str, object]:
    optional = {
        "onbehalfof": event.actor.on_behalf_of,
        "causationid": event.cause,
        "procedureversion": event.procedure_version,
    }
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"//{site}/engine",
        "type": event.fact.type,
        "subject": event.subject,
        "time": iso(event.occurred_at),
        "localtime": local(event.occurred_at).isoformat(timespec="microseconds"),
        "datacontenttype": "application/json",
        "stream": event.stream,
        "streamversion": event.version,
        "actor": event.actor.id,
        "position": event.actor.position,
        "agency": event.actor.agency,
        "correlationid": event.command,
        "data": event.fact.model_dump(mode="json", by_alias=True, exclude={"type"}),
    } | {key: value for key, value in optional.items() if value is not None}


def decode(body: bytes, *, lifts: Lifts = LIFTS) -> Event:
    """
    Read an event's bytes, an old version lifted to the present one.

    Raises TamperedError naming the place, or the type that this program does not know.
    """
    try:
        cover = Cover.model_validate_json(body)
        return _event(cover, _facts().validate_python(_content(cover, lifts)))
    except (ArithmeticError, AttributeError, *MALFORMED) as error:
        raise _unreadable(body, error, lifts) from error


def _event(cover: Cover, fact: AnyFact) -> Event:
    return Event(
        id=cover.id,
        stream=cover.stream,
        version=cover.streamversion,
        occurred_at=cover.time,
        actor=Actor(
            id=cover.actor,
            position=cover.position,
            agency=cover.agency,
            on_behalf_of=cover.onbehalfof,
        ),
        command=cover.correlationid,
        cause=cover.causationid,
        procedure_version=cover.procedureversion,
        fact=fact,
    )


def _content(cover: Cover, lifts: Lifts) -> dict[str, object]:
    if cover.subject != cover.stream.partition(":")[2] or "type" in cover.content:
        text = f"{cover.stream}: subject or type stands in two ways"
        raise ValueError(text)
    name, content = lift(cover.type, cover.content, lifts)
    return {"type": name, **content}


def _unreadable(body: bytes, error: Exception, lifts: Lifts) -> TamperedError:
    vi = f"{_why(error)}; hãy chạy: nambuoc audit verify"
    en = f"{_why(error)}; run: nambuoc audit verify"
    with suppress(RecursionError, *MALFORMED):
        vi, en = stranger(str(json.loads(body)["type"]), {*TYPES, *lifts}) or (vi, en)
    return TamperedError(
        f"không đọc được sự kiện: {vi}", f"the event cannot be read: {en}"
    )


def _why(error: Exception) -> str:
    """Name the first place that is wrong, without the value that stands there."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)
    place = ".".join(str(part) for part in first[0]["loc"])
    return f"{place}: {first[0]['msg']}" if place else first[0]["msg"]
