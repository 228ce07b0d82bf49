"""The sum explains the due instant line by line, with sources."""

from datetime import datetime

import pytest

from dossiers.working_time.calendars import default_calendar
from dossiers.working_time.due import Suspension, due
from dossiers.working_time.limits import Limit
from dossiers.working_time.sums import Line, explain


def lines(start: str, limit: str, *spans: str) -> tuple[Line, ...]:
    found = due(
        default_calendar(),
        datetime.fromisoformat(start),
        Limit.parse(limit),
        [
            Suspension(*(datetime.fromisoformat(at) for at in span.split("/")))
            for span in spans
        ],
    )
    return explain(found)


def sketch(*args: str) -> list[str]:
    return [f"{line.day:%m-%d} {line.kind}" for line in lines(*args)]


def test_working_days_show_what_was_skipped_and_why() -> None:
    assert sketch("2025-12-31T10:00", "1.5wd", "2026-01-05T08:00/2026-01-06T08:00") == [
        "12-31 start",
        "01-01 holiday",
        "01-02 swapped-off",
        "01-03 weekend",
        "01-04 weekend",
        "01-05 counted",
        "01-06 suspended",
        "01-07 counted",
        "01-07 due",
    ]


def test_a_swapped_saturday_is_counted_with_its_decision() -> None:
    saturday = lines("2026-01-09T10:00", "1wd")[1]

    assert saturday.kind == "swapped-on"
    assert saturday.source == "12729/VPCP-KGVX, 25/12/2025"
    assert saturday.text_en.startswith("working day 1; Worked in exchange")


def test_the_part_of_the_last_day_is_said() -> None:
    assert (
        lines("2026-01-05T10:00", "1.25wd")[-2].text_en == "working day 2, 0.25 of it"
    )


def test_the_day_itself_counts_before_the_cutoff_by_article() -> None:
    start, counted, end = lines("2026-01-05T10:00", "0wd")

    assert start.source == "Luật Hộ tịch 2014 Đ5.3"
    assert (counted.kind, counted.text_en) == ("counted", "working day 1")
    assert end.text_en == "due: 2026-01-05 17:00"


def test_calendar_days_move_from_a_holiday_to_the_next_working_day() -> None:
    assert sketch("2026-08-30T10:00", "2d") == [
        "08-30 start",
        "08-31 counted",
        "09-01 counted",
        "09-02 holiday",
        "09-03 due",
    ]


def test_held_calendar_days_are_shown() -> None:
    span = "2026-01-05T11:00/2026-01-06T11:00"

    assert sketch("2026-01-05T10:00", "1d", span) == [
        "01-05 start",
        "01-06 suspended",
        "01-07 counted",
        "01-07 due",
    ]


def test_months_show_the_plain_day_and_the_days_added() -> None:
    assert sketch("2026-01-08T10:00", "1mo", "2026-01-12T09:00/2026-01-13T09:00") == [
        "01-08 start",
        "01-13 suspended",
        "02-08 month",
        "02-09 counted",
        "02-09 due",
    ]
    assert sketch("2026-01-08T10:00", "1mo")[1:] == [
        "02-08 month",
        "02-08 weekend",
        "02-09 due",
    ]


def test_working_hours_add_up_day_by_day() -> None:
    texts = [
        line.text_en
        for line in lines(
            "2026-01-09T16:30", "9wh", "2026-01-10T09:00/2026-01-10T10:15"
        )
    ]

    assert texts == [
        "runs from 16:30",
        "0.5 hours run, 0.5 in all",
        "6.75 hours run, 7.25 in all; Worked in exchange for 2026-01-02",
        "suspended from 09:00 to 2026-01-10 10:15",
        "weekly rest day",
        "1.75 hours run, 9 in all",
        "due: 2026-01-12 09:45",
    ]


def test_a_day_on_which_no_hour_runs_has_no_line() -> None:
    span = "2026-01-05T18:00/2026-01-06T18:00"

    assert sketch("2026-01-05T17:30", "1wh", span) == [
        "01-05 start",
        "01-05 suspended",
        "01-07 counted",
        "01-07 due",
    ]


def test_clock_hours_show_what_did_not_run() -> None:
    assert sketch("2026-01-05T10:00", "2h", "2026-01-05T11:00/2026-01-05T12:00") == [
        "01-05 start",
        "01-05 suspended",
        "01-05 due",
    ]


def test_a_provisional_answer_says_why_on_the_last_line() -> None:
    last = lines("2026-11-23T10:00", "1wd")[-1]

    assert last.text_en.endswith("provisional: no decision loaded for 24/11/2026")
    assert "tạm tính" in last.text_vi


@pytest.mark.parametrize("limit", ["3wd", "3.5wd", "30d", "2mo", "20wh", "72h"])
def test_lines_are_in_order_and_end_at_the_due_day(limit: str) -> None:
    days = [line.day for line in lines("2026-02-11T10:00", limit)]

    assert days == sorted(days)
    assert lines("2026-02-11T10:00", limit)[-1].kind == "due"
