"""Replay of planned acts by the pure fold: who may act, what the law lets follow."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dossiers import events as e
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.fold import after
from dossiers.parties import Register
from dossiers.rules import rules_on
from dossiers.values import ENGINE, local
from dossiers.working_time.calendars import default_calendar
from dossiers.working_time.due import Suspension, due_at
from dossiers.working_time.limits import Limit
from infra.development_office import WARD
from portal.demo.deeds import (
    Act,
    AnswerSupplement,
    AskSupplement,
    Do,
    Process,
    Receive,
    Resume,
    Return,
    Seal,
    Sign,
    Submit,
    Suspend,
    Withdraw,
)
from portal.demo.offices import CLERK, LEADER
from steps.transfer import hand_over

DRAFT = "aa"
NUMBER = e.NumberReserved(agency=WARD, year=2025, number=1, symbol="TTHC-UBND")


@dataclass(slots=True)
class Replay:
    """The dossiers as the acts so far left them, without engine or storage."""

    register: Register
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    histories: dict[str, list[Event]] = field(default_factory=dict)

    def perform(self, act: Act) -> None:
        """Do one act and its automatic rest; raises when it may not happen."""
        known = self.dossiers.get(act.case_id)
        assert known is None or known.last_at <= act.at
        demand_competent(known, act, self.register)
        for fact in facts_of(known, act):
            self._tell(act, fact, act.officer, act.at)
        for fact in self._rest(act):
            self._tell(act, fact, ENGINE, act.at + timedelta(seconds=1))

    def _tell(self, act: Act, fact: e.Fact, who: str, at: datetime) -> None:
        known = self.dossiers.get(act.case_id)
        version = known.version + 1 if known else 1
        event = Event(
            id=f"{act.case_id}-{version}",
            stream=f"dossier:{act.case_id}",
            version=version,
            occurred_at=at,
            actor=self.register.actor(who),
            command=act.command,
            fact=fact,
        )
        self.dossiers[act.case_id] = after(known, event)
        self.histories.setdefault(act.case_id, []).append(event)

    def _rest(self, act: Act) -> tuple[e.Fact, ...]:
        match act.deed:
            case Receive():
                return hand_over(self.register, self.dossiers[act.case_id])
            case Process():
                draft = e.OutcomePrepared(
                    document="d", sha256=DRAFT, verification_id="v"
                )
                return (draft,)
            case Seal():
                return (e.OutcomeIssued(document="d"),)
            case _:
                return ()


def demand_competent(known: Dossier | None, act: Act, register: Register) -> None:
    """Raise NotCompetentError, or fail, as the steps do for the wrong officer."""
    match act.deed:
        case Receive() | Return():
            register.demand(act.officer, "counter", rule="test")
        case AskSupplement(override=None):
            register.demand(act.officer, "specialist", rule="test")
        case AskSupplement():
            register.demand(act.officer, "head", rule="test")
        case Sign() | Seal() | Process() | Suspend() | Resume():
            assert known is not None
            assert known.holder == act.officer
        case Submit() | Do() | AnswerSupplement() | Withdraw():
            register.actor(act.officer)


def facts_of(known: Dossier | None, act: Act) -> tuple[e.Fact, ...]:
    """Say what the steps would say for this act, with an invented outcome."""
    if isinstance(act.deed, Submit):
        return (_submitted(act, act.deed), e.TechnicallyAcknowledged())
    assert known is not None
    match act.deed:
        case Process() | Sign() | Seal() | Return():
            return _closing(known, act.deed)
        case AskSupplement() | AnswerSupplement():
            return (_supplement(known, act.at, act.deed),)
        case _:
            return (_opening(known, act.at, act.deed),)


def _opening(
    known: Dossier, at: datetime, deed: Receive | Do | Suspend | Resume | Withdraw
) -> e.Fact:
    match deed:
        case Receive():
            return _received(deed)
        case Do():
            return deed.done
        case Suspend():
            return e.SuspensionStarted(ground=deed.ground)
        case Resume():
            due = _counted_anew(known, at)
            return e.SuspensionEnded(due_at=due, statutory_due_at=due)
        case Withdraw():
            return e.Withdrawn(reason=deed.reason)


def _closing(
    known: Dossier, deed: Process | Sign | Seal | Return
) -> tuple[e.Fact, ...]:
    match deed:
        case Process(refusal=None):
            return (NUMBER, e.Processed(decision="granted", result="K", holder=LEADER))
        case Process(refusal=why):
            done = e.Processed(decision="refused", result="K", holder=LEADER)
            return (e.ProcessingRefused(reason=why or ""), NUMBER, done)
        case Sign():
            return (
                e.Reviewed(viewed_sha256=DRAFT),
                e.SignedByPerson(
                    document="d", sha256="bb", certificate="1", holder=CLERK
                ),
                e.NumberAssigned(number=NUMBER.number, symbol=NUMBER.symbol),
            )
        case Seal():
            sealed = e.SealedByAgency(document="d", sha256="cc", certificate="2")
            return (sealed, e.Signed(holder=known.counter_officer))
        case Return():
            return (e.Returned(method=deed.method, receiver=known.applicant),)


def _submitted(act: Act, deed: Submit) -> e.Submitted:
    return e.Submitted(
        code=act.case_id,
        procedure="1.000001",
        procedure_version="1",
        channel=deed.channel,
        receiving_agency=WARD,
        applicant=f"p{deed.owner}",
        owner=f"p{deed.owner}",
        components=(),
        holder="r01",
        private_digest="",
    )


def _received(deed: Receive) -> e.Received:
    start, limit = deed.terms.counts_from, deed.terms.committed_limit
    assert start is not None
    assert limit is not None
    due = due_at(default_calendar(), start, Limit.parse(limit))
    return e.Received(
        counts_from=start,
        due_at=due,
        committed_limit=limit,
        statutory_limit=limit,
        statutory_due_at=due,
        calendar="vn",
        rules="r",
        provisional=False,
        officer=deed.terms.officer,
    )


def _supplement(
    known: Dossier, at: datetime, deed: AskSupplement | AnswerSupplement
) -> e.Fact:
    assert known.clock is not None
    if isinstance(deed, AskSupplement):
        if deed.override is None:
            _demand_in_time(known, at)
        return e.SupplementRequested(
            stage="appraisal",
            components=("c",),
            reason=deed.reason,
            override=deed.override,
        )
    limit = Limit.parse(known.clock.committed_limit)
    due = due_at(default_calendar(), at, limit)
    return e.SupplementReceived(
        components=(),
        clock_policy="reset",
        counts_from=at,
        due_at=due,
        statutory_due_at=due,
    )


def _demand_in_time(known: Dossier, at: datetime) -> None:
    rules = rules_on(local(at).date())
    assert known.received_at is not None
    assert known.supplements < rules.supplement_count.value
    limit = Limit.parse(rules.supplement_limit.value)
    assert at <= due_at(default_calendar(), known.received_at, limit)


def _counted_anew(known: Dossier, resumed_at: datetime) -> datetime:
    assert known.clock is not None
    pauses = [Suspension(p.start, p.end or resumed_at) for p in known.pauses]
    limit = Limit.parse(known.clock.committed_limit)
    return due_at(default_calendar(), known.clock.counts_from, limit, pauses)
