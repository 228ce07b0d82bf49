"""How each unit of a limit counts: one class per row of architecture §6."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Protocol

from dossiers.working_time.calendars import WorkingCalendar, instant_of
from dossiers.working_time.hours import earliest_at, next_opening, position_of
from dossiers.working_time.limits import Limit, Unit

_HOUR = 3_600_000_000

Held = tuple[datetime, datetime]
"""A joined suspension that touches the span: from, to."""


class Clock(Protocol):
    """A count: where it begins, where it lands, what a suspension adds to it."""

    def begin(self) -> int:
        """Count the whole limit without suspensions; raises NoCalendarError."""

    def land(self, count: int) -> datetime:
        """Turn a count into the due instant; raises NoCalendarError."""

    def hold(self, count: int, held: Held) -> int:
        """Lengthen a count by a suspension; raises NoCalendarError."""


def clock_of(
    calendar: WorkingCalendar, start: datetime, *, limit: Limit, same_day: bool
) -> Clock:
    """Choose the row of a limit's unit; `same_day`: `0wd` may end on its own day."""
    match limit.unit:
        case Unit.WORKING_DAY:
            return _WorkingDays(calendar, start, limit.amount, same_day=same_day)
        case Unit.CALENDAR_DAY:
            return _CalendarDays(calendar, start, int(limit.amount))
        case Unit.MONTH:
            return _Months(calendar, start, int(limit.amount))
        case Unit.WORKING_HOUR:
            return _WorkingHours(calendar, start, _whole(limit.amount * _HOUR))
        case Unit.CLOCK_HOUR:
            return _ClockHours(calendar, start, _whole(limit.amount * _HOUR))


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value())


@dataclass(frozen=True, slots=True)
class _WorkingDays:
    """Counts indices of working days; `0wd` counts one, from the day before."""

    calendar: WorkingCalendar
    start: datetime
    amount: Decimal
    same_day: bool

    def _before(self) -> int:
        return self.start.toordinal() - self.same_day

    def begin(self) -> int:
        counted = max(1, ceil(self.amount))
        return bisect_right(self.calendar.working, self._before()) + counted - 1

    def land(self, count: int) -> datetime:
        ordinal = self.calendar.nth_working_day(count, since=self.start.year)
        fraction = self.amount % 1
        if not fraction:
            return self.calendar.closing_of(date.fromordinal(ordinal))
        elapsed = _whole(fraction * self.calendar.day_length)
        return instant_of(ordinal, self.calendar.clock_at(elapsed))

    def hold(self, count: int, held: Held) -> int:
        first, last = held[0].toordinal(), held[1].toordinal()
        days = self.calendar.working
        if days[count] <= first:
            return count
        self.calendar.demand_years(self.start.year, held[1].year)
        after = bisect_right(days, max(first, self._before()))
        return count + max(0, bisect_right(days, last) - after)


@dataclass(frozen=True, slots=True)
class _CalendarDays:
    """Counts ordinals of calendar days."""

    calendar: WorkingCalendar
    start: datetime
    amount: int

    def begin(self) -> int:
        return self.start.toordinal() + self.amount

    def land(self, count: int) -> datetime:
        return _rolled(self.calendar, count, since=self.start.year)

    def hold(self, count: int, held: Held) -> int:
        if count <= max(held[0], self.start).toordinal():
            return count
        return count + _days_held(self.calendar, self.start, held)


@dataclass(frozen=True, slots=True)
class _Months:
    """Counts ordinals of calendar days, from the day of the N-th month."""

    calendar: WorkingCalendar
    start: datetime
    amount: int

    def begin(self) -> int:
        years, month = divmod(self.start.month - 1 + self.amount, 12)
        year = self.start.year + years
        self.calendar.demand_years(self.start.year, year)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.start.day, last)).toordinal()

    def land(self, count: int) -> datetime:
        return _rolled(self.calendar, count, since=self.start.year)

    def hold(self, count: int, held: Held) -> int:
        return count + _days_held(self.calendar, self.start, held)


def _rolled(calendar: WorkingCalendar, ordinal: int, *, since: int) -> datetime:
    index = bisect_left(calendar.working, ordinal)
    day = calendar.nth_working_day(index, since=since)
    return calendar.closing_of(date.fromordinal(day))


def _days_held(calendar: WorkingCalendar, start: datetime, held: Held) -> int:
    calendar.demand_years(start.year, held[1].year)
    return held[1].toordinal() - max(held[0], start).toordinal()


@dataclass(frozen=True, slots=True)
class _WorkingHours:
    """Counts positions of working time."""

    calendar: WorkingCalendar
    start: datetime
    length: int

    def begin(self) -> int:
        return position_of(self.calendar, self.start) + self.length

    def land(self, count: int) -> datetime:
        if self.length == 0:
            return next_opening(self.calendar, self.start)
        return earliest_at(self.calendar, count, since=self.start.year)

    def hold(self, count: int, held: Held) -> int:
        self.calendar.demand_years(self.start.year, held[1].year)
        begins = position_of(self.calendar, max(held[0], self.start))
        if begins >= count:
            return count
        return count + position_of(self.calendar, held[1]) - begins


@dataclass(frozen=True, slots=True)
class _ClockHours:
    """Counts microseconds since the start."""

    calendar: WorkingCalendar
    start: datetime
    length: int

    def begin(self) -> int:
        return self.length

    def land(self, count: int) -> datetime:
        return self.start + timedelta(microseconds=count)

    def hold(self, count: int, held: Held) -> int:
        if max(held[0], self.start) >= self.land(count):
            return count
        self.calendar.demand_years(self.start.year, held[1].year)
        lasted = held[1] - max(held[0], self.start)
        return count + lasted // timedelta(microseconds=1)
