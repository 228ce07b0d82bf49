"""`nambuoc ops …`: what is stuck and why, repaired with a reason, never with SQL."""

from typing import Annotated

import typer

from portal.house import opened
from portal.options import Code, Reason, required
from portal.output import answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("vận hành", "operations"))


@app.command()
def stuck() -> None:
    """Hồ sơ bị kẹt: vì sao, từ lần thử nào, lần sau lúc nào."""
    with opened() as house:
        rows = [
            {
                "code": row.code,
                "dossier": row.dossier_id,
                "attempts": row.attempts,
                "error": row.last_error,
                "not_before": row.not_before,
                "parked": row.parked_reason,
                "held_by": row.owner if row.held else None,
            }
            for row in house.runs.rows(closed=False)
            if row.attempts or row.parked_reason
        ]
        answer(
            rows,
            [
                f"{row['code']}  {row['attempts']} x  {row['parked'] or row['error']}"
                for row in rows
            ]
            or [say("không có hồ sơ nào kẹt", "nothing is stuck")],
        )


@app.command()
def park(code: Code, *, reason: Reason = "") -> None:
    """Tạm cất một hồ sơ lỗi để không cản hồ sơ khác."""
    with opened() as house:
        dossier = house.office.dossiers.find(code)
        why = required(reason, "--reason")
        house.runs.park(dossier.id, why)
        house.log_operation("park", dossier.id, why)
        answer({"code": dossier.code, "parked": why}, [f"{dossier.code}: {why}"])


@app.command()
def release(code: Code, *, reason: Reason = "") -> None:
    """Thả một hồ sơ đã cất; máy thử lại ngay."""
    with opened() as house:
        dossier = house.office.dossiers.find(code)
        why = required(reason, "--reason")
        house.runs.park(dossier.id, None)
        house.runs.wake(dossier.id)
        house.log_operation("release", dossier.id, why)
        answer({"code": dossier.code, "released": why}, [f"{dossier.code}: {why}"])


@app.command()
def retry(code: Code, *, reason: Reason = "") -> None:
    """Gọi máy làm lại phần tự động của một hồ sơ."""
    release(code, reason=reason)


@app.command()
def reconcile(
    *,
    closed: Annotated[
        bool, typer.Option(help=say("cả hồ sơ đã xong", "closed dossiers too"))
    ] = False,
) -> None:
    """Đối soát luồng chạy của Prefect với hồ sơ; tự sửa mọi khác biệt."""
    with opened() as house:
        hint("đang đối soát…", "reconciling…")
        found = house.reconcile(closed=closed)
        answer(found, [f" {name}: {value}" for name, value in found.items()])


@app.command()
def deps() -> None:
    """Các phần phụ thuộc: có chạy không."""
    with opened() as house:
        found = house.dependencies()
        answer(found, [f" {name}: {value}" for name, value in found.items()])
