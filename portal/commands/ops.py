"""`nambuoc ops …`: what is stuck and why, repaired with a reason, never with SQL."""

from typing import Annotated

import typer

from dossiers.dossier import Dossier
from dossiers.errors import RefusedError
from dossiers.values import local
from infra.house import House
from portal.house import opened
from portal.options import Code, Reason, required
from portal.output import answer, hint, say
from portal.verbs import noun, verb

app = noun("vận hành: kẹt, đối soát", "operations")


@verb(
    app,
    "stuck",
    "Hồ sơ bị kẹt: vì sao, từ lần thử nào, lần sau lúc nào.",
    "What is stuck, why, how often tried, when again.",
)
def stuck() -> None:
    """List what is stuck, why, how often tried, when again."""
    with opened() as house:
        rows = [
            {
                "code": row.code,
                "dossier": row.dossier_id,
                "attempts": row.attempts,
                "error": row.last_error,
                "not_before": row.not_before and local(row.not_before).isoformat(),
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


def _demand_running(house: House, dossier: Dossier) -> None:
    row = house.runs.row(dossier.id)
    if row is None or row.closed:
        vi = f"hồ sơ {dossier.code} ({dossier.status}) không còn việc cho máy làm"
        en = f"{dossier.code} ({dossier.status}) has nothing left for the engine"
        raise RefusedError(vi, en, rule="ops-park")


@verb(
    app,
    "park",
    "Tạm cất một hồ sơ lỗi để không cản hồ sơ khác.",
    "Put a poisoned dossier aside, with a reason.",
)
def park(code: Code, *, reason: Reason = "") -> None:
    """Put a poisoned dossier aside, with a reason."""
    with opened() as house:
        dossier = house.office.dossiers.find(code)
        why = required(reason, "--reason")
        _demand_running(house, dossier)
        house.runs.park(dossier.id, why)
        house.log_operation("park", dossier.id, why)
        answer({"code": dossier.code, "parked": why}, [f"{dossier.code}: {why}"])


@verb(
    app,
    "release",
    "Thả một hồ sơ đã cất; máy thử lại ngay.",
    "Free a parked dossier; the engine tries at once.",
)
def release(code: Code, *, reason: Reason = "") -> None:
    """Free a parked dossier; the engine tries at once."""
    with opened() as house:
        dossier = house.office.dossiers.find(code)
        why = required(reason, "--reason")
        house.runs.park(dossier.id, None)
        house.runs.wake(dossier.id)
        house.log_operation("release", dossier.id, why)
        answer({"code": dossier.code, "released": why}, [f"{dossier.code}: {why}"])


@verb(
    app,
    "retry",
    "Gọi máy làm lại phần tự động của một hồ sơ.",
    "Let the engine try the automatic part again.",
)
def retry(code: Code, *, reason: Reason = "") -> None:
    """Let the engine try the automatic part again."""
    release(code, reason=reason)


@verb(
    app,
    "reconcile",
    "Đối soát luồng chạy của Prefect với hồ sơ; tự sửa mọi khác biệt.",
    "Compare flow runs with dossiers and heal.",
)
def reconcile(
    *,
    closed: Annotated[
        bool, typer.Option(help=say("cả hồ sơ đã xong", "closed dossiers too"))
    ] = False,
) -> None:
    """Compare flow runs with dossiers and heal."""
    with opened() as house:
        hint("đang đối soát…", "reconciling…")
        found = house.reconcile(closed=closed)
        answer(found, [f" {name}: {value}" for name, value in found.items()])


@verb(
    app,
    "deps",
    "Các phần phụ thuộc: có chạy không.",
    "Whether the parts it depends on answer.",
)
def deps() -> None:
    """Tell whether the parts it depends on answer."""
    with opened() as house:
        found = house.dependencies()
        answer(found, [f" {name}: {value}" for name, value in found.items()])
