"""`nambuoc calendar …`: due dates with their sum, working days, calendar versions."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

from dossiers.errors import ConflictError, MalformedError, NotFoundError
from dossiers.working_time.answers import due_batch, due_json, year_rows
from dossiers.working_time.calendars import (
    WorkingCalendar,
    calendar_from_json,
    default_calendar,
)
from infra.house import House
from infra.settings import from_environment
from portal.files import demand_file, load
from portal.house import opened
from portal.options import required
from portal.output import SPEECH, answer, hint, say
from portal.verbs import noun, verb

app = noun("lịch làm việc và hạn", "working calendar and due dates")
PARTLY = 8


def _lang() -> Literal["vi", "en"]:
    return "en" if SPEECH.lang == "en" else "vi"


def _calendar(version: str | None) -> WorkingCalendar:
    """Load a version, or the one in force; a home that is not there is not made."""
    packaged = default_calendar()
    if version == packaged.version:
        return packaged
    if version is None and not (from_environment().home / "format").exists():
        return packaged
    with opened() as house:
        return house.calendar(version) if version else house.calendars.current()


@verb(
    app,
    "due",
    "Tính hạn: --from T --limit 7.5wd [--suspend T/T]…; hoặc --batch TỆP.",
    "Count a due instant; or of each line of --batch FILE.",
)
def due(
    *,
    from_: Annotated[str | None, typer.Option("--from", metavar="T")] = None,
    limit: Annotated[str | None, typer.Option(help="7.5wd 0wd 10d 2mo 8wh 48h")] = None,
    suspend: Annotated[list[str] | None, typer.Option(metavar="T/T")] = None,
    calendar: Annotated[str | None, typer.Option(metavar="V")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help=say("từng ngày, vì sao", "day by day"))
    ] = False,
    batch: Annotated[Path | None, typer.Option(metavar="FILE.jsonl")] = None,
) -> None:
    """Count a due instant; `--explain` tells it day by day."""
    if batch is not None:
        _batch(_calendar(calendar), batch)
        return
    request = {
        "from": required(from_, "--from", "2025-12-31T10:00"),
        "limit": required(limit, "--limit", "7.5wd, 0wd, 10d, 2mo, 8wh, 48h"),
        "suspend": [_pair(one) for one in suspend or ()],
    }
    document = due_json(_calendar(calendar), request, lang=_lang())
    told = _days(document) if explain else []
    answer(document, [*told, _sum(document)])


def _pair(text: str) -> list[str]:
    start, slash, end = text.partition("/")
    if slash and start and end:
        return [start, end]
    vi = f"--suspend {text!r}: viết như 2025-03-01T08:00/2025-03-05T17:00"
    raise MalformedError(vi, f"--suspend {text!r}: write START/END")


def _days(document: dict[str, object]) -> list[str]:
    lines = document["lines"]
    rows = lines if isinstance(lines, list) else []
    return [f" {row['date']:<12} {row['text']}  {row['source'] or ''}" for row in rows]


def _sum(document: dict[str, object]) -> str:
    mark = say(" (tạm tính)", " (provisional)") if document["provisional"] else ""
    version = f"{document['calendar']}, {document['rules']}"
    return say("Hạn: ", "Due: ") + f"{document['due']}{mark}  [{version}]"


def _batch(calendar: WorkingCalendar, path: Path) -> None:
    demand_file(path)
    failed = 0
    with path.open("rb") as lines:
        for found in due_batch(calendar, lines, lang=_lang()):
            failed += "error" in found
            sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
    sys.stdout.buffer.flush()
    if failed:
        hint(f"{failed} dòng lỗi", f"{failed} lines failed")
        raise typer.Exit(PARTLY)


@verb(
    app,
    "show",
    "Ngày nghỉ, nghỉ bù, làm bù của một năm, kèm số văn bản.",
    "The named days of a year with their decisions.",
)
def show(
    year: int, *, calendar: Annotated[str | None, typer.Option(metavar="V")] = None
) -> None:
    """List the named days of a year with their decisions."""
    rows = year_rows(_calendar(calendar), year, lang=_lang())
    answer(
        rows, [f" {row['date']}  {row['text']}  {row['source'] or ''}" for row in rows]
    )


def _demand_new(house: House, found: WorkingCalendar) -> None:
    """Refuse another content under a version that is known: due dates rest on it."""
    try:
        known = house.calendar(found.version)
    except NotFoundError:
        return
    if known != found:
        vi = f"lịch {found.version} đã có với nội dung khác; hãy đặt version mới"
        en = f"calendar {found.version} is known with other content; name a new version"
        raise ConflictError(vi, en)


@verb(app, "import", "Nhập một phiên bản lịch (JSON).", "Import a version (JSON).")
def import_(file: Path) -> None:
    """Import a calendar version, in force from now on."""
    found = calendar_from_json(load(file))
    with opened() as house:
        _demand_new(house, found)
        house.add_calendar(found)
    answer({"version": found.version}, [found.version])
