"""Whatever the law lets happen, a dossier stays what the law says it is."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dossiers import events as e
from dossiers.dossier import CLOSED, SIGNING, Dossier, Status
from dossiers.envelope import decode, encode
from dossiers.errors import IllegalTransitionError, TamperedError
from dossiers.fold import after, fold
from dossiers.parts import Do, End, next_part, wakes
from dossiers.transitions import ALLOWED
from dossiers.values import Step
from dossiers.views import digest_of
from tests.support import changes as c
from tests.support import histories as h

CLOSING = (e.Received, e.Transferred, e.Processed, e.Signed, e.Returned)
SAMPLES = {type(fact): fact for fact in (*h.WAY, *h.ELSE, *h.PAPERS)}
RESTS = {
    Status.RECEIVED: (h.PAPER, c.OFFERED, c.ACCEPTED),
    Status.PROCESSED: (c.PREPARED,),
    Status.SIGNED: (h.ISSUED,),
}


def likely(kind: type[e.Fact], dossier: Dossier) -> e.Fact:
    """Give the fact of this kind that fits the dossier best."""
    fact = SAMPLES[kind]
    if isinstance(fact, e.SupplementRequested) and dossier.step is Step.RECEIVE:
        return fact.model_copy(update={"stage": "reception"})
    if isinstance(fact, e.Processed) and dossier.reason is not None:
        return fact.model_copy(update={"decision": "refused"})
    if isinstance(fact, e.AppointmentMoved) and dossier.clock is not None:
        later = dossier.clock.appointed_at + timedelta(days=1)
        return fact.model_copy(update={"due_at": later})
    return fact


def open_at(kind: type[e.Fact]) -> frozenset[Status]:
    """Say in which statuses the law lets this kind follow."""
    return ALLOWED.get(kind, frozenset())


class _Life(RuleBasedStateMachine):
    """A dossier between officers who try anything and an engine that may sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.events = list(h.history(h.WAY[:1]))
        self.dossier = fold(self.events)
        self.shown = 0
        self.woken = True

    @initialize(far=st.integers(1, len(h.WAY) - 1))
    def the_engine_slept_so_far(self, far: int) -> None:
        self.events = list(h.history(h.WAY[:far]))
        self.dossier = fold(self.events)

    def tell(self, fact: e.Fact, minutes: int) -> None:
        at = self.dossier.last_at + timedelta(minutes=minutes)
        event = h.event(self.dossier, fact).model_copy(update={"occurred_at": at})
        before, self.dossier = self.dossier, after(self.dossier, event)
        self.events.append(event)
        self.woken |= wakes(before, self.dossier, self.shown)

    @rule(data=st.data(), minutes=st.integers(0, 5000))
    def somebody_goes_on(self, data: st.DataObject, minutes: int) -> None:
        ways = [type(f) for f in h.WAY if self.dossier.status in open_at(type(f))]
        self.attempt(data.draw(st.sampled_from(ways)), minutes)

    @rule(data=st.data(), minutes=st.integers(0, 5000))
    def somebody_does_what_may_follow(self, data: st.DataObject, minutes: int) -> None:
        ways = [kind for kind in SAMPLES if self.dossier.status in open_at(kind)]
        self.attempt(data.draw(st.sampled_from(ways)), minutes)

    def attempt(self, kind: type[e.Fact], minutes: int) -> None:
        before = self.dossier
        back = kind is e.NumberVoided and before.status in SIGNING
        facts = (h.VOIDED, h.SENT_BACK) if back else (likely(kind, before),)
        try:
            for fact in facts:
                self.tell(fact, minutes)
        except IllegalTransitionError:
            assert self.dossier is before

    @rule(data=st.data())
    def somebody_does_what_may_not_follow(self, data: st.DataObject) -> None:
        shut = [kind for kind in SAMPLES if self.dossier.status not in open_at(kind)]
        kind = data.draw(st.sampled_from(shut))
        with pytest.raises(IllegalTransitionError):
            self.tell(likely(kind, self.dossier), 1)

    @rule()
    def the_engine_runs_when_it_was_woken(self) -> None:
        parts = 0
        while self.woken and isinstance(
            part := next_part(self.dossier, self.shown), Do
        ):
            parts += 1
            for fact in RESTS.get(self.dossier.status, ()):
                self.tell(fact, 0)
            self.shown = max(self.shown, part.step.number)
        self.woken = False
        assert parts <= len(Step)

    @invariant()
    def nothing_is_left_undone_by_an_engine_that_sleeps(self) -> None:
        if self.woken:
            return
        part = next_part(self.dossier, self.shown)
        early = CLOSED - {Status.RETURNED}
        assert not isinstance(part, Do)
        assert isinstance(part, End) is (not self.dossier.open)
        assert self.dossier.status in early or self.shown >= self.dossier.reached

    @invariant()
    def one_holder_while_open_and_none_after(self) -> None:
        assert (self.dossier.holder is not None) is self.dossier.open
        assert (self.dossier.ended_at is not None) is not self.dossier.open

    @invariant()
    def steps_close_in_order(self) -> None:
        told = [type(event.fact) for event in self.events]
        closed = [CLOSING.index(kind) + 1 for kind in told if kind in CLOSING]
        back = told.count(e.SentBack)
        assert closed == sorted(closed)
        assert set(closed) == set(range(1, max(closed, default=0) + 1))
        assert all(n == 3 or closed.count(n) == 1 for n in closed)
        open_again = told.count(e.Processed) == back > 0
        assert self.dossier.reached == (2 if open_again else max(closed, default=0))

    @invariant()
    def person_then_number_then_seal(self) -> None:
        told = [type(event.fact) for event in self.events]
        order = (e.Reviewed, e.SignedByPerson, e.NumberAssigned, e.SealedByAgency)
        done = [kind in told for kind in order]
        assert done == sorted(done, reverse=True)
        last = [len(told) - told[::-1].index(k) for k in order if k in told]
        assert last == sorted(last)
        assert all(told.count(kind) <= 1 for kind in order[1:])
        if e.SignedByPerson in told:
            assert {e.Withdrawn, e.Stopped, e.SentBack} & set(told[last[1] :]) == set()

    @invariant()
    def promises_are_kept(self) -> None:
        told = Counter(type(event.fact) for event in self.events)
        assert told[e.Received] <= 1
        assert told[e.AppointmentMoved] <= min(1, told[e.ApologyDrafted])
        assert told[e.NumberReserved] - told[e.NumberVoided] in {0, 1}
        pauses = self.dossier.pauses
        assert all(pause.end is not None for pause in pauses[:-1])
        bounds = [at for p in pauses for at in (p.start, p.end) if at is not None]
        assert bounds == sorted(bounds)
        if (clock := self.dossier.clock) is not None and not self.dossier.moved:
            assert clock.appointed_at == clock.due_at

    @invariant()
    def attempts_count_how_often_a_step_was_entered(self) -> None:
        told = Counter(type(event.fact) for event in self.events)
        entered = (1, told[e.Received], told[e.Transferred] + told[e.SentBack])
        assert self.dossier.entered[:3] == entered
        assert self.dossier.entered[3:] == (told[e.Processed], told[e.Signed])

    def teardown(self) -> None:
        bodies = [encode(event, "t") for event in self.events]
        read = [decode(body) for body in bodies]
        assert [encode(event, "t") for event in read] == bodies
        assert fold(read) == self.dossier
        assert digest_of([fold(read)]) == digest_of([self.dossier])


TestLife = _Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

WHOLE = h.history(h.WAY)
PLACES = st.integers(0, len(WHOLE) - 1)


@given(PLACES, PLACES)
def test_events_out_of_order_are_refused(one: int, other: int) -> None:
    mixed = list(WHOLE)
    mixed[one], mixed[other] = mixed[other], mixed[one]

    if one == other:
        assert fold(mixed).status is Status.RETURNED
        return
    with pytest.raises(TamperedError):
        fold(mixed)


@given(PLACES, st.integers(0, 3))
def test_events_repeated_or_left_out_are_refused(place: int, times: int) -> None:
    told = [*WHOLE[:place], *[WHOLE[place]] * times, *WHOLE[place + 1 :]]
    whole = times == 1 or (times == 0 and place == len(WHOLE) - 1)

    if whole:
        assert fold(told).version == len(told)
        return
    with pytest.raises(TamperedError):
        fold(told)


@given(st.integers(1, len(WHOLE) - 1), st.timedeltas(timedelta.resolution))
def test_time_never_runs_back(place: int, back: timedelta) -> None:
    at = WHOLE[place - 1].occurred_at - min(back, timedelta(days=700_000))
    early = WHOLE[place].model_copy(update={"occurred_at": at})

    with pytest.raises(TamperedError, match="goes back in time"):
        fold([*WHOLE[:place], early])
