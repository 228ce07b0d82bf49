"""What the events of step 1 make of a dossier: arrival, supplement, receipt."""

from dossiers import arrival_events as e
from dossiers.applying import Table, end_pause, enter, keep, on
from dossiers.dossier import Clock, Dossier, Pause, Status
from dossiers.envelope import Event
from dossiers.replacing import replace
from dossiers.transitions import illegal
from dossiers.values import Step

ARRIVAL: Table = {e.TechnicallyAcknowledged: keep}


def begin(event: Event, f: e.Submitted) -> Dossier:
    """Begin a dossier with its arrival."""
    return Dossier(
        id=event.subject,
        version=event.version,
        status=Status.SUBMITTED,
        last_at=event.occurred_at,
        last_event=event.id,
        code=f.code,
        procedure=f.procedure,
        procedure_version=f.procedure_version,
        channel=f.channel,
        receiving_agency=f.receiving_agency,
        applicant=f.applicant,
        owner=f.owner,
        components=f.components,
        submitted_at=event.occurred_at,
        holder=f.holder,
        counter_officer=f.holder,
    )


@on(ARRIVAL, e.SupplementRequested)
def _supplement_requested(
    d: Dossier, event: Event, f: e.SupplementRequested
) -> Dossier:
    at_reception = d.status is Status.SUBMITTED
    if (f.stage == "reception") is not at_reception:
        raise illegal(d, type(f), "the other stage", vi="sai giai đoạn")
    pause = () if at_reception else (Pause(event.occurred_at, None, "supplement"),)
    return replace(
        d,
        status=Status.SUPPLEMENTING,
        pauses=(*d.pauses, *pause),
        supplement_stage=f.stage,
        supplements=d.supplements + 1,
    )


@on(ARRIVAL, e.SupplementReceived)
def _supplement_received(d: Dossier, event: Event, f: e.SupplementReceived) -> Dossier:
    at_reception = d.supplement_stage == "reception"
    return replace(
        end_pause(d, event.occurred_at),
        status=Status.SUBMITTED if at_reception else Status.IN_PROCESS,
        supplement_stage=None,
        components=d.components + f.components,
        clock=None if d.clock is None else _counted_anew(d, d.clock, f),
    )


def _counted_anew(d: Dossier, clock: Clock, f: e.SupplementReceived) -> Clock:
    if not (f.counts_from and f.due_at and f.statutory_due_at):
        raise illegal(d, type(f), "no new due date", vi="thiếu hạn tính lại")
    counted = replace(clock, counts_from=f.counts_from)
    return counted.anew(f.due_at, f.statutory_due_at, moved=d.moved)


@on(ARRIVAL, e.ReceptionRefused)
def _reception_refused(d: Dossier, event: Event, f: e.ReceptionRefused) -> Dossier:
    if d.clock is not None:
        raise illegal(d, type(f), "received already", vi="đã tiếp nhận")
    return d.ended(Status.REFUSED, event.occurred_at, reason=f.reason)


@on(ARRIVAL, e.Received)
def _received(d: Dossier, event: Event, f: e.Received) -> Dossier:
    clock = Clock(
        counts_from=f.counts_from,
        due_at=f.due_at,
        appointed_at=f.due_at,
        statutory_due_at=f.statutory_due_at,
        committed_limit=f.committed_limit,
        statutory_limit=f.statutory_limit,
        provisional=f.provisional,
    )
    return replace(
        enter(d, Step.TRANSFER),
        status=Status.RECEIVED,
        clock=clock,
        received_at=event.occurred_at,
        received_version=event.version,
        holder=event.actor.id,
        counter_officer=event.actor.id,
        specialist=f.officer,
    )


@on(ARRIVAL, e.PaperIssued)
def _paper_issued(d: Dossier, _: Event, f: e.PaperIssued) -> Dossier:
    return replace(d, papers=(*d.papers, (f.form, f.document)))
