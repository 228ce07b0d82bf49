"""Options that several commands share, and readers of their texts."""

from datetime import datetime
from typing import Annotated

import typer

from dossiers.errors import MalformedError
from dossiers.values import LOCAL
from portal.output import say

Code = Annotated[str, typer.Argument(help=say("mã hồ sơ hoặc id", "code or id"))]
Reason = Annotated[str, typer.Option(help=say("lý do", "the reason"))]


def instant(text: str, option: str) -> datetime:
    """Read an ISO 8601 instant; without a zone it is +07:00. MalformedError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        vi = f"{option} {text!r}: viết như 2025-03-01T10:00"
        raise MalformedError(
            vi, f"{option} {text!r}: write 2025-03-01T10:00"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def required(value: str | None, option: str, known: str = "") -> str:
    """Demand an option; the message lists what could stand there."""
    if value:
        return value
    vi = f"thiếu {option}" + (f"; ví dụ: {known}" if known else "")
    raise MalformedError(
        vi, f"{option} is missing" + (f"; one of: {known}" if known else "")
    )
