"""
The legal values behind the five steps, by version: value, article, validity.

`article` is None where nobody of the project has read the text; `note` then says
what the value rests on. A number of days is never a constant of the code.
"""

from datetime import date, time
from enum import StrEnum
from typing import Generic, TypeVar

from dossiers.errors import NotFoundError, RefusedError
from dossiers.values import Value

T = TypeVar("T")


class CountingPolicy(StrEnum):
    """What a supplement after appraisal does to the clock."""

    RESET = "reset"
    PAUSE = "pause"


class LegalValue(Value, Generic[T]):
    """One value of the law with its article and the days it is valid (inclusive)."""

    value: T
    article: str | None
    valid_from: date
    valid_to: date | None = None
    note: str = ""


class Rules(Value):
    """All legal values of one version; limits are written as in architecture §6."""

    version: str
    basis: str
    valid_from: date
    valid_to: date | None
    supplement_count: LegalValue[int]
    """How many supplements may be asked for at appraisal."""
    supplement_limit: LegalValue[str]
    """How long after reception a supplement may be asked for at appraisal."""
    counting_policy: LegalValue[CountingPolicy]
    """Whether the clock restarts or goes on when the supplement has come."""
    apology_days: LegalValue[int]
    """How many working days before the due instant the apology is owed."""
    reappointments: LegalValue[int]
    """How many times the appointment may be moved."""
    transfer_cutoff: LegalValue[time]
    """Received before this local time: transferred the same day, else the next."""
    same_day_cutoff: LegalValue[time]
    """Received before this local time: a same-day outcome is due the same day."""
    acceptance_limit: LegalValue[str]
    """How long an online submission may wait for the officer's answer."""


_2018 = date(2018, 6, 21)
_2025 = date(2025, 7, 1)
_LAST_2018 = date(2025, 6, 30)
_UNREAD = "carried over from NĐ 61/2018; the article of NĐ 118/2025 was not read"
_SAME_DAY = LegalValue[time](
    value=time(15),
    article="Luật Hộ tịch 2014 Đ5.3",
    valid_from=date(2016, 1, 1),
    note="read for civil status; used for every same-day limit",
)
_ACCEPTANCE = LegalValue[str](
    value="8wh",
    article=None,
    valid_from=_2018,
    note="NĐ 45/2020 Đ11.3 not read; the sister rule TT 87/2021/TT-BTC Đ10 was",
)
_ONE_SUPPLEMENT = (
    "no general maximum at appraisal in NĐ 61/2018; a procedure may set it"
)


def _old(value: T, article: str | None, note: str = "") -> LegalValue[T]:
    return LegalValue[T](
        value=value, article=article, valid_from=_2018, valid_to=_LAST_2018, note=note
    )


def _carried(value: T) -> LegalValue[T]:
    return LegalValue[T](value=value, article=None, valid_from=_2025, note=_UNREAD)


RULES: tuple[Rules, ...] = (
    Rules(
        version="nd61-2018",
        basis="NĐ 61/2018/NĐ-CP",
        valid_from=_2018,
        valid_to=_LAST_2018,
        supplement_count=_old(1, None, _ONE_SUPPLEMENT),
        supplement_limit=_old("3wd", "NĐ 61/2018 Đ19.4"),
        counting_policy=_old(CountingPolicy.RESET, "NĐ 61/2018 Đ19.4"),
        apology_days=_old(1, "NĐ 61/2018 Đ19.9"),
        reappointments=_old(1, "NĐ 61/2018 Đ19.9"),
        transfer_cutoff=_old(time(15), "NĐ 61/2018 Đ18.2"),
        same_day_cutoff=_SAME_DAY,
        acceptance_limit=_ACCEPTANCE,
    ),
    Rules(
        version="nd118-2025",
        basis="NĐ 118/2025/NĐ-CP",
        valid_from=_2025,
        valid_to=None,
        supplement_count=_carried(1),
        supplement_limit=_carried("3wd"),
        counting_policy=_carried(CountingPolicy.RESET),
        apology_days=_carried(1),
        reappointments=_carried(1),
        transfer_cutoff=_carried(time(15)),
        same_day_cutoff=_SAME_DAY,
        acceptance_limit=_ACCEPTANCE,
    ),
)


def rules_on(day: date) -> Rules:
    """Find the rules in force on a local day; raises RefusedError before 2018."""
    for rules in reversed(RULES):
        if rules.valid_from <= day:
            return rules
    first = RULES[0].valid_from
    vi = f"chưa có quy định cho ngày {day:%d/%m/%Y}: chọn từ {first:%d/%m/%Y} trở đi"
    en = f"no rules are known for {day}: use a day from {first} on"
    raise RefusedError(vi, en)


def rules_of(version: str) -> Rules:
    """Find the rules of a version named in an event; raises NotFoundError."""
    for rules in RULES:
        if rules.version == version:
            return rules
    known = ", ".join(rules.version for rules in RULES)
    vi = f"không có bản quy định «{version}»; các bản đã biết: {known}"
    en = f"no rules version '{version}'; known: {known}"
    raise NotFoundError(vi, en)
