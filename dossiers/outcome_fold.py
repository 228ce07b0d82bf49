"""What the events of steps 4 and 5 make of a dossier, and its other ends."""

from dossiers import outcome_events as e
from dossiers.applying import Table, enter, on
from dossiers.dossier import Dossier, Status
from dossiers.envelope import Event
from dossiers.replacing import replace
from dossiers.transitions import illegal
from dossiers.values import Step

OUTCOME: Table = {}


@on(OUTCOME, e.OutcomePrepared)
def _outcome_prepared(d: Dossier, _: Event, f: e.OutcomePrepared) -> Dossier:
    if d.number is None:
        raise illegal(d, type(f), "number before ink", vi="chưa giữ số")
    return replace(
        d,
        status=Status.PREPARED,
        outcome=f.document,
        outcome_sha256=f.sha256,
        verification_id=f.verification_id,
    )


@on(OUTCOME, e.Reviewed)
def _reviewed(d: Dossier, _: Event, f: e.Reviewed) -> Dossier:
    if f.viewed_sha256 != d.outcome_sha256:
        raise illegal(d, type(f), "not the prepared bytes", vi="không phải bản trình")
    return replace(d, viewed_sha256=f.viewed_sha256)


@on(OUTCOME, e.SignedByPerson)
def _signed_by_person(d: Dossier, event: Event, f: e.SignedByPerson) -> Dossier:
    if d.viewed_sha256 is None:
        raise illegal(d, type(f), "not reviewed", vi="chưa xem bản trình")
    if d.number is None:
        raise illegal(d, type(f), "number before ink", vi="chưa giữ số")
    return replace(
        d,
        status=Status.PERSON_SIGNED,
        outcome=f.document,
        outcome_sha256=f.sha256,
        person_signer=event.actor.id,
        holder=f.holder,
    )


@on(OUTCOME, e.NumberAssigned)
def _number_assigned(d: Dossier, _: Event, f: e.NumberAssigned) -> Dossier:
    if d.number is None or (f.number, f.symbol) != (d.number.number, d.number.symbol):
        raise illegal(d, type(f), "not the reserved number", vi="không phải số đã giữ")
    if d.number_registered:
        raise illegal(d, type(f), "registered already", vi="đã vào sổ")
    return replace(d, number_registered=True)


@on(OUTCOME, e.SealedByAgency)
def _sealed(d: Dossier, event: Event, f: e.SealedByAgency) -> Dossier:
    if not d.number_registered:
        raise illegal(d, type(f), "number before seal", vi="chưa vào sổ số")
    if event.actor.id == d.person_signer:
        raise illegal(
            d, type(f), "the signer does not seal", vi="người ký không đóng dấu"
        )
    return replace(
        d,
        status=Status.SEALED,
        outcome=f.document,
        outcome_sha256=f.sha256,
        sealer=event.actor.id,
    )


@on(OUTCOME, e.Signed)
def _signed(d: Dossier, _: Event, f: e.Signed) -> Dossier:
    return replace(enter(d, Step.RETURN), status=Status.SIGNED, holder=f.holder)


@on(OUTCOME, e.OutcomeIssued)
def _issued(d: Dossier, event: Event, _: e.OutcomeIssued) -> Dossier:
    return replace(d, status=Status.ISSUED, issued_at=event.occurred_at)


@on(OUTCOME, e.Returned)
def _returned(d: Dossier, event: Event, _: e.Returned) -> Dossier:
    return replace(d.ended(Status.RETURNED, event.occurred_at), reached=5)


@on(OUTCOME, e.ApologyDrafted)
def _apology_drafted(d: Dossier, _: Event, __: e.ApologyDrafted) -> Dossier:
    return replace(d, apologies=d.apologies + 1)


@on(OUTCOME, e.AppointmentMoved)
def _moved(d: Dossier, _: Event, f: e.AppointmentMoved) -> Dossier:
    if d.moved or d.clock is None or not d.apologies:
        why = "moved once only, after an apology"
        raise illegal(d, type(f), why, vi="chỉ hẹn lại một lần, sau khi xin lỗi")
    if f.due_at <= d.clock.appointed_at:
        raise illegal(d, type(f), "only to a later date", vi="chỉ hẹn lại muộn hơn")
    return replace(d, moved=True, clock=replace(d.clock, appointed_at=f.due_at))


@on(OUTCOME, e.Withdrawn)
def _withdrawn(d: Dossier, event: Event, f: e.Withdrawn) -> Dossier:
    _demand_no_number(d, f)
    return d.ended(Status.WITHDRAWN, event.occurred_at, reason=f.reason)


@on(OUTCOME, e.Stopped)
def _stopped(d: Dossier, event: Event, f: e.Stopped) -> Dossier:
    _demand_no_number(d, f)
    return d.ended(Status.STOPPED, event.occurred_at, reason=f.reason)


def _demand_no_number(d: Dossier, f: e.Withdrawn | e.Stopped) -> None:
    if d.number is not None:
        raise illegal(d, type(f), "void the reserved number first", vi="hủy số đã giữ")
