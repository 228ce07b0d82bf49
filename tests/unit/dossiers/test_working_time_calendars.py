"""Calendars are data: the published days, refused years, open hours."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from dossiers.errors import MalformedError, NoCalendarError
from dossiers.working_time.answers import year_rows
from dossiers.working_time.calendars import (
    WorkingCalendar,
    calendar_from_json,
    default_calendar,
)
from dossiers.working_time.hours import is_working, next_opening, working_days_before

OFF = {
    2024: "01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03",
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 "
    "09-01 09-02",
    2027: "01-01 02-04 02-05 02-08 02-09 02-10 04-16 04-30 05-03 09-02 09-03 11-24",
}
WORKED = {2024: "05-04", 2025: "04-26", 2026: "01-10 08-22", 2027: ""}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [
        first + timedelta(days=n)
        for n in range(366)
        if (first + timedelta(days=n)).year == year
    ]


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_the_packaged_years_have_exactly_these_exceptions(year: int) -> None:
    calendar = default_calendar()
    weekday = {day: day.isoweekday() <= 5 for day in days_of(year)}
    works = {day: calendar.is_working_day(day) for day in days_of(year)}

    off = [f"{d:%m-%d}" for d in works if weekday[d] and not works[d]]
    worked = [f"{d:%m-%d}" for d in works if works[d] and not weekday[d]]
    assert " ".join(off) == OFF[year]
    assert " ".join(worked) == WORKED[year]


def test_a_source_is_what_was_read_or_null() -> None:
    sources = {str(r["date"]): r["source"] for r in year_rows(default_calendar(), 2026)}

    assert sources["2026-01-10"] == "12729/VPCP-KGVX, 25/12/2025"
    assert sources["2026-08-22"] is None
    assert sources["2026-02-17"] is None


def test_the_undecided_day_is_shown_as_worked_and_provisional() -> None:
    rows = {r["date"]: r for r in year_rows(default_calendar(), 2026, lang="en")}

    row = rows["2026-11-24"]
    assert (row["kind"], row["working"], row["provisional"]) == (
        "unconfirmed",
        True,
        True,
    )
    assert "no decision loaded" in str(row["text"])
    assert not rows["2026-09-02"]["provisional"]
    assert all(row["provisional"] for row in year_rows(default_calendar(), 2027))


@pytest.mark.parametrize("year", [2023, 2028, 2031])
def test_a_year_without_calendar_is_refused_by_number(year: int) -> None:
    with pytest.raises(NoCalendarError, match=f"no year {year}.*calendar import"):
        default_calendar().is_working_day(date(year, 6, 1))
    with pytest.raises(NoCalendarError, match=str(year)):
        year_rows(default_calendar(), year)


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [
        ("07:59:59", False),
        ("08:00:00", True),
        ("11:59:59", True),
        ("12:00:00", False),
        ("13:00:00", True),
        ("17:00:00", False),
    ],
)
def test_the_opening_is_inside_and_the_close_outside(
    clock: str, *, is_open: bool
) -> None:
    at = datetime.fromisoformat(f"2026-01-05T{clock}+07:00")

    assert is_working(default_calendar(), at) is is_open


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-01-05T09:30", "2026-01-05T09:30"),
        ("2026-01-05T06:00", "2026-01-05T08:00"),
        ("2026-01-05T12:00", "2026-01-05T13:00"),
        ("2025-12-31T17:00", "2026-01-05T08:00"),
        ("2026-01-11T09:00", "2026-01-12T08:00"),
        ("2026-01-09T18:00", "2026-01-10T08:00"),
    ],
)
def test_the_next_opening_is_the_instant_itself_or_later(at: str, opening: str) -> None:
    found = next_opening(default_calendar(), datetime.fromisoformat(at))

    assert found.isoformat() == f"{opening}:00+07:00"


def test_an_instant_of_another_zone_is_taken_to_legal_time() -> None:
    at = datetime(2026, 1, 4, 23, 0, tzinfo=UTC)

    found = next_opening(default_calendar(), at)

    assert found.isoformat() == "2026-01-05T08:00:00+07:00"


@pytest.mark.parametrize(
    ("day", "days", "before"),
    [
        (date(2026, 1, 7), 1, date(2026, 1, 6)),
        (date(2026, 1, 5), 1, date(2025, 12, 31)),
        (date(2026, 1, 12), 2, date(2026, 1, 9)),
        (date(2026, 2, 21), 1, date(2026, 2, 13)),
    ],
)
def test_working_days_are_counted_backwards_too(
    day: date, days: int, before: date
) -> None:
    assert working_days_before(default_calendar(), day, days=days) == before


def test_counting_backwards_out_of_the_calendar_is_refused() -> None:
    with pytest.raises(NoCalendarError, match="no year 2023"):
        working_days_before(default_calendar(), date(2024, 1, 2), days=1)


def test_a_calendar_is_read_back_from_its_own_json() -> None:
    written = default_calendar().model_dump_json()

    assert calendar_from_json(written) == default_calendar()


def test_hours_of_the_day_come_from_the_calendar() -> None:
    calendar = default_calendar()

    assert calendar.day_length == 8 * 3_600_000_000
    assert calendar.opening_of(date(2026, 1, 10)).isoformat() == (
        "2026-01-10T08:00:00+07:00"
    )
    assert calendar.closing_of(date(2026, 1, 10)).hour == 17


def doubled_day(raw: dict[str, list[object]]) -> None:
    raw["days"] *= 2


def stray_day(raw: dict[str, list[object]]) -> None:
    raw["years"].remove(2025)


def overlapping(raw: dict[str, list[object]]) -> None:
    raw["sessions"].append({"opens": "16:00", "closes": "18:00"})


def zoned(raw: dict[str, list[object]]) -> None:
    raw["sessions"] = [{"opens": "08:00Z", "closes": "12:00Z"}]


def no_year(raw: dict[str, list[object]]) -> None:
    raw["years"] = []


@pytest.mark.parametrize("spoil", [doubled_day, stray_day, overlapping, zoned, no_year])
def test_a_spoilt_calendar_is_refused(
    spoil: Callable[[dict[str, list[object]]], None],
) -> None:
    raw = json.loads(default_calendar().model_dump_json())
    spoil(raw)

    with pytest.raises(MalformedError, match="malformed calendar"):
        calendar_from_json(json.dumps(raw))


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(MalformedError, match="malformed calendar"):
        calendar_from_json(b"\xff{")


def test_a_gap_between_published_years_is_refused() -> None:
    raw = default_calendar().model_dump(mode="json")
    raw |= {"years": [2024, 2026], "days": []}
    calendar = WorkingCalendar.model_validate(raw)

    with pytest.raises(NoCalendarError, match="no year 2025"):
        working_days_before(calendar, date(2026, 1, 2), days=5)
