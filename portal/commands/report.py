"""`nambuoc report …`: figures by replay, with their reconciliation line."""

from datetime import datetime
from typing import Annotated

import typer

from infra.buckets import buckets as buckets_
from portal.house import opened
from portal.options import instant
from portal.output import answer, say

app = typer.Typer(no_args_is_help=True, help=say("báo cáo", "reports"))


@app.callback()
def reports() -> None:
    """Mỗi con số tính lại từ nhật ký, tại một thời điểm."""


def _optional(text: str | None, option: str) -> datetime | None:
    return instant(text, option) if text else None


@app.command()
def buckets(
    *,
    from_: Annotated[str | None, typer.Option("--from")] = None,
    to: Annotated[str | None, typer.Option()] = None,
    as_of: Annotated[str | None, typer.Option("--as-of")] = None,
) -> None:
    """Tiếp nhận = giải quyết + đang giải quyết + rút + từ chối + dừng."""
    with opened() as house:
        moment = _optional(as_of, "--as-of") or house.office.clock.now()
        found = buckets_(
            house,
            first=_optional(from_, "--from"),
            last=_optional(to, "--to"),
            as_of=moment,
        )
        answer(found, [f" {name}: {value}" for name, value in found.items()])
