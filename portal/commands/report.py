"""`nambuoc report …`: figures by replay, with their reconciliation line."""

import csv
import io
from typing import Annotated

import typer

from dossiers.errors import MalformedError
from infra.buckets import buckets as buckets_
from portal.house import opened
from portal.options import maybe_instant
from portal.output import SPEECH, answer
from portal.verbs import noun, verb

app = noun("báo cáo", "reports")
FORMATS = ("text", "json", "csv")


@app.callback()
def reports() -> None:
    """Compute every figure anew from the journal, as of an instant."""


@verb(
    app,
    "buckets",
    "Tiếp nhận = giải quyết + đang giải quyết + rút + từ chối + dừng.",
    "Received = solved + open + withdrawn + refused + stopped.",
)
def buckets(
    *,
    from_: Annotated[str | None, typer.Option("--from", metavar="T")] = None,
    to: Annotated[str | None, typer.Option(metavar="T")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="T")] = None,
    format_: Annotated[str, typer.Option("--format", help="json|csv")] = "text",
) -> None:
    """Count the dossiers that arrived in [from, to), as they stood at an instant."""
    if format_ not in FORMATS:
        vi = f"--format {format_!r}: chọn json hoặc csv"
        raise MalformedError(vi, f"--format {format_!r}: choose json or csv")
    first, last = maybe_instant(from_, "--from"), maybe_instant(to, "--to")
    asked = maybe_instant(as_of, "--as-of")
    with opened() as house:
        moment = asked or house.office.clock.now()
        found = buckets_(house, first=first, last=last, as_of=moment)
    SPEECH.as_json = SPEECH.as_json or format_ == "json"
    rows = list(_flat(found))
    answer(found, _csv(rows) if format_ == "csv" else _text(rows))


def _flat(found: dict[str, object]) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            rows.extend((f"{name}.{inner}", count) for inner, count in value.items())
        else:
            rows.append((name, value))
    return rows


def _text(rows: list[tuple[str, object]]) -> list[str]:
    return [f" {name:<22} {value}" for name, value in rows]


def _csv(rows: list[tuple[str, object]]) -> list[str]:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([("bucket", "value"), *rows])
    return written.getvalue().splitlines()
