"""
Read the real arrivals: a CSV of finished activities, one line each.

Times are wall clock: the log's offset is dropped, +07:00 is put on, and whole weeks
are added, so that weekdays hold. A broken line is reported and left out; its case
goes on without it, unless it was the case's receipt.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from dossiers.errors import FaultError, MalformedError, NotFoundError
from dossiers.values import LOCAL
from dossiers.working_time.calendars import WorkingCalendar, default_calendar
from portal.demo.activities import ACTIVITIES, Meaning
from portal.demo.draw import CHANNELS

SHIFT_WEEKS = 731
COLUMNS = (
    "case:channel",
    "case:concept:name",
    "case:deadline",
    "case:department",
    "case:enddate",
    "case:enddate_planned",
    "case:group",
    "case:responsible",
    "case:startdate",
    "concept:instance",
    "concept:name",
    "lifecycle:transition",
    "org:group",
    "org:resource",
    "time:timestamp",
)
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One finished activity; `at` in +07:00."""

    activity: str
    resource: str
    group: str
    instance: str
    at: datetime

    @property
    def meaning(self) -> Meaning:
        """What the activity is."""
        return ACTIVITIES[self.activity]


@dataclass(frozen=True, slots=True)
class Case:
    """One real case with its activities, the receipt first; times in +07:00."""

    id: str
    channel: str
    department: str
    group: str
    responsible: str
    start: datetime
    deadline: datetime
    planned_end: datetime
    end: datetime | None
    events: tuple[LogEvent, ...]

    @property
    def arrived_at(self) -> datetime:
        """When it was submitted: its start, or an activity before it."""
        return min(self.start, *(event.at for event in self.events))

    @property
    def days(self) -> int:
        """The log's own limit: whole calendar days, planned end minus start."""
        return (self.planned_end.date() - self.start.date()).days


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A line that was left out, counted from 1 (the header), and why."""

    line: int
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Cases in order of arrival, broken lines, cases left out for want of a receipt."""

    cases: tuple[Case, ...]
    broken: tuple[BrokenRow, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    columns: tuple[str, ...]
    shift: timedelta
    calendar: WorkingCalendar


def read(
    path: Path,
    *,
    shift_weeks: int = SHIFT_WEEKS,
    calendar: WorkingCalendar | None = None,
) -> Arrivals:
    """
    Read a file of arrivals; times must fall into the calendar's years once moved.

    Raises NotFoundError, FaultError for an unreadable file, and MalformedError when
    the first line is not a header with all columns.
    """
    lines = _lines(path)
    columns = _header(path, next(lines, (1, b""))[1])
    frame = _Frame(columns, _weeks(shift_weeks), calendar or default_calendar())
    broken: list[BrokenRow] = []
    first: dict[str, Case] = {}
    events: dict[str, list[LogEvent]] = {}
    seen: set[str] = set()
    for number, line in lines:
        try:
            case, event = _parsed(frame, line)
            known = events.setdefault(case.id, [])
            _demand_new(event, known, seen)
        except MalformedError as error:
            broken.append(BrokenRow(number, error.vi, error.en))
            continue
        seen.add(event.instance)
        first.setdefault(case.id, case)
        known.append(event)
    return _gathered(first, events, tuple(broken))


def _gathered(
    first: dict[str, Case],
    events: dict[str, list[LogEvent]],
    broken: tuple[BrokenRow, ...],
) -> Arrivals:
    whole = {
        name: sorted(found, key=lambda e: (e.meaning is not Meaning.RECEIPT, e.at))
        for name, found in events.items()
        if any(event.meaning is Meaning.RECEIPT for event in found)
    }
    cases = [replace(first[name], events=tuple(found)) for name, found in whole.items()]
    left_out = tuple(name for name in first if name not in whole)
    ordered = sorted(cases, key=lambda case: case.arrived_at)
    return Arrivals(tuple(ordered), broken, left_out)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip(b"\r\n")
    except FileNotFoundError as error:
        vi = f"không có tệp {path}"
        raise NotFoundError(vi, f"no file {path}") from error
    except IsADirectoryError as error:
        vi = f"{path} là thư mục, cần một tệp CSV"
        raise MalformedError(vi, f"{path} is a directory: name a CSV file") from error
    except OSError as error:
        vi = f"không đọc được {path}: {error.strerror}"
        raise FaultError(vi, f"cannot read {path}: {error.strerror}") from error


def _weeks(count: int) -> timedelta:
    try:
        return timedelta(weeks=count)
    except OverflowError as error:
        vi, en = f"dịch {count} tuần: quá lớn", f"a shift of {count} weeks is too large"
        raise MalformedError(vi, en) from error


def _header(path: Path, line: bytes) -> tuple[str, ...]:
    try:
        columns = tuple(_fields(line.removeprefix(_BOM)))
    except MalformedError:
        columns = ()
    absent = [name for name in COLUMNS if columns.count(name) != 1]
    if absent:
        names = ", ".join(absent)
        vi = f"{path}: dòng đầu phải có đúng một cột mỗi tên; thiếu hoặc lặp: {names}"
        en = f"{path}: line 1 must name each column once; absent or doubled: {names}"
        raise MalformedError(vi, en)
    return columns


def _fields(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode()], strict=True), [])
    except UnicodeDecodeError as error:
        vi = "không phải UTF-8; hãy lưu lại tệp bằng UTF-8"
        raise MalformedError(vi, "not UTF-8; save the file as UTF-8") from error
    except csv.Error as error:
        vi = f"không phải một dòng CSV: {error}"
        raise MalformedError(vi, f"not a CSV line: {error}") from error


def _parsed(frame: _Frame, line: bytes) -> tuple[Case, LogEvent]:
    fields = _fields(line)
    if len(fields) != len(frame.columns):
        found, wanted = len(fields), len(frame.columns)
        vi = f"có {found} trường, cần {wanted}"
        raise MalformedError(vi, f"{found} fields instead of {wanted}")
    row = dict(zip(frame.columns, (field.strip() for field in fields), strict=True))
    return _case(frame, row), _event(frame, row)


def _case(frame: _Frame, row: Row) -> Case:
    case = Case(
        id=_chosen(row, "case:concept:name", good=_is_name(row["case:concept:name"])),
        channel=_chosen(row, "case:channel", good=row["case:channel"] in CHANNELS),
        department=row["case:department"],
        group=row["case:group"],
        responsible=row["case:responsible"],
        start=_instant(frame, row, "case:startdate"),
        deadline=_instant(frame, row, "case:deadline"),
        planned_end=_instant(frame, row, "case:enddate_planned"),
        end=_instant(frame, row, "case:enddate") if row["case:enddate"] else None,
        events=(),
    )
    _chosen(row, "case:enddate_planned", good=case.days > 0)
    return case


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _event(frame: _Frame, row: Row) -> LogEvent:
    ended = row["lifecycle:transition"] == "complete"
    _chosen(row, "lifecycle:transition", good=ended)
    return LogEvent(
        activity=_chosen(row, "concept:name", good=row["concept:name"] in ACTIVITIES),
        resource=_chosen(row, "org:resource", good=row["org:resource"] != ""),
        group=row["org:group"],
        instance=_chosen(row, "concept:instance", good=row["concept:instance"] != ""),
        at=_instant(frame, row, "time:timestamp"),
    )


def _chosen(row: Row, column: str, *, good: bool) -> str:
    if good:
        return row[column]
    shown = row[column][:_SHOWN]
    vi = f"cột {column}: giá trị «{shown}» không dùng được"
    raise MalformedError(vi, f"column {column}: value '{shown}' cannot be used")


def _instant(frame: _Frame, row: Row, column: str) -> datetime:
    try:
        at = datetime.fromisoformat(row[column]).replace(tzinfo=LOCAL) + frame.shift
    except (ValueError, OverflowError) as error:
        vi = f"cột {column}: «{row[column][:_SHOWN]}» không phải thời điểm ISO 8601"
        en = f"column {column}: '{row[column][:_SHOWN]}' is no ISO 8601 instant"
        raise MalformedError(vi, en) from error
    if at.year not in frame.calendar.years:
        vi = f"cột {column}: năm {at.year} chưa có lịch làm việc"
        raise MalformedError(vi, f"column {column}: no calendar for year {at.year}")
    return at


def _demand_new(event: LogEvent, known: list[LogEvent], seen: set[str]) -> None:
    if event.instance in seen:
        vi = f"công việc {event.instance[:_SHOWN]} đã có ở dòng trước"
        en = f"task {event.instance[:_SHOWN]} stands on an earlier line"
        raise MalformedError(vi, en)
    again = any(one.meaning is Meaning.RECEIPT for one in known)
    if again and event.meaning is Meaning.RECEIPT:
        vi, en = "hồ sơ đã được tiếp nhận ở dòng trước", "the case was received before"
        raise MalformedError(vi, en)
