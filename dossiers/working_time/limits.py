"""Limits (thời hạn): a decimal number and a unit, as the law and the slips say it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from dossiers.errors import MalformedError

_GRAMMAR = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,6})?)(wd|d|mo|wh|h)")
_BOUND = Decimal(10**7)
_SHOWN = 40


class Unit(StrEnum):
    """What a limit counts (architecture §6)."""

    WORKING_DAY = "wd"
    CALENDAR_DAY = "d"
    MONTH = "mo"
    WORKING_HOUR = "wh"
    CLOCK_HOUR = "h"


_WHOLE = frozenset({Unit.CALENDAR_DAY, Unit.MONTH})


@dataclass(frozen=True, slots=True)
class Limit:
    """A duration such as 7.5 working days; MalformedError outside the grammar."""

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse amounts that no clock counts."""
        bounded = self.amount.is_finite() and 0 <= self.amount < _BOUND
        if not bounded or (self.unit in _WHOLE and self.amount % 1):
            written = f"{self.amount}{self.unit}"
            raise _malformed(written)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `7.5wd`, `0wd`, `15d`, `2mo`, `8wh` or `48h`; raises MalformedError."""
        match = _GRAMMAR.fullmatch(text)
        if match is None:
            raise _malformed(text)
        amount, unit = match.groups()
        if "." in amount and unit in _WHOLE:
            raise _malformed(text)
        return cls(Decimal(amount), Unit(unit))

    def __str__(self) -> str:
        """Write the shortest form that `parse` reads back."""
        return f"{self.amount.normalize():f}{self.unit}"


def _malformed(text: str) -> MalformedError:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return MalformedError(
        f"thời hạn «{shown}» sai dạng: viết một số rồi đơn vị wd, d, mo, wh hoặc h "
        "(ví dụ 7.5wd, 15d, 8wh); d và mo không có phần lẻ",
        f"limit '{shown}' is not of the form number + wd, d, mo, wh or h: write "
        "7.5wd, 15d, 2mo, 8wh or 48h; d and mo take no fraction",
    )
