"""What the events of steps 2 and 3 make of a dossier: hand-over, work, draft."""

from dossiers import work_events as e
from dossiers.applying import Table, end_pause, enter, keep, on
from dossiers.dossier import Dossier, Pause, Status
from dossiers.envelope import Event
from dossiers.replacing import replace
from dossiers.transitions import illegal
from dossiers.values import Step

WORK: Table = {e.WorkRecorded: keep, e.VerificationRecorded: keep}


@on(WORK, e.TransferOffered)
def _transfer_offered(d: Dossier, _: Event, f: e.TransferOffered) -> Dossier:
    return replace(d, status=Status.OFFERED, offer=f)


@on(WORK, e.Transferred)
def _transferred(d: Dossier, _: Event, f: e.Transferred) -> Dossier:
    if d.offer is None or f.holder != d.offer.officer:
        raise illegal(d, type(f), "offered to another officer", vi="chuyển người khác")
    return replace(
        enter(d, Step.PROCESS),
        status=Status.IN_PROCESS,
        holder=f.holder,
        specialist=f.holder,
        competent_agency=d.offer.competent_agency,
        unit=d.offer.unit,
        offer=None,
    )


@on(WORK, e.OfficerAssigned)
def _officer_assigned(d: Dossier, _: Event, f: e.OfficerAssigned) -> Dossier:
    return replace(d, holder=f.holder, specialist=f.holder)


@on(WORK, e.OpinionRequested)
def _opinion_requested(d: Dossier, _: Event, __: e.OpinionRequested) -> Dossier:
    return replace(d, pending_opinions=d.pending_opinions + 1)


@on(WORK, e.OpinionReceived)
def _opinion_received(d: Dossier, _: Event, __: e.OpinionReceived) -> Dossier:
    return replace(d, pending_opinions=max(0, d.pending_opinions - 1))


@on(WORK, e.SuspensionStarted)
def _suspended(d: Dossier, event: Event, f: e.SuspensionStarted) -> Dossier:
    pause = Pause(event.occurred_at, None, f.ground)
    return replace(d, status=Status.SUSPENDED, pauses=(*d.pauses, pause))


@on(WORK, e.SuspensionEnded)
def _resumed(d: Dossier, event: Event, f: e.SuspensionEnded) -> Dossier:
    clock = d.clock and d.clock.anew(f.due_at, f.statutory_due_at, moved=d.moved)
    resumed = end_pause(d, event.occurred_at)
    return replace(resumed, status=Status.IN_PROCESS, clock=clock)


@on(WORK, e.ProcessingRefused)
def _processing_refused(d: Dossier, _: Event, f: e.ProcessingRefused) -> Dossier:
    return replace(d, reason=f.reason)


@on(WORK, e.NumberReserved)
def _number_reserved(d: Dossier, _: Event, f: e.NumberReserved) -> Dossier:
    if d.number is not None:
        raise illegal(d, type(f), "void the reserved number first", vi="hủy số cũ đã")
    return replace(d, number=f)


@on(WORK, e.NumberVoided)
def _number_voided(d: Dossier, _: Event, f: e.NumberVoided) -> Dossier:
    if d.number is None:
        raise illegal(d, type(f), "no number is reserved", vi="chưa giữ số nào")
    return replace(d, number=None)


@on(WORK, e.Processed)
def _processed(d: Dossier, _: Event, f: e.Processed) -> Dossier:
    if d.number is None:
        raise illegal(d, type(f), "number before ink", vi="chưa giữ số")
    if (f.decision == "refused") is (d.reason is None):
        raise illegal(d, type(f), "a refusal has its reason", vi="từ chối có lý do")
    return replace(
        enter(d, Step.SIGN),
        status=Status.PROCESSED,
        decision=f.decision,
        result=f.result,
        holder=f.holder,
    )


@on(WORK, e.SentBack)
def _sent_back(d: Dossier, _: Event, f: e.SentBack) -> Dossier:
    if d.number is not None:
        raise illegal(d, type(f), "void the reserved number first", vi="hủy số đã giữ")
    return replace(
        enter(d, Step.PROCESS),
        status=Status.IN_PROCESS,
        holder=f.holder,
        decision=None,
        reason=None,
        result=None,
        outcome=None,
        outcome_sha256=None,
        verification_id=None,
        viewed_sha256=None,
    )
