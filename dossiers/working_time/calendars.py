"""Which days and hours count: a working calendar is data, each day with its source."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from itertools import count
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from dossiers.errors import MalformedError, NoCalendarError
from dossiers.values import LOCAL, Value


class DayKind(StrEnum):
    """Why a day differs from its weekday; `unconfirmed` does not, until decided."""

    HOLIDAY = "holiday"
    COMPENSATORY = "compensatory"
    SWAPPED_OFF = "swapped-off"
    SWAPPED_ON = "swapped-on"
    UNCONFIRMED = "unconfirmed"


class CalendarDay(Value):
    """One named day; `source` is the decision or article, None when nobody read it."""

    day: date
    kind: DayKind
    text_vi: str
    text_en: str
    source: str | None = None


class Session(Value):
    """One stretch of working hours, local time; the closing instant is outside."""

    opens: time
    closes: time


class ProvisionalSpan(Value):
    """Days (inclusive) about which a decision is still to come (tạm tính)."""

    first: date
    last: date
    text_vi: str
    text_en: str


Year = Annotated[int, Field(ge=2000, le=2100)]


class WorkingCalendar(Value):
    """Working days and hours of an agency for its published years (lịch làm việc)."""

    version: str = Field(min_length=1)
    years: tuple[Year, ...] = Field(min_length=1)
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(min_length=1)
    sessions: tuple[Session, ...] = Field(min_length=1)
    days: tuple[CalendarDay, ...]
    provisional: tuple[ProvisionalSpan, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        edges = [edge for s in self.sessions for edge in (s.opens, s.closes)]
        if any(edge.tzinfo for edge in edges) or sorted(set(edges)) != edges:
            message = "sessions must be local times in order, without overlap"
            raise ValueError(message)
        doubled = [d for d, n in Counter(row.day for row in self.days).items() if n > 1]
        stray = [row.day for row in self.days if row.day.year not in self.years]
        if doubled or stray:
            message = f"days named twice or outside the years: {doubled + stray}"
            raise ValueError(message)
        return self

    @cached_property
    def named(self) -> dict[int, CalendarDay]:
        """The named days by ordinal."""
        return {row.day.toordinal(): row for row in self.days}

    @cached_property
    def working(self) -> tuple[int, ...]:
        """The ordinals of all working days of the published years, ascending."""
        ordinals: list[int] = []
        for year in sorted(set(self.years)):
            first = date(year, 1, 1).toordinal()
            last = date(year, 12, 31).toordinal()
            ordinals += [day for day in range(first, last + 1) if self._works(day)]
        return tuple(ordinals)

    @cached_property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """The sessions as (opening, length), microseconds since midnight."""
        return tuple(
            (microseconds(s.opens), microseconds(s.closes) - microseconds(s.opens))
            for s in self.sessions
        )

    @cached_property
    def day_length(self) -> int:
        """The working hours of one day, in microseconds."""
        return sum(length for _, length in self.stretches)

    def _works(self, ordinal: int) -> bool:
        row = self.named.get(ordinal)
        if row is None or row.kind is DayKind.UNCONFIRMED:
            return date.fromordinal(ordinal).isoweekday() in self.weekdays
        return row.kind is DayKind.SWAPPED_ON

    def is_working_day(self, day: date) -> bool:
        """Whether the agency works that day; raises NoCalendarError."""
        self.demand_years(day.year, day.year)
        return self._works(day.toordinal())

    def demand_years(self, first: int, last: int) -> None:
        """Raise NoCalendarError unless every year from first to last is published."""
        for year in range(first, last + 1):
            if year not in self.years:
                raise self.missing_after(year)

    def missing_after(self, year: int) -> NoCalendarError:
        """Build the refusal that names the first unpublished year from `year` on."""
        missing = next(y for y in count(year) if y not in self.years)
        return NoCalendarError(
            f"chưa có lịch làm việc năm {missing} trong lịch {self.version}: nạp lịch "
            "năm đó bằng `nambuoc calendar import`",
            f"calendar {self.version} has no year {missing}: load one that does with "
            "`nambuoc calendar import`",
            rule="architecture §6",
        )

    def nth_working_day(self, index: int, *, since: int) -> int:
        """Return the ordinal at an index of `working`; `since`: the count's year."""
        if index >= len(self.working):
            raise self.missing_after(since)
        return self.working[index]

    def clock_at(self, elapsed: int) -> int:
        """Turn elapsed working microseconds into the earliest time of day."""
        *earlier, (last, _) = self.stretches
        for opens, length in earlier:
            if elapsed <= length:
                return opens + elapsed
            elapsed -= length
        return last + elapsed

    def opening_of(self, day: date) -> datetime:
        """When the day's first session opens, +07:00."""
        return datetime.combine(day, self.sessions[0].opens, LOCAL)

    def closing_of(self, day: date) -> datetime:
        """When the day's last session closes, +07:00 (*close* of architecture §6)."""
        return datetime.combine(day, self.sessions[-1].closes, LOCAL)


def microseconds(moment: time) -> int:
    """Microseconds since midnight."""
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * 1_000_000 + moment.microsecond


def instant_of(ordinal: int, elapsed: int) -> datetime:
    """Build the +07:00 instant of a day and microseconds since its midnight."""
    midnight = datetime.combine(date.fromordinal(ordinal), time(), LOCAL)
    return midnight + timedelta(microseconds=elapsed)


def legal(at: datetime) -> datetime:
    """Show an instant in +07:00; one without a zone is taken as +07:00."""
    return at.replace(tzinfo=LOCAL) if at.tzinfo is None else at.astimezone(LOCAL)


def calendar_from_json(text: str | bytes) -> WorkingCalendar:
    """Read a calendar version, shaped as calendars/vn-office.json; MalformedError."""
    try:
        return WorkingCalendar.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "-"
        vi = f"lịch làm việc sai dạng ở {place}: {first['msg']}; sửa rồi nạp lại"
        en = f"malformed calendar at {place}: {first['msg']}; correct it, load again"
        raise MalformedError(vi, en) from error


@cache
def default_calendar() -> WorkingCalendar:
    """Load the packaged calendar: Monday-Friday, 08-12 and 13-17, 2024-2027."""
    path = files("dossiers").joinpath("calendars", "vn-office.json")
    return calendar_from_json(path.read_text(encoding="utf-8"))
