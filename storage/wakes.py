"""The part of an append that touches the run's row and the outbox."""

from sqlalchemy import Connection, bindparam, insert, update

from dossiers.change import Change
from dossiers.dossier import Dossier
from dossiers.parts import wakes
from storage.prepared import Prepared
from storage.tables import EFFECT, RUN_LEASE

_RUN = RUN_LEASE.c
_FRESH = dict.fromkeys(("seen", "shown", "until", "attempts", "not_before"), 0)
_NEW_RUN = Prepared(
    insert(RUN_LEASE).values(wanted=1, closed=0, **_FRESH), "dossier_id"
)
_RAISE = Prepared(
    update(RUN_LEASE)
    .where(_RUN.dossier_id == bindparam("id"), _RUN.shown < bindparam("s"))
    .values(shown=bindparam("s"))
)
_MARK = Prepared(
    update(RUN_LEASE)
    .where(_RUN.dossier_id == bindparam("id"))
    .values(wanted=_RUN.wanted + 1, closed=0)
)
_EFFECTS = Prepared(
    insert(EFFECT).values(state="waiting", attempts=0, not_before=0, until=0),
    "key",
    "code",
    "about",
)


def mark(connection: Connection, dossier_id: str) -> None:
    """Ask for a segment of the dossier's run."""
    _MARK.run(connection, {"id": dossier_id})


def raise_shown(connection: Connection, dossier_id: str, shown: int | None) -> None:
    """Count the shown steps up, never down."""
    if shown is not None:
        _RAISE.run(connection, {"id": dossier_id, "s": shown})


def follow(
    connection: Connection,
    states: tuple[Dossier | None, Dossier],
    change: Change,
    *,
    shown: int,
) -> None:
    """
    Wake the run when its next part is no longer the same wait, then raise `shown`.

    The segment that shows a step goes on by itself: what follows from showing it
    needs no mark, so the steps shown before the change decide.
    """
    before, after = states
    if before is None:
        _NEW_RUN.run(connection, {"dossier_id": after.id})
    elif wakes(before, after, shown):
        mark(connection, after.id)
    raise_shown(connection, after.id, change.shown)


def promise(connection: Connection, dossier: Dossier, change: Change) -> None:
    """Write the effects of a change as rows, each under its key for ever (D10)."""
    event = str(change.expected + 1)
    rows = [
        {
            "key": effect.key(dossier.id, event),
            "code": dossier.code,
            "about": effect.about,
        }
        for effect in change.effects
    ]
    if rows:
        _EFFECTS.run_each(connection, rows)
