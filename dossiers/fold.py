"""State = fold(events): the only way to change a dossier, pure and order-safe."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from dossiers import events as e
from dossiers.dossier import Clock, Dossier, Pause, Status
from dossiers.envelope import Event
from dossiers.errors import TamperedError
from dossiers.transitions import demand_open, illegal
from dossiers.values import STEPS, Step

F = TypeVar("F", bound=e.Fact)
Apply = Callable[[Dossier, Event, F], Dossier]
_APPLY: dict[type[e.Fact], Callable[..., Dossier]] = {}


def _on(kind: type[F]) -> Callable[[Apply[F]], Apply[F]]:
    def register(apply: Apply[F]) -> Apply[F]:
        _APPLY[kind] = apply
        return apply

    return register


def _enter(dossier: Dossier, step: Step, *, reached: int) -> Dossier:
    index = STEPS.index(step)
    entered = tuple(n + (i == index) for i, n in enumerate(dossier.entered))
    return replace(dossier, entered=entered, reached=reached)


def _keep(d: Dossier, _: Event, __: e.Fact) -> Dossier:
    return d


for _kind in (e.TechnicallyAcknowledged, e.WorkRecorded, e.VerificationRecorded):
    _APPLY[_kind] = _keep


def _new(event: Event, f: e.Submitted) -> Dossier:
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


@_on(e.SupplementRequested)
def _supplement_requested(
    d: Dossier, event: Event, f: e.SupplementRequested
) -> Dossier:
    pauses = d.pauses
    if f.stage == "appraisal":
        pauses = (*pauses, Pause(event.occurred_at, None, "supplement"))
    return replace(
        d,
        status=Status.SUPPLEMENTING,
        pauses=pauses,
        supplement_stage=f.stage,
        supplements=d.supplements + 1,
    )


@_on(e.SupplementReceived)
def _supplement_received(d: Dossier, event: Event, f: e.SupplementReceived) -> Dossier:
    clock = d.clock
    pauses = d.pauses
    if pauses and pauses[-1].end is None:
        pauses = (*pauses[:-1], replace(pauses[-1], end=event.occurred_at))
    if clock and f.counts_from and f.due_at and f.statutory_due_at:
        clock = replace(
            clock,
            counts_from=f.counts_from,
            due_at=f.due_at,
            appointed_at=f.due_at,
            statutory_due_at=f.statutory_due_at,
        )
    at_reception = d.supplement_stage == "reception"
    return replace(
        d,
        status=Status.SUBMITTED if at_reception else Status.IN_PROCESS,
        supplement_stage=None,
        components=d.components + f.components,
        clock=clock,
        pauses=pauses,
    )


@_on(e.ReceptionRefused)
def _reception_refused(d: Dossier, _: Event, f: e.ReceptionRefused) -> Dossier:
    return replace(d, status=Status.REFUSED, holder=None, reason=f.reason)


@_on(e.Received)
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
    d = _enter(d, Step.TRANSFER, reached=1)
    return replace(
        d,
        status=Status.RECEIVED,
        clock=clock,
        received_at=event.occurred_at,
        received_version=event.version,
        holder=event.actor.id,
        counter_officer=event.actor.id,
        specialist=f.officer,
    )


@_on(e.PaperIssued)
def _paper_issued(d: Dossier, _: Event, f: e.PaperIssued) -> Dossier:
    return replace(d, papers=(*d.papers, (f.form, f.document)))


@_on(e.TransferOffered)
def _transfer_offered(d: Dossier, _: Event, f: e.TransferOffered) -> Dossier:
    return replace(d, status=Status.OFFERED, offer=f)


@_on(e.Transferred)
def _transferred(d: Dossier, _: Event, f: e.Transferred) -> Dossier:
    if d.offer is None or f.holder != d.offer.officer:
        raise illegal(d, e.Transferred, "officer")
    return replace(
        _enter(d, Step.PROCESS, reached=2),
        status=Status.IN_PROCESS,
        holder=f.holder,
        specialist=f.holder,
        competent_agency=d.offer.competent_agency,
        unit=d.offer.unit,
        offer=None,
    )


@_on(e.OfficerAssigned)
def _officer_assigned(d: Dossier, _: Event, f: e.OfficerAssigned) -> Dossier:
    return replace(d, holder=f.holder, specialist=f.holder)


@_on(e.OpinionRequested)
def _opinion_requested(d: Dossier, _: Event, __: e.OpinionRequested) -> Dossier:
    return replace(d, pending_opinions=d.pending_opinions + 1)


@_on(e.OpinionReceived)
def _opinion_received(d: Dossier, _: Event, __: e.OpinionReceived) -> Dossier:
    return replace(d, pending_opinions=max(0, d.pending_opinions - 1))


@_on(e.SuspensionStarted)
def _suspended(d: Dossier, event: Event, f: e.SuspensionStarted) -> Dossier:
    pause = Pause(event.occurred_at, None, f.ground)
    return replace(d, status=Status.SUSPENDED, pauses=(*d.pauses, pause))


@_on(e.SuspensionEnded)
def _resumed(d: Dossier, event: Event, f: e.SuspensionEnded) -> Dossier:
    ended = replace(d.pauses[-1], end=event.occurred_at)
    clock = d.clock and replace(
        d.clock,
        due_at=f.due_at,
        appointed_at=f.due_at,
        statutory_due_at=f.statutory_due_at,
    )
    return replace(
        d, status=Status.IN_PROCESS, pauses=(*d.pauses[:-1], ended), clock=clock
    )


@_on(e.ProcessingRefused)
def _processing_refused(d: Dossier, _: Event, f: e.ProcessingRefused) -> Dossier:
    return replace(d, reason=f.reason)


@_on(e.NumberReserved)
def _number_reserved(d: Dossier, _: Event, f: e.NumberReserved) -> Dossier:
    return replace(d, number=f)


@_on(e.Processed)
def _processed(d: Dossier, _: Event, f: e.Processed) -> Dossier:
    if d.number is None:
        raise illegal(d, e.Processed, "number before ink")
    return replace(
        _enter(d, Step.SIGN, reached=3),
        status=Status.PROCESSED,
        decision=f.decision,
        result=f.result,
        holder=f.holder,
    )


@_on(e.OutcomePrepared)
def _outcome_prepared(d: Dossier, _: Event, f: e.OutcomePrepared) -> Dossier:
    return replace(
        d,
        status=Status.PREPARED,
        outcome=f.document,
        outcome_sha256=f.sha256,
        verification_id=f.verification_id,
    )


@_on(e.NumberVoided)
def _number_voided(d: Dossier, _: Event, __: e.NumberVoided) -> Dossier:
    return replace(d, number=None)


@_on(e.SentBack)
def _sent_back(d: Dossier, _: Event, f: e.SentBack) -> Dossier:
    if d.number is not None:
        raise illegal(d, e.SentBack, "the reserved number must be voided first")
    return replace(
        _enter(d, Step.PROCESS, reached=2),
        status=Status.IN_PROCESS,
        holder=f.holder,
        decision=None,
        result=None,
        outcome=None,
        outcome_sha256=None,
        viewed_sha256=None,
    )


@_on(e.Reviewed)
def _reviewed(d: Dossier, _: Event, f: e.Reviewed) -> Dossier:
    if f.viewed_sha256 != d.outcome_sha256:
        raise illegal(d, e.Reviewed, "other bytes than the prepared ones")
    return replace(d, viewed_sha256=f.viewed_sha256)


@_on(e.SignedByPerson)
def _signed_by_person(d: Dossier, event: Event, f: e.SignedByPerson) -> Dossier:
    if d.viewed_sha256 is None:
        raise illegal(d, e.SignedByPerson, "not reviewed")
    return replace(
        d,
        status=Status.PERSON_SIGNED,
        outcome=f.document,
        outcome_sha256=f.sha256,
        person_signer=event.actor.id,
        holder=f.holder,
    )


@_on(e.NumberAssigned)
def _number_assigned(d: Dossier, _: Event, f: e.NumberAssigned) -> Dossier:
    if d.number is None or (f.number, f.symbol) != (d.number.number, d.number.symbol):
        raise illegal(d, e.NumberAssigned, "not the reserved number")
    return replace(d, number_registered=True)


@_on(e.SealedByAgency)
def _sealed(d: Dossier, event: Event, f: e.SealedByAgency) -> Dossier:
    if not d.number_registered:
        raise illegal(d, e.SealedByAgency, "number before seal")
    if event.actor.id == d.person_signer:
        raise illegal(d, e.SealedByAgency, "four eyes")
    return replace(
        d,
        status=Status.SEALED,
        outcome=f.document,
        outcome_sha256=f.sha256,
        sealer=event.actor.id,
    )


@_on(e.Signed)
def _signed(d: Dossier, _: Event, f: e.Signed) -> Dossier:
    return replace(
        _enter(d, Step.RETURN, reached=4), status=Status.SIGNED, holder=f.holder
    )


@_on(e.OutcomeIssued)
def _issued(d: Dossier, event: Event, _: e.OutcomeIssued) -> Dossier:
    return replace(d, status=Status.ISSUED, issued_at=event.occurred_at)


@_on(e.Returned)
def _returned(d: Dossier, event: Event, _: e.Returned) -> Dossier:
    return replace(
        d,
        status=Status.RETURNED,
        holder=None,
        ended_at=event.occurred_at,
        reached=5,
    )


@_on(e.ApologyDrafted)
def _apology_drafted(d: Dossier, _: Event, __: e.ApologyDrafted) -> Dossier:
    return replace(d, apologies=d.apologies + 1)


@_on(e.AppointmentMoved)
def _moved(d: Dossier, _: Event, f: e.AppointmentMoved) -> Dossier:
    if d.moved or d.clock is None or not d.apologies:
        raise illegal(d, e.AppointmentMoved, "moved once only, after an apology")
    return replace(d, moved=True, clock=replace(d.clock, appointed_at=f.due_at))


@_on(e.Withdrawn)
def _withdrawn(d: Dossier, event: Event, f: e.Withdrawn) -> Dossier:
    return replace(
        d,
        status=Status.WITHDRAWN,
        holder=None,
        reason=f.reason,
        ended_at=event.occurred_at,
    )


@_on(e.Stopped)
def _stopped(d: Dossier, event: Event, f: e.Stopped) -> Dossier:
    return replace(
        d,
        status=Status.STOPPED,
        holder=None,
        reason=f.reason,
        ended_at=event.occurred_at,
    )


def after(dossier: Dossier | None, event: Event) -> Dossier:
    """
    Let one event happen.

    Raises IllegalTransitionError when the law does not let it follow, and
    TamperedError when the version or the time does not fit the history.
    """
    fact = event.fact
    if dossier is None:
        if not isinstance(fact, e.Submitted) or event.version != 1:
            text = f"{event.stream}: lịch sử không bắt đầu bằng submitted"
            raise TamperedError(text, f"{event.stream}: no submitted at version 1")
        return _new(event, fact)
    if event.version != dossier.version + 1 or event.occurred_at < dossier.last_at:
        text = (
            f"{event.stream}: sự kiện {event.version} không nối tiếp {dossier.version}"
        )
        raise TamperedError(text, f"{event.stream}: {event.version} does not follow")
    if isinstance(fact, e.Submitted):
        raise illegal(dossier, e.Submitted)
    demand_open(dossier, type(fact))
    changed: Dossier = _APPLY[type(fact)](dossier, event, fact)
    return replace(
        changed,
        version=event.version,
        last_at=event.occurred_at,
        last_event=event.id,
    )


def fold(events: Iterable[Event]) -> Dossier:
    """Fold one dossier's whole history; raises TamperedError when it is empty."""
    state: Dossier | None = None
    for event in events:
        state = after(state, event)
    if state is None:
        text = "lịch sử trống"
        raise TamperedError(text, "an empty history")
    return state


HANDLED = frozenset(_APPLY) | {e.Submitted}
"""Every fact the fold knows; an architecture test compares it with the union."""
