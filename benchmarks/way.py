"""The least the law lets a dossier do on its way through the five steps."""

from datetime import UTC, datetime, timedelta

from dossiers import events as e
from dossiers.change import Change
from dossiers.dossier import Dossier
from dossiers.values import Actor, Channel, SubmittedComponent

AGENCY = "H49.99.01"
START = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
DUE = START + timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_SYMBOL = "TTHC-UBND"


def _actor(officer: str, position: str) -> Actor:
    return Actor(id=officer, position=position, agency=AGENCY)


_COUNTER = _actor("canbo1", "counter")
_EXPERT = _actor("cv1", "specialist")
_LEADER = _actor("lanhdao", "leader")
_CLERK = _actor("vanthu", "clerk")

Group = tuple[Actor, tuple[e.Fact, ...]]


def submission(number: int) -> Change:
    """Hand dossier `b<number>` in; this comes before the five steps."""
    arrived = e.Submitted(
        code=f"{AGENCY}-250303-{number:05d}",
        procedure="1.001193@G15",
        procedure_version="5f" * 32,
        channel=Channel.DIRECT,
        receiving_agency=AGENCY,
        applicant="p1",
        owner="p1",
        components=(SubmittedComponent(code="G17-KQ1", original=1, document="x1"),),
        holder=_COUNTER.id,
        private_digest="ab" * 32,
    )
    return _change(f"b{number}", 0, START, (_COUNTER, (arrived,)))


def steps(number: int) -> tuple[Group, ...]:
    """List the acts of the five steps: two of them are the signature and the seal."""
    over = e.TransferOffered(competent_agency=AGENCY, unit="x", officer=_EXPERT.id)
    accepted = e.Transferred(holder=_EXPERT.id, standing_rule="x")
    reserved = e.NumberReserved(agency=AGENCY, year=2025, number=number, symbol=_SYMBOL)
    processed = e.Processed(decision="granted", result="KQ1", holder=_LEADER.id)
    return (
        (_COUNTER, (_RECEIVED,)),
        (_COUNTER, (over, accepted)),
        (_EXPERT, (reserved, processed)),
        (_LEADER, (_PREPARED, _REVIEWED, _SIGNED, _assigned(number))),
        (_CLERK, (_SEALED, e.Signed(holder=_COUNTER.id), _ISSUED)),
        (_COUNTER, (e.Returned(method="counter", receiver="p1"),)),
    )


_RECEIVED = e.Received(
    counts_from=START,
    due_at=DUE,
    committed_limit="5wd",
    statutory_limit="5wd",
    statutory_due_at=DUE,
    calendar="vn-office-1",
    rules="2025-07-01",
    provisional=False,
)
_PREPARED = e.OutcomePrepared(document="o1", sha256="aa" * 32, verification_id="v1")
_REVIEWED = e.Reviewed(viewed_sha256="aa" * 32)
_SIGNED = e.SignedByPerson(
    document="o2", sha256="bb" * 32, certificate="01", holder=_CLERK.id
)
_SEALED = e.SealedByAgency(document="o3", sha256="cc" * 32, certificate="02")
_ISSUED = e.OutcomeIssued(document="o4")


def _assigned(number: int) -> e.NumberAssigned:
    return e.NumberAssigned(number=number, symbol=_SYMBOL)


def next_change(dossier: Dossier, group: Group) -> Change:
    """Make the change of one act, a minute after the last."""
    return _change(dossier.id, dossier.version, dossier.last_at + _MINUTE, group)


def work(dossier: Dossier) -> Change:
    """Record one piece of work: one event that may come any number of times."""
    return next_change(dossier, (_EXPERT, (e.WorkRecorded(activity="T04"),)))


def _change(dossier_id: str, expected: int, at: datetime, group: Group) -> Change:
    actor, facts = group
    return Change(
        dossier_id=dossier_id,
        expected=expected,
        actor=actor,
        command=f"{dossier_id}:{expected}",
        at=at,
        facts=facts,
    )
