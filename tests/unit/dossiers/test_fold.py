"""What the law lets follow, and what it refuses, event by event."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dossiers import events as e
from dossiers.dossier import CLOSED, Dossier, Status
from dossiers.errors import IllegalTransitionError, TamperedError
from dossiers.fold import after, fold
from dossiers.transitions import ALLOWED, open_actions
from dossiers.values import Step
from tests.support import changes as c
from tests.support import histories as h

LATER = c.DUE + timedelta(days=30)


def test_the_whole_way_reaches_all_five_steps_and_leaves_no_holder() -> None:
    done = fold(h.history(h.WAY))

    assert (done.status, done.reached, done.holder) == (Status.RETURNED, 5, None)
    assert done.entered == (1, 1, 1, 1, 1)
    assert (done.person_signer, done.sealer) == ("cb01", "vt01")
    assert done.ended_at == done.last_at


@pytest.mark.parametrize(
    ("kind", "holder"),
    [
        (e.Submitted, "cb01"),
        (e.Received, "cb01"),
        (e.TransferOffered, "cb01"),  # the giver holds until the receiver accepts
        (e.Transferred, "cb02"),
        (e.Processed, "ct01"),
        (e.SignedByPerson, "vt01"),
        (e.Signed, "cb01"),
        (e.Returned, None),
    ],
)
def test_exactly_one_officer_holds_it(kind: type[e.Fact], holder: str | None) -> None:
    assert h.until(kind).holder == holder


@pytest.mark.parametrize(
    ("kind", "facts", "why"),
    [
        (e.Submitted, (c.OFFERED,), "TransferOffered is not open"),
        (e.Submitted, (h.ASKED,), "the other stage"),
        (e.Received, (c.RECEIVED,), "Received is not open"),
        (e.TransferOffered, (e.Transferred(holder="cb09"),), "another officer"),
        (e.Transferred, (c.PROCESSED,), "number before ink"),
        (e.Transferred, (h.ASKED, e.ReceptionRefused(reason="x")), "received already"),
        (e.Transferred, (c.reserved(1), c.reserved(2)), "void the reserved"),
        (e.Transferred, (h.VOIDED,), "no number is reserved"),
        (e.Transferred, (h.NOT_ELIGIBLE, c.reserved(1), c.PROCESSED), "its reason"),
        (e.NumberReserved, (h.WITHDRAWN,), "void the reserved"),
        (e.Processed, (c.SIGNED,), "SignedByPerson is not open"),
        (e.Processed, (h.SENT_BACK,), "void the reserved"),
        (e.Processed, (h.VOIDED, c.PREPARED), "number before ink"),
        (e.OutcomePrepared, (c.SIGNED,), "not reviewed"),
        (e.OutcomePrepared, (e.Reviewed(viewed_sha256="ab"),), "not the prepared"),
        (e.Reviewed, (h.VOIDED, c.SIGNED), "number before ink"),
        (e.SignedByPerson, (c.SEALED,), "number before seal"),
        (e.SignedByPerson, (h.WITHDRAWN,), "Withdrawn is not open"),
        (e.SignedByPerson, (h.STOPPED,), "Stopped is not open"),
        (e.SignedByPerson, (h.VOIDED,), "NumberVoided is not open"),
        (e.SignedByPerson, (e.NumberAssigned(number=2, symbol="Q"),), "not the res"),
        (e.NumberAssigned, (h.ASSIGNED,), "registered already"),
        (e.SealedByAgency, (h.RETURNED,), "Returned is not open"),
        (e.Signed, (h.RETURNED,), "Returned is not open"),
        (e.Returned, (h.RETURNED,), "Returned is not open"),
        (e.Submitted, (h.JUDGED,), "no such paper"),
        (e.Submitted, (h.REVOKED, h.REVOKED), "no such paper"),
        (e.Signed, (h.REUSED,), "ComponentReused is not open"),
    ],
)
def test_refuses(kind: type[e.Fact], facts: tuple[e.Fact, ...], why: str) -> None:
    *before, last = facts
    dossier = h.then(h.until(kind), *before)

    with pytest.raises(IllegalTransitionError, match=why) as refused:
        h.then(dossier, last)

    assert refused.value.open_actions == open_actions(dossier)
    assert refused.value.rule in refused.value.vi


def test_the_person_who_signed_does_not_seal() -> None:
    with pytest.raises(IllegalTransitionError, match="the signer does not seal"):
        h.then(h.until(e.NumberAssigned), c.SEALED, actor=c.OFFICER)


def test_a_closed_dossier_takes_only_the_paper_of_its_end() -> None:
    ended = h.then(h.until(e.Received), h.WITHDRAWN, h.PAPER)

    open_now = [kind for kind in ALLOWED if ended.status in ALLOWED[kind]]

    assert (ended.status, ended.holder) == (Status.WITHDRAWN, None)
    assert ended.ended_at == ended.last_at - timedelta(minutes=1)
    assert open_now == [e.PaperIssued]


@pytest.mark.parametrize("status", Status)
def test_a_person_can_act_while_it_is_open(status: Status) -> None:
    dossier = replace(h.until(e.Submitted), status=status)
    # Sealed lasts only within the clerk's own act, which closes the step.
    nothing = CLOSED | {Status.SEALED}

    assert bool(open_actions(dossier)) is (status not in nothing)


def test_a_refusal_at_reception_is_an_end_with_its_instant() -> None:
    refused = h.then(h.until(e.Submitted), e.ReceptionRefused(reason="sai cơ quan"))

    assert (refused.status, refused.reason) == (Status.REFUSED, "sai cơ quan")
    assert (refused.holder, refused.ended_at) == (None, refused.last_at)


def test_a_refusal_after_appraisal_goes_on_to_signature() -> None:
    refused = e.Processed(decision="refused", result="TC", holder="ct01")

    dossier = h.then(h.until(e.Transferred), h.NOT_ELIGIBLE, c.reserved(1), refused)

    assert (dossier.decision, dossier.step) == ("refused", Step.SIGN)
    with pytest.raises(IllegalTransitionError, match="a refusal has its reason"):
        h.then(h.until(e.Transferred), c.reserved(1), refused)


def test_a_draft_sent_back_enters_the_step_again_with_nothing_left_over() -> None:
    back = h.then(h.until(e.Reviewed), h.VOIDED, h.SENT_BACK)

    assert (back.status, back.reached, back.holder) == (Status.IN_PROCESS, 2, "cb02")
    assert (back.attempt(Step.PROCESS), back.attempt(Step.SIGN)) == (2, 1)
    assert back.key(Step.PROCESS) == "d1:process:2"
    left = (back.number, back.decision, back.outcome, back.verification_id)
    assert left == (None, None, None, None)
    with pytest.raises(IllegalTransitionError, match="not reviewed"):
        h.then(back, c.reserved(2), c.PROCESSED, c.PREPARED, c.SIGNED)


def test_a_supplement_at_reception_leads_back_to_reception() -> None:
    asked = h.then(
        h.until(e.Submitted), h.ASKED.model_copy(update={"stage": "reception"})
    )
    paper = c.submitted().facts[0]
    assert isinstance(paper, e.Submitted)
    none_yet = e.SupplementReceived(
        components=paper.components, clock_policy="not-started"
    )

    answered = h.then(asked, none_yet)

    assert (asked.step, asked.paused) == (Step.RECEIVE, False)
    assert (answered.status, len(answered.components)) == (Status.SUBMITTED, 2)


def test_a_supplement_at_appraisal_pauses_and_counts_anew() -> None:
    asked = h.then(h.until(e.Transferred), h.ASKED)
    answered = h.then(asked, h.ANSWERED)

    assert (asked.step, asked.paused) == (Step.PROCESS, True)
    assert not asked.is_overdue(LATER)
    assert (answered.status, answered.paused) == (Status.IN_PROCESS, False)
    assert answered.clock is not None
    assert answered.clock.appointed_at == h.ANSWERED.due_at
    with pytest.raises(IllegalTransitionError, match="no new due date"):
        h.then(asked, h.ANSWERED.model_copy(update={"due_at": None}))


def test_a_suspension_stops_the_clock_until_it_ends() -> None:
    suspended = h.then(h.until(e.Transferred), h.SUSPENDED)
    resumed = h.then(suspended, c.WORK, h.RESUMED)

    assert not suspended.is_overdue(LATER)
    assert [p.end for p in resumed.pauses] == [resumed.last_at]
    assert resumed.clock is not None
    assert resumed.clock.due_at == h.RESUMED.due_at
    assert resumed.is_overdue(LATER)


def test_a_dossier_withdrawn_while_paused_was_not_late() -> None:
    withdrawn = h.then(h.until(e.Transferred), h.SUSPENDED, h.WITHDRAWN)

    assert not withdrawn.is_overdue(LATER)


def test_the_clock_ends_when_the_outcome_is_issued() -> None:
    assert h.until(e.Signed).is_overdue(LATER)
    assert not h.until(e.OutcomeIssued).is_overdue(LATER)
    assert not h.until(e.Submitted).is_overdue(LATER)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((h.MOVED,), "after an apology"),
        ((h.APOLOGY, h.MOVED, h.APOLOGY, h.MOVED), "once only"),
        ((h.APOLOGY, e.AppointmentMoved(due_at=c.DUE)), "only to a later date"),
    ],
)
def test_the_appointment_moves_once_after_an_apology_and_only_later(
    facts: tuple[e.Fact, ...], why: str
) -> None:
    with pytest.raises(IllegalTransitionError, match=why):
        h.then(h.until(e.Received), *facts)


@pytest.mark.parametrize(
    ("counted", "appointed"),
    [(c.DUE, h.MOVED.due_at), (LATER, LATER)],
)
def test_a_moved_appointment_is_never_brought_forward(
    counted: datetime, appointed: datetime
) -> None:
    moved = h.then(h.until(e.Transferred), h.APOLOGY, h.MOVED, h.SUSPENDED)

    resumed = h.then(moved, e.SuspensionEnded(due_at=counted, statutory_due_at=counted))

    assert resumed.clock is not None
    assert (resumed.clock.due_at, resumed.clock.appointed_at) == (counted, appointed)


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 4},
        {"version": 6},
        {"occurred_at": c.START},
        {"stream": "dossier:d2"},
        {"stream": "document:d1"},
        {"fact": h.BESIDE[0]},
    ],
)
def test_a_torn_history_is_tampered_with(changed: dict[str, object]) -> None:
    offered = h.until(e.PaperIssued)
    right = h.event(offered, c.OFFERED)
    assert right.version == 5

    with pytest.raises(TamperedError, match="the history is torn"):
        after(offered, right.model_copy(update=changed))


@pytest.mark.parametrize("first", [h.WAY[1], h.BESIDE[0]])
def test_a_history_begins_with_the_arrival(first: e.Fact) -> None:
    with pytest.raises(TamperedError, match="has no place"):
        after(None, h.event(None, first))
    with pytest.raises(TamperedError, match="an empty history"):
        fold(())


def test_papers_change_their_state_and_no_other_with_them() -> None:
    taken = h.then(h.until(e.Submitted), h.DIGITIZED, h.REUSED)
    revoked = h.then(taken, h.REVOKED)

    assert [one.state for one in taken.components] == [1, 0]
    assert [one.standing for one in revoked.components] == ["revoked", "valid"]
    assert [one.is_there for one in revoked.components] == [False, True]


def test_a_paper_that_waited_is_there_once_it_is_released() -> None:
    arrived = h.until(e.Submitted)
    (paper,) = arrived.components
    waiting = paper.model_copy(update={"standing": "waiting"})
    before = replace(arrived, components=(waiting,))
    refused = h.JUDGED.model_copy(update={"verdict": "refused"})

    assert not waiting.is_there
    assert h.then(before, h.JUDGED).components == (paper,)
    assert h.then(before, refused).components[0].standing == "refused"


def test_a_dossier_arrives_once() -> None:
    arrived: Dossier = h.until(e.Submitted)

    with pytest.raises(IllegalTransitionError, match="Submitted is not open"):
        h.then(arrived, h.WAY[0])


def test_the_newest_paper_of_a_form_is_found() -> None:
    newer = h.then(
        h.until(e.PaperIssued), h.PAPER.model_copy(update={"document": "o9"})
    )

    assert (newer.paper("01"), newer.paper("02")) == ("o9", None)


def test_opinions_are_counted_until_they_come() -> None:
    asked, came = h.ELSE[5], h.ELSE[6]
    working = h.until(e.Transferred)

    assert h.then(working, asked, asked, came).pending_opinions == 1
    assert h.then(working, came).pending_opinions == 0


def test_the_chief_gives_it_to_another_officer() -> None:
    assigned = h.then(h.until(e.Transferred), h.ELSE[3])

    assert (assigned.holder, assigned.specialist) == ("cb03", "cb03")
