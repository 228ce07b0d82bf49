"""
Who, when, for whom, which version: the cover of every event, and its exact bytes.

Bytes are canonical JSON (sorted keys, no blanks, UTF-8) of one CloudEvents 1.0
envelope in structured mode; they are made once, then stored, hashed and published.
"""

import json
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from dossiers.errors import TamperedError
from dossiers.events import AnyFact, Discriminated
from dossiers.values import Actor, Instant, Value, iso, local

MAX_BODY = 60 * 1024


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


def encode(event: Event, site: str) -> bytes:
    """
    Write the event's exact bytes.

    Raises TamperedError for a body over 60 KiB: nothing may enter the log that
    cannot be published.
    """
    content = event.fact.model_dump(mode="json", by_alias=True, exclude={"type"})
    cover: dict[str, object] = {
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
        "data": content,
    }
    optional = {
        "onbehalfof": event.actor.on_behalf_of,
        "causationid": event.cause,
        "procedureversion": event.procedure_version,
    }
    cover |= {key: value for key, value in optional.items() if value is not None}
    body = json.dumps(
        cover, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    if len(body) > MAX_BODY:
        text = f"sự kiện dài {len(body)} byte, tối đa {MAX_BODY}"
        raise TamperedError(
            text, f"the event has {len(body)} bytes, at most {MAX_BODY}"
        )
    return body


@cache
def _facts() -> TypeAdapter[AnyFact]:
    return TypeAdapter(Discriminated)


def decode(body: bytes) -> Event:
    """Read an event's bytes; raises TamperedError naming what is wrong."""
    try:
        cover = json.loads(body)
        fact = _facts().validate_python(
            {"type": cover["type"], **cover["data"]}, strict=False
        )
        return Event.model_construct(
            id=cover["id"],
            stream=cover["stream"],
            version=cover["streamversion"],
            occurred_at=datetime.fromisoformat(cover["time"]),
            actor=Actor(
                id=cover["actor"],
                position=cover["position"],
                agency=cover["agency"],
                on_behalf_of=cover.get("onbehalfof"),
            ),
            command=cover["correlationid"],
            cause=cover.get("causationid"),
            procedure_version=cover.get("procedureversion"),
            fact=fact,
        )
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        text = f"không đọc được sự kiện: {error}"
        raise TamperedError(text, f"the event cannot be read: {error}") from error
