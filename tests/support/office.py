"""An office over ports in memory, with the real printer and the real signer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.confirmation_rules import clean_decisions
from dossiers.dossier import Dossier
from dossiers.parties import Agency, Officer, Register
from dossiers.ports import Person
from dossiers.procedure import Procedure
from dossiers.publication import publish
from dossiers.values import LOCAL, Channel
from infra.development_office import WARD
from infra.development_office import register as development
from infra.ids import Ids
from infra.printer.press import TypstPrinter
from portal.demo.scans import scan
from signing.development import DevelopmentSigner
from signing.verification.trust import Trust
from signing.verification.verify import PdfVerifier
from steps import process, receive, transfer
from steps.act import Order
from steps.digitization import Handed
from steps.office import Office
from storage.memory.catalog import (
    InMemoryCalendars,
    InMemoryOffices,
    InMemoryPersons,
    InMemoryProcedures,
)
from storage.memory.kernel import Memory

SAMPLE = Path(__file__).parents[2] / "portal/demo/sample/procedures.jsonl.gz"
CODE = "1.004194"
PERSON = Person(name="Nguyễn Thị Thử", id_number="001190000001")
MONDAY = datetime(2025, 3, 3, 9, 0, tzinfo=LOCAL)
FAR = "H49.99.02"
FAR_COUNTER, FAR_LEADER = "canboxa", "lanhdaoxa"
PAGE = scan(b"steps", "Tờ khai")


class Hands:
    """A clock that the test turns."""

    def __init__(self, at: datetime) -> None:
        """Start at an instant."""
        self.at = at

    def now(self) -> datetime:
        """Tell the instant it was turned to."""
        return self.at

    def following(self, cause: datetime) -> datetime:
        """Tell the same, never before the cause."""
        return max(self.at, cause)

    def turn(self, **more: float) -> None:
        """Let time go by, as `timedelta` counts it."""
        self.at += timedelta(**more)


@dataclass(frozen=True, slots=True)
class Room:
    """The office with what a test looks at: clock, journal, effects."""

    office: Office
    clock: Hands
    memory: Memory

    @property
    def size(self) -> int:
        """Count the events of the journal."""
        return self.memory.journal.head().size


@cache
def procedure() -> Procedure:
    """Publish one real procedure: two papers, three working days."""
    with SAMPLE.open("rb") as lines:
        drafts = [
            one.procedure for one in import_lines(lines) if isinstance(one, Draft)
        ]
    draft = next(one for one in drafts if one.code == CODE)
    decided = clean_decisions(draft, MONDAY.date())
    return publish(draft, decided, confirmer="lanhdao", at=MONDAY)


def register() -> Register:
    """Add a second ward to the development office."""
    known = development()
    far = Agency(code=FAR, name="Ủy ban nhân dân xã Xa", short="UBND", place="Xa")
    more = [
        Officer.model_validate(
            {"id": name, "name": name, "position": role, "agency": FAR, "unit": "x"}
            | {"roles": (role,)}
        )
        for name, role in ((FAR_COUNTER, "counter"), (FAR_LEADER, "leader"))
    ]
    return known.model_copy(
        update={
            "agencies": (*known.agencies, far),
            "officers": (*known.officers, *more),
        }
    )


def room(pki: Path) -> Room:
    """Open an office; keys and certificates are made in the folder once."""
    clock, ids = Hands(MONDAY), Ids(b"k" * 32)
    memory = Memory(ids, clock.now)
    offices = InMemoryOffices(register())
    signer = DevelopmentSigner(pki, offices)
    office = Office(
        dossiers=memory.dossiers,
        documents=memory.documents,
        procedures=InMemoryProcedures(procedure()),
        calendars=InMemoryCalendars(),
        offices=offices,
        persons=InMemoryPersons(ids),
        clock=clock,
        ids=ids,
        printer=TypstPrinter(),
        signer=signer,
        verifier=PdfVerifier(Trust.parse(signer.pki.trust_pem)),
        lookup="http://127.0.0.1:8080/tra-cuu",
    )
    return Room(office, clock, memory)


_COUNT = iter(range(10**6))


def by(officer: str, *, expect: int | None = None) -> Order:
    """Make a new order of an officer."""
    return Order(officer, f"command-{next(_COUNT)}", expect)


def papers(*codes: str) -> tuple[Handed, ...]:
    """Hand in one page for each component (default: all that are required)."""
    wanted = codes or tuple(one.code for one in procedure().required())
    return tuple(Handed(code, content=PAGE) for code in wanted)


def submitted(here: Room, handed: tuple[Handed, ...] | None = None) -> Dossier:
    """Submit at the ward's counter."""
    submission = receive.Submission(
        procedure=CODE,
        channel=Channel.DIRECT,
        receiving_agency=WARD,
        applicant=PERSON,
        owner=PERSON,
        components=papers() if handed is None else handed,
    )
    return receive.submit(here.office, submission, by("canbo1"))


def received(here: Room) -> Dossier:
    """Receive a complete submission."""
    return receive.receive(here.office, submitted(here).id, by("canbo1"))


def in_process(here: Room) -> Dossier:
    """Hand it over to cv1, who accepts."""
    key = received(here).id
    transfer.offer(here.office, key, by("canbo1"), to="cv1")
    return transfer.accept(here.office, key, by("cv1"))


def processed(here: Room) -> Dossier:
    """Let cv1 close the step; lanhdao holds it now."""
    return process.process(here.office, in_process(here).id, by("cv1"))
