"""A due instant explained: the sum, line by line, each with its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dossiers.working_time.calendars import DayKind
from dossiers.working_time.clocks import Held, clock_of
from dossiers.working_time.due import Due, is_same_day
from dossiers.working_time.hours import position_of
from dossiers.working_time.limits import Unit

_HOUR = 3_600_000_000
_TIMED = frozenset({Unit.WORKING_HOUR, Unit.CLOCK_HOUR})


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of the sum.

    `kind` is start, counted, weekend, suspended, month, due, or the kind of a named
    day (`swapped-on` is counted); `source` is a decision or article, None when
    nobody read one.
    """

    day: date
    kind: str
    text_vi: str
    text_en: str
    source: str | None = None


def explain(due: Due) -> tuple[Line, ...]:
    """Write the sum from the start to the due instant, in order of days."""
    match due.limit.unit:
        case Unit.WORKING_DAY:
            middle = list(_working_days(due))
        case Unit.CALENDAR_DAY:
            middle = list(_calendar_days(due))
        case Unit.MONTH:
            middle = list(_months(due))
        case Unit.WORKING_HOUR:
            middle = list(_working_hours(due))
        case Unit.CLOCK_HOUR:
            middle = []
    if due.limit.unit in _TIMED:
        middle = sorted([*middle, *_held_time(due)], key=lambda line: line.day)
    return (_start(due), *middle, _due(due))


def _start(due: Due) -> Line:
    day, at = due.start.date(), f"{due.start:%H:%M}"
    if due.limit.unit in _TIMED:
        return Line(day, "start", f"tính từ {at}", f"runs from {at}")
    if _is_same_day(due):
        article = due.rules.same_day_cutoff.article
        cutoff = f"{due.rules.same_day_cutoff.value:%H:%M}"
        vi = f"nhận lúc {at}, trước {cutoff}: tính ngay trong ngày"
        en = f"received at {at}, before {cutoff}: the day itself counts"
        return Line(day, "start", vi, en, article)
    vi = f"sự kiện lúc {at}; ngày này không tính"
    return Line(day, "start", vi, f"event at {at}; this day is not counted")


def _due(due: Due) -> Line:
    vi, en = f"hạn: {due.at:%H:%M %d/%m/%Y}", f"due: {due.at:%Y-%m-%d %H:%M}"
    if due.doubts:
        vi += "; tạm tính: " + "; ".join(s.text_vi for s in due.doubts)
        en += "; provisional: " + "; ".join(s.text_en for s in due.doubts)
    return Line(due.at.date(), "due", vi, en)


def _is_same_day(due: Due) -> bool:
    return is_same_day(due.calendar, due.start, limit=due.limit, rules=due.rules)


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _is_held(due: Due, day: date) -> bool:
    return any(s.date() < day <= r.date() for s, r in due.suspensions)


def _held(day: date) -> Line:
    return Line(day, "suspended", "tạm dừng, không tính", "suspended, not counted")


def _resting(due: Due, day: date) -> Line:
    row = due.calendar.named.get(day.toordinal())
    if row is None or row.kind is DayKind.UNCONFIRMED:
        return Line(day, "weekend", "ngày nghỉ hằng tuần", "weekly rest day")
    return Line(day, row.kind, row.text_vi, row.text_en, row.source)


def _counted(due: Due, day: date, words: tuple[str, str]) -> Line:
    row, (vi, en) = due.calendar.named.get(day.toordinal()), words
    if row is None:
        return Line(day, "counted", vi, en)
    kind = row.kind if row.kind is DayKind.SWAPPED_ON else "counted"
    return Line(day, kind, f"{vi}; {row.text_vi}", f"{en}; {row.text_en}", row.source)


def _tomorrow(due: Due) -> date:
    return due.start.date() + timedelta(days=1)


def _working_days(due: Due) -> Iterator[Line]:
    first = due.start.date() if _is_same_day(due) else _tomorrow(due)
    number = 0
    for day in _days(first, due.at.date()):
        if not due.calendar.is_working_day(day):
            yield _resting(due, day)
        elif _is_held(due, day):
            yield _held(day)
        else:
            number += 1
            yield _counted(due, day, _numbered(due, number))


def _numbered(due: Due, number: int) -> tuple[str, str]:
    vi, en = f"ngày làm việc thứ {number}", f"working day {number}"
    if number <= due.limit.amount or due.limit.amount == 0:
        return vi, en
    part = due.limit.amount % 1
    return f"{vi}, tính {part} ngày", f"{en}, {part} of it"


def _calendar_days(due: Due) -> Iterator[Line]:
    number, wanted = 0, int(due.limit.amount)
    for day in _days(_tomorrow(due), due.at.date()):
        if number == wanted:
            yield from _moved(due, day)
        elif _is_held(due, day):
            yield _held(day)
        else:
            number += 1
            yield _counted(due, day, (f"ngày thứ {number}", f"day {number}"))


def _moved(due: Due, day: date) -> Iterator[Line]:
    if day < due.at.date():
        yield _resting(due, day)


def _months(due: Due) -> Iterator[Line]:
    clock = clock_of(due.calendar, due.start, limit=due.limit, same_day=False)
    plain = date.fromordinal(clock.begin())
    held = [day for s in due.suspensions for day in _days_held(due, s)]
    months, added = due.limit.amount, len(held)
    lines = [Line(plain, "month", f"tròn {months} tháng", f"{months} months on")]
    lines += [_held(day) for day in held]
    last = plain + timedelta(days=added)
    if added:
        vi, en = f"cộng {added} ngày tạm dừng", f"{added} suspended days added"
        lines.append(Line(last, "counted", vi, en))
    lines += [line for day in _days(last, due.at.date()) for line in _moved(due, day)]
    yield from sorted(lines, key=lambda line: line.day)


def _days_held(due: Due, held: Held) -> Iterator[date]:
    after = max(held[0], due.start).date() + timedelta(days=1)
    yield from _days(after, held[1].date())


def _working_hours(due: Due) -> Iterator[Line]:
    total = 0
    for day in _days(due.start.date(), due.at.date()):
        if not due.calendar.is_working_day(day):
            yield _resting(due, day)
            continue
        ran = _ran(due, day)
        total += ran
        if ran:
            vi = f"chạy {_hours(ran)} giờ, cộng dồn {_hours(total)}"
            en = f"{_hours(ran)} hours run, {_hours(total)} in all"
            yield _counted(due, day, (vi, en))


def _ran(due: Due, day: date) -> int:
    opens = max(due.start, due.calendar.opening_of(day))
    closes = min(due.at, due.calendar.closing_of(day))
    stretches = [(max(opens, s), min(closes, r)) for s, r in due.suspensions]
    held = sum(_worked(due, s, r) for s, r in stretches)
    return _worked(due, opens, closes) - held


def _worked(due: Due, first: datetime, last: datetime) -> int:
    if last <= first:
        return 0
    return position_of(due.calendar, last) - position_of(due.calendar, first)


def _hours(amount: int) -> str:
    return f"{amount / _HOUR:.10g}"


def _held_time(due: Due) -> Iterator[Line]:
    for s, r in due.suspensions:
        first = max(s, due.start)
        vi = f"tạm dừng từ {first:%H:%M} đến {r:%H:%M %d/%m/%Y}"
        en = f"suspended from {first:%H:%M} to {r:%Y-%m-%d %H:%M}"
        yield Line(first.date(), "suspended", vi, en)
