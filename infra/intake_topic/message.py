"""
One record of the intake topic: its envelope, and what was sealed in it.

Nothing of a message is quoted in a refusal: it may hold anything, and refusals go to
topics that others read.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from pydantic import Base64Bytes, BaseModel, ValidationError

from infra.intake_topic.refusing import Name, NotTakenError, Reason
from infra.submission import WrittenAnswer, WrittenPaper, WrittenSubmission
from infra.wire.messages import IntakeMessage

MOST_BYTES = 1_000_000
"""The longest record, in bytes; brokers take little more. Longer goes by reference."""
_SOURCE = re.compile(r"[A-Za-z0-9._~:/?#@!$&()*+,;=%-]{1,256}")
_ID = re.compile(r"[A-Za-z0-9._~:/@+=-]{1,128}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class SealedPaper(WrittenPaper):
    """One paper with its content as base64, or null: it comes from the store."""

    content: Base64Bytes | None = None


class SealedSubmission(WrittenSubmission[SealedPaper]):
    """A submission file with the papers' content in place of their paths."""


class SealedAnswer(WrittenAnswer[SealedPaper]):
    """The applicant's answer to a supplement request of this dossier (code or id)."""

    dossier: str


class _Cover(BaseModel):
    """What of an envelope is enough to answer it."""

    source: str
    id: str


S = TypeVar("S", SealedSubmission, SealedAnswer)


def read(body: bytes) -> IntakeMessage:
    """Read an envelope; NotTakenError, which knows the name when it could be read."""
    if not body:
        raise NotTakenError(Reason.EMPTY)
    if len(body) > MOST_BYTES:
        raise NotTakenError(Reason.TOO_LONG)
    try:
        found = IntakeMessage.model_validate_json(body)
    except ValidationError as error:
        raise _of_shape(body, error) from None
    if _name(found.source, found.id) is None:
        raise NotTakenError(Reason.NAME_MALFORMED)
    return found


def _of_shape(body: bytes, error: ValidationError) -> NotTakenError:
    """Tell what is wrong with an envelope: no JSON, another type, or its shape."""
    wrong = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in wrong):
        return NotTakenError(Reason.NOT_JSON)
    strange = (("type",), "literal_error") in {
        (one["loc"], one["type"]) for one in wrong
    }
    kind = Reason.TYPE_UNKNOWN if strange else Reason.NOT_A_CLOUD_EVENT
    try:
        told = _Cover.model_validate_json(body)
    except ValidationError:
        return NotTakenError(kind)
    name = _name(told.source, told.id)
    return NotTakenError(kind, name=name)


def _name(source: str, number: str) -> Name | None:
    sound = _SOURCE.fullmatch(source) and _ID.fullmatch(number)
    return Name(source=source, id=number) if sound else None


def content_of(plaintext: bytes, kind: type[S]) -> S:
    """Read what was sealed; NotTakenError naming the field, never its value."""
    try:
        found = kind.model_validate_json(plaintext)
    except ValidationError as error:
        raise NotTakenError(Reason.CONTENT_MALFORMED, _place(error, kind)) from None
    told = found.model_dump(exclude={"components": {"__all__": {"content"}}})
    if any(map(_CONTROL.search, _texts(told))):
        raise NotTakenError(Reason.CONTENT_MALFORMED, ": control characters")
    return found


def _place(error: ValidationError, kind: type[BaseModel]) -> str:
    """Name the first wrong field as the schema does; what is not in it is `?`."""
    first = error.errors(include_url=False, include_context=False, include_input=False)
    parts = (str(part) for part in first[0]["loc"])
    named = (
        part if part in _fields(kind) or part.isdecimal() else "?" for part in parts
    )
    return f": {'.'.join(named) or 'JSON'} ({first[0]['type']})"


@cache
def _fields(kind: type[BaseModel]) -> frozenset[str]:
    schema = kind.model_json_schema()
    parts = (schema, *schema["$defs"].values())
    return frozenset(name for part in parts for name in part.get("properties", ()))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
