"""Changes as the steps make them: one dossier's way, act by act."""

from datetime import UTC, datetime, timedelta

from dossiers import events as e
from dossiers.change import Change, Effect, Private
from dossiers.dossier import Dossier
from dossiers.values import Actor, Channel, SubmittedComponent

AGENCY = "H49.34.12"
START = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
DUE = datetime(2025, 3, 12, 10, 0, tzinfo=UTC)
PARTIES = Private("parties", b'{"name":"Nguyen Van A"}', b"0123456789abcdef")
OFFICER = Actor(id="cb01", position="cong-chuc", agency=AGENCY)
CLERK = Actor(id="vt01", position="van-thu", agency=AGENCY)


def code(number: int) -> str:
    """Write the code of the day's dossier of this number."""
    return f"{AGENCY}-250303-{number:04d}"


def submitted(number: int = 1, *, command: str | None = None) -> Change:
    """Hand a dossier in; its id is `d<number>`."""
    arrived = e.Submitted(
        code=code(number),
        procedure="1.001193@G15",
        procedure_version="5f" * 32,
        channel=Channel.DIRECT,
        receiving_agency=AGENCY,
        applicant="p1",
        owner="p1",
        components=(SubmittedComponent(code="G17-KQ1", original=1, document="x1"),),
        holder=OFFICER.id,
        private_digest=PARTIES.digest,
    )
    return Change(
        dossier_id=f"d{number}",
        expected=0,
        actor=OFFICER,
        command=command or f"c{number}:submit",
        at=START,
        facts=(arrived, e.TechnicallyAcknowledged()),
        effects=(Effect("notice-acknowledged", "p1", code(number)),),
        private=(PARTIES,),
    )


def act(
    dossier: Dossier,
    *facts: e.Fact,
    command: str | None = None,
    shown: int | None = None,
    actor: Actor = OFFICER,
) -> Change:
    """Act on a dossier one minute after its last event."""
    return Change(
        dossier_id=dossier.id,
        expected=dossier.version,
        actor=actor,
        command=command or f"{dossier.id}:{dossier.version}",
        at=dossier.last_at + timedelta(minutes=1),
        facts=facts,
        shown=shown,
    )


RECEIVED = e.Received(
    counts_from=START,
    due_at=DUE,
    committed_limit="7wd",
    statutory_limit="7wd",
    statutory_due_at=DUE,
    calendar="vn-office-1",
    rules="2025-07-01",
    provisional=False,
)
OFFERED = e.TransferOffered(competent_agency=AGENCY, unit="dc", officer="cb02")
ACCEPTED = e.Transferred(holder="cb02")
WORK = e.WorkRecorded(activity="T04")
PREPARED = e.OutcomePrepared(document="o1", sha256="aa", verification_id="v1")
SIGNED = e.SignedByPerson(document="o2", sha256="bb", certificate="01", holder="vt01")
SEALED = e.SealedByAgency(document="o3", sha256="cc", certificate="02")


def reserved(number: int) -> e.NumberReserved:
    """Reserve a document number of 2025."""
    return e.NumberReserved(agency=AGENCY, year=2025, number=number, symbol="QD-UBND")


PROCESSED = e.Processed(decision="granted", result="KQ1", holder="ct01")


def acts(number: int) -> tuple[tuple[Actor, tuple[e.Fact, ...]], ...]:
    """List the groups of facts that lead from receipt to return."""
    assigned = e.NumberAssigned(number=number, symbol="QD-UBND")
    return (
        (OFFICER, (RECEIVED,)),
        (OFFICER, (OFFERED, ACCEPTED)),
        (OFFICER, (WORK,)),
        (OFFICER, (reserved(number), PROCESSED)),
        (OFFICER, (PREPARED,)),
        (OFFICER, (e.Reviewed(viewed_sha256="aa"), SIGNED)),
        (CLERK, (assigned, SEALED, e.Signed(holder="cb01"))),
        (OFFICER, (e.OutcomeIssued(document="o3"),)),
        (OFFICER, (e.Returned(method="counter", receiver="p1"),)),
    )
