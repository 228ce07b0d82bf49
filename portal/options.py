"""Options that several commands share, and readers of their texts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from dossiers.codes import DossierCode
from dossiers.errors import MalformedError
from dossiers.values import LOCAL
from portal.output import say


def dossier_key(text: str) -> str:
    """Demand the shape of a dossier's code or id; raises MalformedError."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(DossierCode.parse(text))


Code = Annotated[
    str,
    typer.Argument(
        help=say("mã hồ sơ hoặc id", "code or id"), metavar="CODE", callback=dossier_key
    ),
]
Reason = Annotated[str, typer.Option(help=say("lý do", "the reason"))]


def instant(text: str, option: str) -> datetime:
    """Read an ISO 8601 instant; without a zone it is +07:00. MalformedError."""
    try:
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=LOCAL)
        return aware.astimezone(LOCAL)
    except (ValueError, OverflowError) as error:
        vi = f"{option} {text!r}: viết như 2025-03-01T10:00"
        raise MalformedError(
            vi, f"{option} {text!r}: write 2025-03-01T10:00"
        ) from error


def maybe_instant(text: str | None, option: str) -> datetime | None:
    """Read an optional instant, as `instant` does."""
    return None if text is None else instant(text, option)


def required(value: str | None, option: str, known: str = "") -> str:
    """Demand an option; the message lists what could stand there."""
    if value:
        return value
    vi = f"thiếu {option}" + (f"; ví dụ: {known}" if known else "")
    raise MalformedError(
        vi, f"{option} is missing" + (f"; one of: {known}" if known else "")
    )


def demand_one(**given: object) -> None:
    """Raise MalformedError when more than one of these options was given."""
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if len(named) > 1:
        vi = f"chỉ dùng một trong: {', '.join(named)}"
        raise MalformedError(vi, f"use only one of: {', '.join(named)}")
