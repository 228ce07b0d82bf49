"""The buckets of a period, by replay: every dossier stands in exactly one."""

from datetime import datetime

from dossiers.dossier import Dossier, Status
from dossiers.values import local
from infra.house import House
from infra.replaying import dossiers_at

SOLVED = ("early", "on_time", "late")
OPEN = ("in_time", "overdue", "suspended")
_ENDED = {
    Status.WITHDRAWN: "withdrawn",
    Status.REFUSED: "refused",
    Status.STOPPED: "stopped",
}
_FINISHED = frozenset({Status.ISSUED, Status.RETURNED})
_PAUSED = frozenset({Status.SUSPENDED, Status.SUPPLEMENTING})


def bucket(dossier: Dossier, as_of: datetime) -> tuple[str, str]:
    """
    Sort a dossier: (`solved`, early|on_time|late), (`open`, …) or its end.

    The clock ends when the outcome is issued (status 9); early is before the due day,
    on time on it (by date and not after the due instant).
    """
    if dossier.status in _ENDED:
        return _ENDED[dossier.status], ""
    if dossier.status in _FINISHED:
        return "solved", punctuality(dossier)
    if dossier.status in _PAUSED:
        return "open", "suspended"
    return "open", "overdue" if dossier.is_overdue(as_of) else "in_time"


def punctuality(dossier: Dossier, *, statutory: bool = False) -> str:
    """Say early, on_time or late, against the committed or the statutory due."""
    clock, finished = dossier.clock, dossier.issued_at
    if clock is None or finished is None:
        return "on_time"
    due = clock.statutory_due_at if statutory else clock.due_at
    if finished > due:
        return "late"
    return "early" if local(finished).date() < local(due).date() else "on_time"


def buckets(
    house: House, *, first: datetime | None, last: datetime | None, as_of: datetime
) -> dict[str, object]:
    """Count the dossiers that arrived in a period, as they stood at an instant."""
    found = [
        dossier
        for dossier in dossiers_at(house, at=as_of)
        if (first is None or dossier.submitted_at >= first)
        and (last is None or dossier.submitted_at < last)
    ]
    return count(found, as_of)


def count(found: list[Dossier], as_of: datetime) -> dict[str, object]:
    """Count dossiers by bucket, with the line that must add up."""
    sorted_ = [bucket(dossier, as_of) for dossier in found]
    solved = {name: sorted_.count(("solved", name)) for name in SOLVED}
    still = {name: sorted_.count(("open", name)) for name in OPEN}
    ends = {name: sorted_.count((name, "")) for name in _ENDED.values()}
    by_law = [
        punctuality(dossier, statutory=True)
        for dossier in found
        if dossier.status in _FINISHED
    ]
    total = sum(solved.values()) + sum(still.values()) + sum(ends.values())
    return {
        "received": len(found),
        "solved": solved,
        "open": still,
        **ends,
        "statutory": {name: by_law.count(name) for name in SOLVED},
        "adds_up": total == len(found),
        "as_of": local(as_of).isoformat(),
    }
