"""Read models: one row a dossier, and the register of document numbers."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from dossiers import events as e
from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.fold import after
from storage import paper_acts
from storage.paper_tables import BINDING
from storage.prepared import Prepared
from storage.tables import DOCUMENT_NUMBER, DOSSIER_VIEW, EVENT, micros

_INSERT = Prepared(insert(DOSSIER_VIEW))
_UPDATE = Prepared(
    update(DOSSIER_VIEW).where(DOSSIER_VIEW.c.dossier_id == bindparam("id")),
    *(one.name for one in DOSSIER_VIEW.c if one is not DOSSIER_VIEW.c.dossier_id),
)
_NUMBER = insert(DOCUMENT_NUMBER)
_MARK = (
    update(DOCUMENT_NUMBER)
    .where(
        DOCUMENT_NUMBER.c.agency == bindparam("a"),
        DOCUMENT_NUMBER.c.year == bindparam("y"),
        DOCUMENT_NUMBER.c.number == bindparam("n"),
    )
    .values(state=bindparam("s"))
)
_STREAMS = (
    select(EVENT.c.body)
    .where(EVENT.c.stream.startswith("dossier:"))
    .order_by(EVENT.c.stream, EVENT.c.version)
    .execution_options(yield_per=500)
)


def view(dossier: Dossier) -> dict[str, object]:
    """Write the dossier's row: ids, codes and instants only."""
    clock = dossier.clock
    return {
        "dossier_id": dossier.id,
        "code": dossier.code,
        "procedure": dossier.procedure,
        "version": dossier.version,
        "status": dossier.status,
        "step": dossier.step,
        "holder": dossier.holder,
        "receiving_agency": dossier.receiving_agency,
        "competent_agency": dossier.competent_agency,
        "channel": dossier.channel,
        "owner": dossier.owner,
        "due_at": clock and micros(clock.due_at),
        "appointed_at": clock and micros(clock.appointed_at),
        "statutory_due_at": clock and micros(clock.statutory_due_at),
        "submitted_at": micros(dossier.submitted_at),
        "received_at": _optional(dossier.received_at),
        "issued_at": _optional(dossier.issued_at),
        "ended_at": _optional(dossier.ended_at),
        "supplements": dossier.supplements,
        "apologies": dossier.apologies,
        "moved": int(dossier.moved),
        "decision": dossier.decision,
        "outcome": dossier.outcome,
    }


def follow(
    connection: Connection,
    before: Dossier | None,
    events: tuple[Event, ...],
    states: tuple[Dossier, ...],
) -> None:
    """Let the read models follow new events; `states` are those after each."""
    show(connection, states[-1], new=before is None)
    for state, event in zip((before, *states), events, strict=False):
        register(connection, state, event)


def show(connection: Connection, dossier: Dossier, *, new: bool) -> None:
    """Write the row of a dossier that has changed; a taken code is refused."""
    row = view(dossier)
    if new:
        _INSERT.run(connection, row)
        return
    _UPDATE.run(connection, row | {"id": dossier.id})


def register(connection: Connection, before: Dossier | None, event: Event) -> None:
    """Keep the register of numbers, a taken one is refused; and who holds papers."""
    paper_acts.bind(connection, event)
    match event.fact:
        case e.NumberReserved() as fact:
            _enter(connection, event.subject, fact, "reserved")
        case e.ApologyDrafted() as fact:
            _enter(connection, event.subject, fact, "assigned")
        case e.NumberAssigned():
            _mark(connection, before, "assigned")
        case e.NumberVoided():
            _mark(connection, before, "voided")
        case _:
            pass


def _enter(
    connection: Connection,
    dossier_id: str,
    fact: e.NumberReserved | e.ApologyDrafted,
    state: str,
) -> None:
    row = {
        "agency": fact.agency,
        "year": fact.year,
        "number": fact.number,
        "symbol": fact.symbol,
        "dossier_id": dossier_id,
        "state": state,
    }
    connection.execute(_NUMBER, row)


def _mark(connection: Connection, before: Dossier | None, state: str) -> None:
    if before is None or before.number is None:
        return
    kept = before.number
    key = {"a": kept.agency, "y": kept.year, "n": kept.number}
    connection.execute(_MARK, key | {"s": state})


def rebuild(connection: Connection) -> int:
    """Drop the read models and make them again from the journal; counts dossiers."""
    connection.execute(delete(DOSSIER_VIEW))
    connection.execute(delete(DOCUMENT_NUMBER))
    connection.execute(delete(BINDING))
    count, dossier = 0, None
    for (body,) in connection.execute(_STREAMS):
        event = decode(body)
        if event.version == 1:
            count += _finish(connection, dossier)
            dossier = None
        before, dossier = dossier, after(dossier, event)
        register(connection, before, event)
    return count + _finish(connection, dossier)


def _finish(connection: Connection, dossier: Dossier | None) -> int:
    if dossier is None:
        return 0
    show(connection, dossier, new=True)
    return 1


def _optional(at: datetime | None) -> int | None:
    return None if at is None else micros(at)
