"""The clock equals a naive count, written differently, over ten drawn years."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.values import LOCAL
from dossiers.working_time.calendars import CalendarDay, DayKind, WorkingCalendar
from dossiers.working_time.due import Suspension, due
from dossiers.working_time.limits import Limit, Unit

FIRST, LAST = date(2020, 1, 1), date(2029, 12, 31)
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Years:
    """Ten years with drawn days off and worked rest days."""

    off: frozenset[date]
    on: frozenset[date]

    def works(self, day: date) -> bool:
        """Say whether the day is worked."""
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def is_open(self, at: datetime) -> bool:
        """Say whether the quarter of an hour from `at` is worked."""
        return self.works(at.date()) and at.hour in {8, 9, 10, 11, 13, 14, 15, 16}

    def calendar(self) -> WorkingCalendar:
        """Write it as data."""
        kinds = dict.fromkeys(self.off, DayKind.HOLIDAY)
        kinds |= dict.fromkeys(self.on, DayKind.SWAPPED_ON)
        return WorkingCalendar.model_validate(
            {
                "version": "drawn",
                "years": range(FIRST.year, LAST.year + 1),
                "weekdays": range(1, 6),
                "sessions": [
                    {"opens": time(8), "closes": time(12)},
                    {"opens": time(13), "closes": time(17)},
                ],
                "days": [
                    CalendarDay(day=day, kind=kind, text_vi="-", text_en="-")
                    for day, kind in kinds.items()
                ],
            }
        )


days = st.dates(FIRST, LAST)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
years = st.builds(
    lambda off, on: Years(frozenset(off), frozenset(on) - frozenset(off)),
    st.sets(days, max_size=150),
    st.sets(days.filter(lambda day: day.weekday() > 4), max_size=30),
)
starts = st.builds(
    lambda day, clock: datetime.combine(day, clock, LOCAL),
    st.dates(FIRST + 40 * DAY, date(2029, 5, 31)),
    quarters,
)
limits = st.one_of(
    st.integers(0, 80).map(lambda n: f"{Decimal(n) / 4}wd"),
    st.integers(0, 60).map(lambda n: f"{n}d"),
    st.integers(0, 4).map(lambda n: f"{n}mo"),
    st.integers(1, 100).map(lambda n: f"{Decimal(n) / 4}wh"),
    st.integers(0, 200).map(lambda n: f"{Decimal(n) / 4}h"),
).map(Limit.parse)


@st.composite
def spans(draw: st.DrawFn, start: datetime) -> list[Span]:
    """Draw suspensions around and after a start."""
    offsets = st.tuples(st.integers(-300, 2000), st.integers(0, 500))
    drawn = draw(st.lists(offsets, max_size=4))
    return [(start + a * QUARTER, start + (a + n) * QUARTER) for a, n in drawn]


def joined(spans: list[Span]) -> list[Span]:
    rest, done = sorted(spans), list[Span]()
    while rest:
        s, r = rest.pop(0)
        while touching := [other for other in rest if other[0] <= r]:
            rest = [other for other in rest if other not in touching]
            r = max([r, *(end for _, end in touching)])
        done.append((s, r))
    return done


def is_held_day(held: list[Span], day: date) -> bool:
    return any(s.date() < day <= r.date() for s, r in held)


def is_held(held: list[Span], at: datetime) -> bool:
    return any(s <= at < r for s, r in held)


def at_close(drawn: Years, day: date) -> datetime:
    while not drawn.works(day):
        day += DAY
    return datetime.combine(day, time(17), LOCAL)


def in_working_days(
    drawn: Years, start: datetime, limit: Limit, held: list[Span]
) -> datetime:
    def counts(day: date) -> bool:
        return drawn.works(day) and not is_held_day(held, day)

    day = start.date()
    if limit.amount == 0 and start.hour < 15 and counts(day):
        return at_close(drawn, day)
    left = limit.amount or Decimal(1)
    while True:
        day += DAY
        if counts(day):
            if left <= 1:
                break
            left -= 1
    clock = {"0.25": 10, "0.5": 12, "0.75": 15, "1": 17}[str(left.normalize())]
    return datetime.combine(day, time(clock), LOCAL)


def in_days(drawn: Years, start: datetime, limit: Limit, held: list[Span]) -> datetime:
    day, left = start.date(), limit.amount
    while left:
        day += DAY
        left -= not is_held_day(held, day)
    return at_close(drawn, day)


def in_months(
    drawn: Years, start: datetime, limit: Limit, held: list[Span]
) -> datetime:
    day = start.date().replace(day=1)
    for _ in range(int(limit.amount)):
        day += monthrange(day.year, day.month)[1] * DAY
    day = day.replace(day=min(start.day, monthrange(day.year, day.month)[1]))
    walk, last = start.date(), max([start, *(r for _, r in held)]).date()
    while walk < last:
        walk += DAY
        day += is_held_day(held, walk) * DAY
    return at_close(drawn, day)


def in_quarters(
    runs: Callable[[datetime], bool], start: datetime, limit: Limit, held: list[Span]
) -> datetime:
    at, left = start, limit.amount
    while left > 0:
        if runs(at) and not is_held(held, at):
            left -= Decimal("0.25")
        at += QUARTER
    return at


def naive(drawn: Years, start: datetime, limit: Limit, held: list[Span]) -> datetime:
    match limit.unit:
        case Unit.WORKING_DAY:
            return in_working_days(drawn, start, limit, held)
        case Unit.CALENDAR_DAY:
            return in_days(drawn, start, limit, held)
        case Unit.MONTH:
            return in_months(drawn, start, limit, held)
        case Unit.WORKING_HOUR:
            return in_quarters(drawn.is_open, start, limit, held)
        case Unit.CLOCK_HOUR:
            return in_quarters(lambda _: True, start, limit, held)


def naive_due(
    drawn: Years, start: datetime, limit: Limit, spans: list[Span]
) -> datetime:
    taken: list[Span] = []
    for s, r in joined([span for span in spans if span[1] > start]):
        if s > naive(drawn, start, limit, taken):
            break
        taken.append((s, r))
    return naive(drawn, start, limit, taken)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), drawn=years, start=starts, limit=limits)
def test_due_equals_the_naive_count(
    data: st.DataObject, drawn: Years, start: datetime, limit: Limit
) -> None:
    held = data.draw(spans(start))
    suspensions = [Suspension(s, r) for s, r in held]

    found = due(drawn.calendar(), start, limit, suspensions)

    assert found.at == naive_due(drawn, start, limit, held)


@pytest.mark.parametrize("limit", ["0wd", "1wd", "7.5wd", "15d", "1mo", "8wh", "6h"])
def test_due_equals_the_naive_count_on_every_day_of_ten_years(limit: str) -> None:
    day_count = (LAST - FIRST).days
    picked = [FIRST + n * n * 7919 % day_count * DAY for n in range(400)]
    off = frozenset(day for day in picked if day.weekday() < 5)
    drawn = Years(off, frozenset(picked[::4]) - off)
    calendar, asked = drawn.calendar(), Limit.parse(limit)

    for n in range(day_count - 60):
        clock = time(n * 7 % 24, n % 4 * 15)
        start = datetime.combine(FIRST + n * DAY, clock, LOCAL)
        assert due(calendar, start, asked).at == naive(drawn, start, asked, [])


@given(drawn=years, start=starts, limit=limits, later=st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_a_later_start_is_never_due_earlier(
    drawn: Years, start: datetime, limit: Limit, later: int
) -> None:
    calendar = drawn.calendar()

    first = due(calendar, start, limit).at
    second = due(calendar, start + later * QUARTER, limit).at

    assert first <= second
