"""`nambuoc calendar …`: due dates with their sum, working days, calendar versions."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

from dossiers.errors import MalformedError, NotFoundError
from dossiers.working_time.answers import due_batch, due_json, year_rows
from dossiers.working_time.calendars import (
    WorkingCalendar,
    calendar_from_json,
    default_calendar,
)
from portal.house import opened
from portal.options import required
from portal.output import SPEECH, answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("lịch và hạn", "calendar"))
PARTLY = 8


def _lang() -> Literal["vi", "en"]:
    return "en" if SPEECH.lang == "en" else "vi"


def _calendar(version: str | None) -> WorkingCalendar:
    if version is None or version == default_calendar().version:
        return default_calendar()
    with opened() as house:
        return house.calendar(version)


@app.command()
def due(  # the options are fixed by architecture §4
    *,
    from_: Annotated[str | None, typer.Option("--from")] = None,
    limit: Annotated[str | None, typer.Option(help="7.5wd 0wd 10d 2mo 8wh 48h")] = None,
    suspend: Annotated[list[str] | None, typer.Option(help="T/T")] = None,
    calendar: Annotated[str | None, typer.Option()] = None,
    batch: Annotated[Path | None, typer.Option(help="JSONL")] = None,
) -> None:
    """Tính hạn: --from T --limit 7.5wd [--suspend T/T]…; hoặc --batch TỆP."""
    if batch is not None:
        _batch(_calendar(calendar), batch)
        return
    request = {
        "from": required(from_, "--from", "2025-12-31T10:00"),
        "limit": required(limit, "--limit", "7.5wd, 0wd, 10d, 2mo, 8wh, 48h"),
        "suspend": [_pair(one) for one in suspend or ()],
    }
    document = due_json(_calendar(calendar), request, lang=_lang())
    answer(document, _sum(document))


def _pair(text: str) -> list[str]:
    start, slash, end = text.partition("/")
    if slash and start and end:
        return [start, end]
    vi = f"--suspend {text!r}: viết như 2025-03-01T08:00/2025-03-05T17:00"
    raise MalformedError(vi, f"--suspend {text!r}: write START/END")


def _sum(document: dict[str, object]) -> list[str]:
    lines = document["lines"]
    rows = lines if isinstance(lines, list) else []
    told = [f" {row['date']:<12} {row['text']}  {row['source'] or ''}" for row in rows]
    mark = say(" (tạm tính)", " (provisional)") if document["provisional"] else ""
    version = f"{document['calendar']}, {document['rules']}"
    return [*told, say("Hạn: ", "Due: ") + f"{document['due']}{mark}  [{version}]"]


def _batch(calendar: WorkingCalendar, path: Path) -> None:
    if not path.is_file():
        vi = f"không có tệp {path}"
        raise NotFoundError(vi, f"no file {path}")
    failed = 0
    with path.open("rb") as lines:
        for found in due_batch(calendar, lines, lang=_lang()):
            failed += "error" in found
            sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
    if failed:
        hint(f"{failed} dòng lỗi", f"{failed} lines failed")
        raise typer.Exit(PARTLY)


@app.command()
def show(year: int, calendar: Annotated[str | None, typer.Option()] = None) -> None:
    """Xem ngày nghỉ, nghỉ bù, làm bù của một năm, kèm số văn bản."""
    rows = year_rows(_calendar(calendar), year, lang=_lang())
    answer(
        rows, [f" {row['date']}  {row['text']}  {row['source'] or ''}" for row in rows]
    )


@app.command("import")
def import_(file: Path) -> None:
    """Nhập một phiên bản lịch (JSON)."""
    if not file.is_file():
        vi = f"không có tệp {file}"
        raise NotFoundError(vi, f"no file {file}")
    found = calendar_from_json(file.read_bytes())
    with opened() as house:
        house.add_calendar(found)
    answer({"version": found.version}, [found.version])
