"""
Working time as a line of numbers, and the questions the steps ask of a calendar.

A position is (index of the working day) x (length of a day) + elapsed working time,
in microseconds: working hours are added and subtracted on it.
"""

from bisect import bisect_left
from datetime import date, datetime

from dossiers.working_time.calendars import (
    WorkingCalendar,
    instant_of,
    legal,
    microseconds,
)


def position_of(calendar: WorkingCalendar, at: datetime) -> int:
    """How much working time lies before an instant; raises NoCalendarError."""
    at = legal(at)
    calendar.demand_years(at.year, at.year)
    ordinal = at.toordinal()
    index = bisect_left(calendar.working, ordinal)
    before = index * calendar.day_length
    if index == len(calendar.working) or calendar.working[index] != ordinal:
        return before
    now = microseconds(at.time())
    return before + sum(
        min(max(now - opens, 0), length) for opens, length in calendar.stretches
    )


def earliest_at(calendar: WorkingCalendar, position: int, *, since: int) -> datetime:
    """Find the first instant at that position: a close, never the next opening."""
    index, elapsed = divmod(position, calendar.day_length)
    if elapsed == 0 and index > 0:
        index, elapsed = index - 1, calendar.day_length
    ordinal = calendar.nth_working_day(index, since=since)
    return instant_of(ordinal, calendar.clock_at(elapsed))


def is_working(calendar: WorkingCalendar, at: datetime) -> bool:
    """Whether the agency is open at an instant; raises NoCalendarError."""
    at = legal(at)
    now = at.time()
    return calendar.is_working_day(at.date()) and any(
        session.opens <= now < session.closes for session in calendar.sessions
    )


def next_opening(calendar: WorkingCalendar, at: datetime) -> datetime:
    """Find the instant itself when open, else the next opening, +07:00."""
    at = legal(at)
    if is_working(calendar, at):
        return at
    if calendar.is_working_day(at.date()):
        now = at.time()
        for session in calendar.sessions:
            if now < session.opens:
                return instant_of(at.toordinal(), microseconds(session.opens))
    index = bisect_left(calendar.working, at.toordinal() + 1)
    following = calendar.nth_working_day(index, since=at.year)
    return calendar.opening_of(date.fromordinal(following))


def working_days_before(calendar: WorkingCalendar, day: date, *, days: int) -> date:
    """Find the days-th working day before `day`; raises NoCalendarError."""
    calendar.demand_years(day.year, day.year)
    index = bisect_left(calendar.working, day.toordinal()) - days
    if index < 0:
        raise calendar.missing_after(min(calendar.years) - 1)
    found = date.fromordinal(calendar.working[index])
    calendar.demand_years(found.year, day.year)
    return found
