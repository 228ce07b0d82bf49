"""`nambuoc audit diff`: the log against the database, field by field."""

from collections.abc import Iterator
from typing import Annotated

import typer

from infra.audit.diff import diff as diff_
from infra.audit.sources import JOURNAL
from portal.commands.audit import FAILED, From, app
from portal.house import opened
from portal.options import dossier_key
from portal.output import answer, say
from portal.progress import beats
from portal.verbs import verb

_HEADS = ("dossier", "table", "field", "log", "database", "seq")
_WIDTH = 40


@verb(
    app,
    "diff",
    "So nhật ký với cơ sở dữ liệu, từng trường, của một hồ sơ hoặc tất cả.",
    "Compare log and database field by field, of one dossier or all.",
)
def diff(
    code: Annotated[str | None, typer.Argument()] = None, *, from_: From = JOURNAL
) -> None:
    """Compare log and database field by field."""
    with opened() as house:
        found = diff_(house, code and dossier_key(code), from_, beats())
    rows = found["differences"]
    listed = rows if isinstance(rows, list) else []
    answer(found, [*_table(listed), _sum(found, len(listed))])
    if listed:
        raise typer.Exit(FAILED)


def _table(rows: list[dict[str, object]]) -> Iterator[str]:
    if not rows:
        return
    heads = (
        say("hồ sơ", "dossier"),
        say("bảng", "table"),
        say("trường", "field"),
        say("nhật ký", "log"),
        say("cơ sở dữ liệu", "database"),
        "seq",
    )
    lines = [heads, *(tuple(_cell(row, head) for head in _HEADS) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _cell(row: dict[str, object], head: str) -> str:
    value = (row["code"] or row["dossier"]) if head == "dossier" else row[head]
    text = "-" if value is None else str(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _sum(found: dict[str, object], count: int) -> str:
    size, dossiers = found["size"], found["dossiers"]
    return say(
        f"{count} chỗ khác; {dossiers} hồ sơ, nhật ký đến seq {size}",
        f"{count} differences; {dossiers} dossiers, the log ends at seq {size}",
    )
