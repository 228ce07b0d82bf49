"""A dossier as the terminal shows it: where it stands, and what can be done now."""

from datetime import datetime

from dossiers.dossier import Dossier
from dossiers.values import local
from dossiers.views import describe
from infra.house import House
from portal.competence import actors, commands
from portal.output import answer, say


def tell(house: House, dossier: Dossier, at: datetime | None = None) -> None:
    """Answer with a dossier's state, what follows from it, and who can act."""
    now = at or house.office.clock.now()
    able = actors(house.office.offices.current(), dossier)
    due = local(dossier.clock.due_at).isoformat() if dossier.clock else None
    doable = commands(dossier, able)
    warned = _warnings(dossier)
    document = describe(dossier, now) | {"due": due, "actors": able, "next": doable}
    lines = _lines(dossier, now) + [f"  ⚠ {one}" for one in warned]
    answer(document | {"warnings": warned}, lines + [f"  → {one}" for one in doable])


def _warnings(dossier: Dossier) -> list[str]:
    """Say which papers wait for a look, and which were revoked."""
    words = {
        "waiting": say("chờ xem (store release, store refuse)", "waits for a look"),
        "revoked": say("đã bị thu hồi", "was revoked"),
    }
    return [
        f"{one.code} {one.document} {words[one.standing]}"
        for one in dossier.components
        if dossier.open and one.standing in words
    ]


def _lines(dossier: Dossier, now: datetime) -> list[str]:
    clock = dossier.clock
    due = f"{local(clock.due_at):%H:%M %d/%m/%Y}" if clock else "-"
    late = say("  QUÁ HẠN", "  OVERDUE") if dossier.is_overdue(now) else ""
    lines = [
        f"{dossier.code}  {dossier.procedure}  v{dossier.version}",
        say("  trạng thái: ", "  status: ")
        + f"{dossier.status} ({dossier.step or '-'})",
        say("  người giữ:  ", "  holder: ") + (dossier.holder or "-"),
        say("  hạn trả:    ", "  due:    ") + due + late,
    ]
    if clock and clock.appointed_at != clock.due_at:
        moved = f"{local(clock.appointed_at):%H:%M %d/%m/%Y}"
        lines.append(say("  hẹn lại:    ", "  moved:  ") + moved)
    if dossier.reason:
        lines.append(say("  lý do:      ", "  reason: ") + dossier.reason)
    return lines
