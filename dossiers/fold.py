"""State = fold(events): the only way to change a dossier, pure and order-safe."""

from collections.abc import Iterable

from dossiers.applying import Table
from dossiers.arrival_events import Submitted
from dossiers.arrival_fold import ARRIVAL, begin
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.errors import TamperedError
from dossiers.outcome_fold import OUTCOME
from dossiers.replacing import amended, replace
from dossiers.reuse_fold import REUSE
from dossiers.transitions import demand_open, illegal
from dossiers.work_fold import WORK

_APPLY: Table = ARRIVAL | WORK | OUTCOME | REUSE

HANDLED = frozenset(_APPLY) | {Submitted}
"""Every fact the fold knows; an architecture test compares it with the union."""


_OF_EVENT = ("version", "last_at", "last_event")


def after(dossier: Dossier | None, event: Event) -> Dossier:
    """
    Let one event happen.

    Raises IllegalTransitionError when the law does not let it follow, and
    TamperedError when stream, version or time do not fit the history.
    """
    _demand_following(dossier, event)
    fact = event.fact
    if isinstance(fact, Submitted):
        if dossier is not None:
            raise illegal(dossier, Submitted)
        return begin(event, fact)
    if dossier is None or type(fact) not in HANDLED:
        raise _torn(event, f"{fact.type} không có chỗ", f"{fact.type} has no place")
    demand_open(dossier, type(fact))
    changed: Dossier = _APPLY[type(fact)](dossier, event, fact)
    fresh = replace(dossier) if changed is dossier else changed
    told = (event.version, event.occurred_at, event.id)
    return amended(fresh, dict(zip(_OF_EVENT, told, strict=True)))


def _demand_following(dossier: Dossier | None, event: Event) -> None:
    expected = 1 if dossier is None else dossier.version + 1
    if event.version != expected:
        number = event.version
        raise _torn(event, f"{number} thay vì {expected}", f"{number}, not {expected}")
    kind, _, subject = event.stream.partition(":")
    if kind != "dossier" or (dossier is not None and subject != dossier.id):
        raise _torn(event, "không thuộc hồ sơ này", "not of this dossier")
    if dossier is not None and event.occurred_at < dossier.last_at:
        raise _torn(event, "lùi về trước trong thời gian", "goes back in time")


def _torn(event: Event, vi: str, en: str) -> TamperedError:
    where = f"{event.stream}/{event.version}"
    return TamperedError(
        f"{where}: lịch sử không liền ({vi}); hãy chạy: nambuoc audit verify",
        f"{where}: the history is torn ({en}); run: nambuoc audit verify",
    )


def fold(events: Iterable[Event]) -> Dossier:
    """Fold one dossier's whole history; raises TamperedError when it is empty."""
    state: Dossier | None = None
    for event in events:
        state = after(state, event)
    if state is None:
        text = "lịch sử trống; hãy chạy: nambuoc audit verify"
        raise TamperedError(text, "an empty history; run: nambuoc audit verify")
    return state
