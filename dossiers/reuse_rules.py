"""What a paper is by itself, and when one of the store may stand for another."""

import re
from calendar import monthrange
from datetime import date, datetime
from enum import IntEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from dossiers.values import Instant, Value, local
from dossiers.working_time.limits import Limit, Unit

CONSENT = "consent"
"""The basis of a reuse that rests on what the owner allowed, not on an article."""
LAW = "TT 01/2023/TT-VPCP Đ24"
"""The basis where a procedure names no other: the owner's electronic store."""
AGE_UNITS = frozenset({Unit.CALENDAR_DAY, Unit.MONTH})
_PERSONAL = re.compile(r"(?:[0-9]{9}|[0-9]{12})")

Signature = Literal["none", "converter", "issuer"]
"""Whose valid signature a document carries: nobody's, the converter's, the issuer's."""
Source = Literal["upload", "component", "outcome"]
"""How a document came into the store: by itself, with a dossier, as its result."""


class Assurance(IntEnum):
    """How far a document can be relied on, from a bare file to a signed result."""

    FILE = 0
    COPY = 1
    CONVERTED = 2
    CERTIFIED = 3
    ISSUED = 4


class PaperIdentity(Value):
    """
    What stands on a paper: its number, who issued it and when, how long it holds.

    Local days. A number that is a person's (9 or 12 digits) is personal and refused.
    """

    number: str | None = Field(default=None, max_length=80)
    issuer: str | None = Field(default=None, max_length=160)
    issued_on: date | None = None
    expires_on: date | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.number is not None and _PERSONAL.fullmatch(self.number.strip()):
            text = "number: a person's own number is personal; leave it out"
            raise ValueError(text)
        if self.issued_on and self.expires_on and self.expires_on < self.issued_on:
            text = "expires_on lies before issued_on; swap them"
            raise ValueError(text)
        return self


NOBODY_KNOWS = PaperIdentity()


class Conversion(Value):
    """
    The mark of a paper made electronic: who converted it, for whom, when.

    Luật GDĐT 20/2023 Đ12.1; without it a scan is an attachment, and never reused.
    """

    converter: str
    agency: str
    at: Instant


class ReuseRule(Value):
    """
    Which papers of the owner's store may stand for a component (tái sử dụng).

    `accepts` are types of documents (none: the component's own); ages count days or
    months (`30d`, `6mo`); `valid_at` names the day on which the paper must hold: that
    of submission, or the day the decision is due. `citizen_choice`: only when he asks.
    """

    accepts: tuple[str, ...] = ()
    min_level: int = Field(default=Assurance.COPY, ge=0, le=Assurance.ISSUED)
    issued_within: str | None = None
    valid_at: Literal["submit", "decide"] = "submit"
    signature: Literal["required", "any"] = "any"
    holder: Literal["owner", "applicant"] = "owner"
    max_reuse_age: str | None = None
    citizen_choice: bool = False
    basis: str = LAW


def is_within(age: str, since: date, day: date) -> bool:
    """Whether `day` lies within an age counted from a day; MalformedError."""
    limit = Limit.parse(age)
    count = int(limit.amount)
    if limit.unit is not Unit.MONTH:
        return (day - since).days <= count
    years, month = divmod(since.month - 1 + count, 12)
    year = since.year + years
    last = monthrange(year, month + 1)[1]
    return day <= date(year, month + 1, min(since.day, last))


def day_of(at: datetime) -> date:
    """Tell the local day of an instant."""
    return local(at).date()
