"""A home of its own with an office at work: the steps with papers and effects."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.confirmation_rules import clean_decisions, obstacles
from dossiers.dossier import Dossier
from dossiers.parts import Do, next_part
from dossiers.ports import Person
from dossiers.procedure import Procedure
from dossiers.publication import publish
from dossiers.values import Channel, local
from infra.development_office import WARD, register
from infra.house import House
from infra.settings import Settings
from infra.wiring import open_house
from portal.demo import sample
from portal.demo.scans import scan
from steps.act import Order
from steps.process import process
from steps.receive import Handed, Submission, receive, submit
from steps.return_ import return_
from steps.sign import sign

PATIENCE_S = 120.0
SAMPLE = Path(sample.__file__).parent
DATABASE = "nambuoc.db"
_PAPERS = 2
_PERSON = Person(name="Nguyễn Văn Đo", id_number="000200000001", phone="0000000001")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One office with a published procedure of two papers, accepted by rule."""

    house: House
    procedure: Procedure

    @property
    def database(self) -> Path:
        """The home's database file."""
        return self.house.settings.home / DATABASE

    def submit(self, number: int) -> Dossier:
        """Hand a dossier in with fresh papers."""
        papers = tuple(
            Handed(one.code, content=scan(f"{number}".encode(), one.code))
            for one in self.procedure.required()
        )
        asked = Submission(
            procedure=self.procedure.reference,
            channel=Channel.DIRECT,
            receiving_agency=WARD,
            applicant=_PERSON,
            owner=_PERSON,
            components=papers,
        )
        return submit(self.house.office, asked, _order("canbo1"))

    def receive(self, dossier: Dossier) -> Dossier:
        """Receive it at the counter."""
        return receive(self.house.office, dossier.id, _order("canbo1"))

    def process(self, dossier: Dossier) -> Dossier:
        """Decide on it, as the one who holds it now."""
        held = self.house.office.dossiers.find(dossier.id)
        return process(self.house.office, held.id, _order(held.holder or ""))

    def sign(self, dossier: Dossier) -> Dossier:
        """Sign as the chairperson."""
        return sign(self.house.office, dossier.id, _order("lanhdao"))

    def seal(self, dossier: Dossier) -> Dossier:
        """Seal as the records clerk."""
        return sign(self.house.office, dossier.id, _order("vanthu"))

    def give_back(self, dossier: Dossier) -> Dossier:
        """Hand the outcome over."""
        return return_(self.house.office, dossier.id, _order("canbo1"))

    def settle(self, dossier: Dossier) -> None:
        """Do what the engine would do, here and without Prefect."""
        for shown in count(self._shown(dossier)):
            state = self.house.office.dossiers.find(dossier.id)
            part = next_part(state, shown)
            if not isinstance(part, Do):
                return
            self.house.settle(part.step, dossier.id)

    def engine_done(self) -> None:
        """Wait until the engine has brought every dossier to a wait or its end."""
        self.house.settled(patience_s=PATIENCE_S)

    def _shown(self, dossier: Dossier) -> int:
        row = self.house.runs.row(dossier.id)
        return row.shown if row else 0


def _order(officer: str) -> Order:
    return Order(officer, f"bench-{uuid4()}")


@contextmanager
def rehearsal(home: Path) -> Iterator[Rehearsal]:
    """Open a fresh home, publish one real procedure, let a rule accept hand-overs."""
    settings = Settings(
        home=home,
        database_url=f"sqlite:///{home / DATABASE}",
        lookup="http://127.0.0.1:8080/tra-cuu",
    )
    with open_house(settings) as house:
        rule = {"version": "bench-1", "standing_rule": "Quy chế đo đạc"}
        house.add_register(register().model_copy(update=rule))
        published = _published(house)
        house.catalogue.publish(published)
        yield Rehearsal(house, published)


def _published(house: House) -> Procedure:
    at = house.office.clock.now()
    day = local(at).date().replace(month=1, day=1)
    with (SAMPLE / "procedures.jsonl.gz").open("rb") as lines:
        drafts = [
            one.procedure for one in import_lines(lines) if isinstance(one, Draft)
        ]
    for draft in drafts:
        if obstacles(draft):
            continue
        made = publish(draft, clean_decisions(draft, day), confirmer="bench", at=at)
        if Channel.DIRECT in made.terms and len(made.required()) == _PAPERS:
            return made
    text = f"no clean procedure with {_PAPERS} papers in the sample"
    raise LookupError(text)
