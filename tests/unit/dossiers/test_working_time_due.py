"""Due instants: every row of the table in architecture §6, with suspensions."""

from datetime import UTC, datetime

import pytest

from dossiers.errors import MalformedError, NoCalendarError, RefusedError
from dossiers.rules import rules_of
from dossiers.working_time.calendars import WorkingCalendar, default_calendar
from dossiers.working_time.due import Due, Suspension, due, due_at
from dossiers.working_time.limits import Limit


def counted(start: str, limit: str, *spans: str) -> Due:
    suspensions = [
        Suspension(*(datetime.fromisoformat(at) for at in span.split("/")))
        for span in spans
    ]
    return due(
        default_calendar(),
        datetime.fromisoformat(start),
        Limit.parse(limit),
        suspensions,
    )


def due_of(start: str, limit: str, *spans: str) -> str:
    found = counted(start, limit, *spans)
    spans_of = [Suspension(s, r) for s, r in found.suspensions]
    assert due_at(default_calendar(), found.start, found.limit, spans_of) == found.at
    return found.at.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        # notes/domain.md §5.3
        ("2025-12-31T10:00", "3wd", "2026-01-07T17:00"),
        ("2026-02-12T10:00", "3wd", "2026-02-24T17:00"),
        ("2026-04-28T09:00", "2wd", "2026-05-04T17:00"),
        ("2026-04-24T15:30", "0wd", "2026-04-28T17:00"),
        ("2026-08-12T09:00", "20d", "2026-09-03T17:00"),
        # wd: fractions of the next counted day
        ("2026-01-05T10:00", "7.5wd", "2026-01-14T12:00"),
        ("2026-01-05T10:00", "0.5wd", "2026-01-06T12:00"),
        ("2026-01-05T10:00", "0.25wd", "2026-01-06T10:00"),
        ("2026-01-05T10:00", "1.75wd", "2026-01-07T15:00"),
        ("2026-01-05T10:00", "0.625wd", "2026-01-06T14:00"),
        # a swapped Saturday counts; the rest day after it does not
        ("2026-01-09T23:59", "1wd", "2026-01-10T17:00"),
        ("2026-01-10T23:59", "1wd", "2026-01-12T17:00"),
        # 0wd: before and at the cut-off, and on a rest day
        ("2026-01-05T14:59:59.999999", "0wd", "2026-01-05T17:00"),
        ("2026-01-05T15:00", "0wd", "2026-01-06T17:00"),
        ("2026-01-10T09:00", "0wd", "2026-01-10T17:00"),
        ("2026-01-11T09:00", "0wd", "2026-01-12T17:00"),
        # d: the N-th day, else the next working day
        ("2026-01-05T10:00", "3d", "2026-01-08T17:00"),
        ("2026-01-05T10:00", "5d", "2026-01-10T17:00"),
        ("2026-01-05T10:00", "6d", "2026-01-12T17:00"),
        # mo: the same day, or the last of the month, else the next working day
        ("2026-01-08T10:00", "2mo", "2026-03-09T17:00"),
        ("2025-12-31T10:00", "2mo", "2026-03-02T17:00"),
        ("2024-01-31T10:00", "1mo", "2024-02-29T17:00"),
        ("2024-06-17T10:00", "24mo", "2026-06-17T17:00"),
        # wh: from the instant or the next opening; a close is that close
        ("2026-01-05T10:00", "2wh", "2026-01-05T12:00"),
        ("2026-01-05T10:00", "6wh", "2026-01-05T17:00"),
        ("2026-01-05T12:30", "8wh", "2026-01-06T12:00"),
        ("2026-01-05T17:00", "8wh", "2026-01-06T17:00"),
        ("2026-01-09T16:00", "1.5wh", "2026-01-10T08:30"),
        ("2026-01-10T06:00", "0wh", "2026-01-10T08:00"),
        ("2026-01-05T09:00", "0wh", "2026-01-05T09:00"),
        # h: the instant itself
        ("2026-01-09T16:00", "48h", "2026-01-11T16:00"),
        ("2026-01-09T16:00", "0.5h", "2026-01-09T16:30"),
    ],
)
def test_due_without_suspension(start: str, limit: str, expected: str) -> None:
    assert due_of(start, limit) == expected


@pytest.mark.parametrize(
    ("limit", "span", "expected"),
    [
        # start: Monday 2026-01-05T10:00; days after S's up to and including R's
        ("3wd", "2026-01-06T09:00/2026-01-07T09:00", "2026-01-09T17:00"),
        ("3wd", "2026-01-06T09:00/2026-01-06T16:00", "2026-01-08T17:00"),
        ("3wd", "2026-01-08T09:00/2026-01-20T09:00", "2026-01-08T17:00"),
        ("2.5wd", "2026-01-07T09:00/2026-01-10T09:00", "2026-01-12T12:00"),
        ("4d", "2026-01-06T09:00/2026-01-08T09:00", "2026-01-12T17:00"),
        ("4d", "2026-01-09T09:00/2026-01-20T09:00", "2026-01-09T17:00"),
        ("1mo", "2026-01-06T09:00/2026-01-08T09:00", "2026-02-09T17:00"),
        ("1mo", "2026-01-06T09:00/2026-01-11T09:00", "2026-02-10T17:00"),
        ("4wh", "2026-01-05T11:00/2026-01-05T14:00", "2026-01-05T17:00"),
        ("4wh", "2026-01-05T11:00/2026-01-06T16:00", "2026-01-07T10:00"),
        ("2wh", "2026-01-05T12:00/2026-01-06T12:00", "2026-01-05T12:00"),
        ("24h", "2026-01-05T11:00/2026-01-05T11:30", "2026-01-06T10:30"),
        ("24h", "2026-01-06T10:00/2026-01-07T10:00", "2026-01-06T10:00"),
        # begun before the clock: only what lies after the start
        ("3wd", "2026-01-01T09:00/2026-01-06T09:00", "2026-01-09T17:00"),
        ("2d", "2026-01-01T09:00/2026-01-06T09:00", "2026-01-08T17:00"),
        ("1mo", "2026-01-01T09:00/2026-01-06T09:00", "2026-02-06T17:00"),
        ("4wh", "2026-01-01T09:00/2026-01-05T11:00", "2026-01-05T16:00"),
        ("24h", "2026-01-05T09:00/2026-01-05T11:00", "2026-01-06T11:00"),
        # ended before the clock
        ("1mo", "2026-01-01T09:00/2026-01-04T09:00", "2026-02-05T17:00"),
        ("24h", "2026-01-05T08:00/2026-01-05T10:00", "2026-01-06T10:00"),
        # same day: S's day itself counts, a day after it does not
        ("0wd", "2026-01-05T11:00/2026-01-07T11:00", "2026-01-05T17:00"),
        ("0wd", "2026-01-04T11:00/2026-01-07T11:00", "2026-01-08T17:00"),
    ],
)
def test_due_with_one_suspension(limit: str, span: str, expected: str) -> None:
    assert due_of("2026-01-05T10:00", limit, span) == expected


@pytest.mark.parametrize("limit", ["3wd", "0wd", "3d", "1mo", "8wh", "24h"])
def test_a_suspension_after_the_due_instant_so_far_has_no_effect(limit: str) -> None:
    free = counted("2026-01-05T10:00", limit)
    after = free.at.replace(microsecond=1)

    held = due(
        default_calendar(),
        free.start,
        free.limit,
        [Suspension(after, None)],
    )

    assert (held.at, held.suspensions) == (free.at, ())


def test_a_suspension_can_bring_the_next_one_into_the_span() -> None:
    late = "2026-01-09T09:00/2026-01-12T09:00"
    early = "2026-01-06T09:00/2026-01-08T09:00"

    assert due_of("2026-01-05T10:00", "2wd", late) == "2026-01-07T17:00"
    assert due_of("2026-01-05T10:00", "2wd", late, early) == "2026-01-09T17:00"
    assert due_of("2026-01-05T10:00", "3wd", late, early) == "2026-01-13T17:00"


def test_overlapping_suspensions_are_joined_and_count_once() -> None:
    first = "2026-01-06T09:00/2026-01-08T09:00"
    inside = "2026-01-06T10:00/2026-01-07T10:00"
    across = "2026-01-07T09:00/2026-01-09T09:00"
    whole = "2026-01-06T09:00/2026-01-09T09:00"

    for limit in ("5wd", "5d", "1mo", "20wh", "72h"):
        joined = due_of("2026-01-05T10:00", limit, across, inside, first)
        assert joined == due_of("2026-01-05T10:00", limit, whole)


def test_an_open_suspension_has_no_due_instant() -> None:
    open_ = Suspension(datetime.fromisoformat("2026-01-06T09:00+07:00"), None)
    closed = Suspension(open_.start, open_.start.replace(day=7))

    for suspensions in ([open_], [closed, open_], [open_, closed]):
        with pytest.raises(RefusedError, match="stands still"):
            due(
                default_calendar(),
                open_.start.replace(day=5),
                Limit.parse("3wd"),
                suspensions,
            )


def test_a_suspension_that_ends_before_it_starts_is_malformed() -> None:
    with pytest.raises(MalformedError, match=r"ends .* before it starts"):
        counted("2026-01-05T10:00", "3wd", "2026-01-07T09:00/2026-01-06T09:00")


@pytest.mark.parametrize(
    ("start", "limit", "year"),
    [
        ("2031-01-06T10:00", "48h", 2031),
        ("2031-01-06T10:00", "3wd", 2031),
        ("2023-12-29T10:00", "3wd", 2023),
        ("2027-12-31T10:00", "1wd", 2028),
        ("2027-12-31T16:00", "2wh", 2028),
        ("2027-12-31T10:00", "1d", 2028),
        ("2027-12-31T10:00", "24h", 2028),
        ("2027-01-31T10:00", "12mo", 2028),
        ("2026-01-05T10:00", "9999999wd", 2028),
        ("2026-01-05T10:00", "9999999d", 2028),
        ("2026-01-05T10:00", "9999999mo", 2028),
        ("2026-01-05T10:00", "9999999wh", 2028),
        ("2026-01-05T10:00", "9999999h", 2028),
    ],
)
def test_a_count_that_leaves_the_calendar_names_the_year(
    start: str, limit: str, year: int
) -> None:
    with pytest.raises(NoCalendarError, match=f"no year {year}"):
        counted(start, limit)


@pytest.mark.parametrize("limit", ["3wd", "3d", "1mo", "8wh", "24h"])
def test_a_suspension_to_a_year_without_calendar_is_refused(limit: str) -> None:
    with pytest.raises(NoCalendarError, match="no year 2028"):
        counted("2026-01-05T10:00", limit, "2026-01-05T12:00/9999-12-31T23:00")


@pytest.mark.parametrize(
    ("start", "limit", "provisional"),
    [
        ("2026-11-20T10:00", "1wd", False),
        ("2026-11-20T10:00", "2wd", True),
        ("2026-11-23T10:00", "48h", True),
        ("2026-11-25T10:00", "3wd", False),
        ("2026-12-30T10:00", "1wd", False),
        ("2026-12-30T10:00", "2wd", True),
        ("2027-06-01T10:00", "1wh", True),
    ],
)
def test_2027_and_spans_over_the_undecided_day_are_provisional(
    start: str, limit: str, *, provisional: bool
) -> None:
    assert counted(start, limit).provisional is provisional


def test_the_undecided_day_is_worked_until_a_decision_is_loaded() -> None:
    assert due_of("2026-11-23T10:00", "1wd") == "2026-11-24T17:00"


def test_an_instant_is_local_without_a_zone_and_converted_with_one() -> None:
    naive = counted("2026-01-06T01:00", "1wd")
    utc = due(
        default_calendar(),
        datetime(2026, 1, 5, 18, tzinfo=UTC),
        Limit.parse("1wd"),
    )

    assert naive.at == utc.at
    assert utc.at.isoformat() == "2026-01-07T17:00:00+07:00"


def test_the_rules_of_the_start_say_the_cutoff_unless_others_are_given() -> None:
    early = rules_of("nd61-2018")
    cutoff = early.same_day_cutoff.model_copy(
        update={"value": datetime(2026, 1, 1, 9, tzinfo=UTC).time()}
    )
    stricter = early.model_copy(update={"same_day_cutoff": cutoff})
    start = datetime.fromisoformat("2026-01-05T10:00+07:00")

    found = due(default_calendar(), start, Limit.parse("0wd"), rules=stricter)

    assert found.at.day == 6
    assert counted("2025-06-30T10:00", "0wd").rules.version == "nd61-2018"
    assert counted("2025-07-01T10:00", "0wd").rules.version == "nd118-2025"


def test_another_calendar_has_its_own_hours_and_weekdays() -> None:
    raw = default_calendar().model_dump(mode="json")
    raw["weekdays"] = [1, 2, 3, 4, 5, 6]
    raw["sessions"] = [{"opens": "07:30", "closes": "13:30"}]
    calendar = WorkingCalendar.model_validate(raw)
    start = datetime.fromisoformat("2026-01-16T10:00")

    half = due(calendar, start, Limit.parse("0.5wd"))
    hours = due(calendar, start, Limit.parse("7wh"))

    assert half.at.isoformat() == "2026-01-17T10:30:00+07:00"
    assert hours.at.isoformat() == "2026-01-17T11:00:00+07:00"
