"""The exact JSON of `calendar due`, one request at a time or a batch of lines."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dossiers.errors import DossierError, MalformedError
from dossiers.values import LOCAL
from dossiers.working_time.calendars import WorkingCalendar, legal
from dossiers.working_time.due import Due, Suspension, due
from dossiers.working_time.limits import Limit
from dossiers.working_time.sums import explain

Language = Literal["vi", "en"]


class DueRequest(BaseModel):
    """One question: `{from, limit, suspend: [[T, T], …]}`, instants in ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: str = Field(alias="from")
    limit: str
    suspend: tuple[tuple[str, str], ...] = ()


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant, +07:00 without a zone; raises MalformedError."""
    try:
        return legal(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        vi = f"thời điểm «{text[:40]}» sai dạng: viết như 2026-01-05T10:00+07:00"
        en = f"instant '{text[:40]}' is malformed: write 2026-01-05T10:00+07:00"
        raise MalformedError(vi, en) from error


def due_json(
    calendar: WorkingCalendar, request: Mapping[str, object], *, lang: Language = "vi"
) -> dict[str, object]:
    """
    Answer one question with the object of architecture §4.

    Raises MalformedError (a limit or instant outside the grammar), NoCalendarError.
    """
    try:
        question = DueRequest.model_validate(request)
    except ValidationError as error:
        raise _malformed(error) from error
    return _answer(calendar, question, lang)


def due_batch(
    calendar: WorkingCalendar, lines: Iterable[str | bytes], *, lang: Language = "vi"
) -> Iterator[dict[str, object]]:
    """Answer JSON lines in their order; a line that fails answers `{error}`."""
    for line in lines:
        try:
            yield _answer(calendar, DueRequest.model_validate_json(line), lang)
        except ValidationError as error:
            yield {"error": _said(_malformed(error), lang)}
        except DossierError as error:
            yield {"error": _said(error, lang)}


def year_rows(
    calendar: WorkingCalendar, year: int, *, lang: Language = "vi"
) -> list[dict[str, object]]:
    """List the named days of a year; raises NoCalendarError."""
    calendar.demand_years(year, year)
    return [
        {
            "date": row.day.isoformat(),
            "weekday": row.day.isoweekday(),
            "kind": row.kind.value,
            "working": calendar.is_working_day(row.day),
            "text": row.text_vi if lang == "vi" else row.text_en,
            "source": row.source,
            "provisional": _is_provisional(calendar, row.day),
        }
        for row in sorted(calendar.days, key=lambda row: row.day)
        if row.day.year == year
    ]


def _is_provisional(calendar: WorkingCalendar, day: date) -> bool:
    return any(span.first <= day <= span.last for span in calendar.provisional)


def _answer(
    calendar: WorkingCalendar, question: DueRequest, lang: Language
) -> dict[str, object]:
    found = due(
        calendar,
        parse_instant(question.start),
        Limit.parse(question.limit),
        [
            Suspension(parse_instant(first), parse_instant(last))
            for first, last in question.suspend
        ],
    )
    return {
        "from": _shown(found.start),
        "limit": str(found.limit),
        "due": _shown(found.at),
        "calendar": found.calendar.version,
        "rules": found.rules.version,
        "provisional": found.provisional,
        "lines": _lines(found, lang),
    }


def _lines(found: Due, lang: Language) -> list[dict[str, object]]:
    return [
        {
            "date": line.day.isoformat(),
            "kind": str(line.kind),
            "text": line.text_vi if lang == "vi" else line.text_en,
            "source": line.source,
        }
        for line in explain(found)
    ]


def _shown(at: datetime) -> str:
    return at.astimezone(LOCAL).isoformat()


def _said(error: DossierError, lang: Language) -> str:
    return error.vi if lang == "vi" else error.en


def _malformed(error: ValidationError) -> MalformedError:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "JSON"
    shape = '{"from": "2026-01-05T10:00", "limit": "7.5wd", "suspend": [["T", "T"]]}'
    return MalformedError(
        f"câu hỏi sai dạng ở {place}: {first['msg']}; viết như {shape}",
        f"malformed question at {place}: {first['msg']}; write {shape}",
    )
