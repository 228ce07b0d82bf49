"""
When a limit ends (architecture §6; BLDS 2015 Đ147-148).

- (1) Overlapping suspensions are joined, and taken in order.
- (2) One that ended by the start, or begins after the due instant so far, has no
  effect.
- (3) `wd`, `d`: the days after its first day up to and including its last are not
  counted; `mo`: they are added as calendar days; `wh`, `h`: its time does not run.
- (4) Only then a last day that is no working day moves to the next one.
- (5) Every year from the start to the due instant must have been published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dossiers.errors import MalformedError, RefusedError
from dossiers.rules import Rules, rules_on
from dossiers.working_time.calendars import (
    ProvisionalSpan,
    WorkingCalendar,
    legal,
)
from dossiers.working_time.clocks import Held, clock_of
from dossiers.working_time.limits import Limit, Unit


@dataclass(frozen=True, slots=True)
class Suspension:
    """An interval with a legal ground in which the clock stands still (tạm dừng)."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """The end of a limit, +07:00, with all that it was computed from."""

    start: datetime
    limit: Limit
    at: datetime
    suspensions: tuple[Held, ...]
    """Joined, and only those that touch the span."""
    doubts: tuple[ProvisionalSpan, ...]
    """Why the answer is provisional; empty when it is not."""
    calendar: WorkingCalendar
    rules: Rules

    @property
    def provisional(self) -> bool:
        """Whether a decision is still to come about a day of the span (tạm tính)."""
        return bool(self.doubts)


def due(
    calendar: WorkingCalendar,
    start: datetime,
    limit: Limit,
    suspensions: Sequence[Suspension] = (),
    *,
    rules: Rules | None = None,
) -> Due:
    """
    Compute when a limit that starts at an instant ends.

    `rules` are those in force on the start's day by default. Raises NoCalendarError,
    RefusedError while a suspension is open, MalformedError for one that ends before
    it starts.
    """
    start = legal(start)
    calendar.demand_years(start.year, start.year)
    law = rules or rules_on(start.date())
    same_day = is_same_day(calendar, start, limit=limit, rules=law)
    clock = clock_of(calendar, start, limit=limit, same_day=same_day)
    count = clock.begin()
    at = clock.land(count)
    taken: list[Held] = []
    for begins, ends in _joined(suspensions) if suspensions else ():
        if begins > at:
            break
        if ends is None:
            raise _open_suspension(begins)
        if ends > max(begins, start):
            taken.append((begins, ends))
            count = clock.hold(count, (begins, ends))
            at = clock.land(count)
    calendar.demand_years(start.year, at.year)
    spans = _provisional(calendar, start.date(), at.date())
    return Due(start, limit, at, tuple(taken), spans, calendar, law)


def due_at(
    calendar: WorkingCalendar,
    start: datetime,
    limit: Limit,
    suspensions: Sequence[Suspension] = (),
) -> datetime:
    """Tell the due instant alone, +07:00; raises as `due`."""
    return due(calendar, start, limit, suspensions).at


def is_same_day(
    calendar: WorkingCalendar, start: datetime, *, limit: Limit, rules: Rules
) -> bool:
    """Whether `0wd` ends on the start's own day when nothing suspends it."""
    return (
        limit.unit is Unit.WORKING_DAY
        and limit.amount == 0
        and start.time() < rules.same_day_cutoff.value
        and calendar.is_working_day(start.date())
    )


def _provisional(
    calendar: WorkingCalendar, first: date, last: date
) -> tuple[ProvisionalSpan, ...]:
    spans = calendar.provisional
    return tuple(s for s in spans if s.first <= last and first <= s.last)


def _joined(
    suspensions: Sequence[Suspension],
) -> list[tuple[datetime, datetime | None]]:
    joined: list[tuple[datetime, datetime | None]] = []
    for start, end in sorted((_checked(s) for s in suspensions), key=lambda s: s[0]):
        last = joined[-1] if joined else None
        if last is None or (last[1] is not None and last[1] < start):
            joined.append((start, end))
        elif last[1] is None or end is None:
            joined[-1] = (last[0], None)
        else:
            joined[-1] = (last[0], max(last[1], end))
    return joined


def _checked(suspension: Suspension) -> tuple[datetime, datetime | None]:
    start = legal(suspension.start)
    end = None if suspension.end is None else legal(suspension.end)
    if end is not None and end < start:
        vi = f"tạm dừng kết thúc {end} trước khi bắt đầu {start}: đổi thứ tự hai mốc"
        en = f"a suspension ends {end} before it starts {start}: swap the instants"
        raise MalformedError(vi, en)
    return start, end


def _open_suspension(since: datetime) -> RefusedError:
    return RefusedError(
        f"hồ sơ đang tạm dừng từ {since}: chưa tính được hạn, ghi mốc kết thúc trước",
        f"the clock stands still since {since}: no due instant until it has an end",
        rule="architecture §6",
    )
