"""What a submission says, whoever writes it: a file of the counter, or a message."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, Field

from dossiers.ports import Person
from dossiers.reuse_rules import NOBODY_KNOWS, PaperIdentity
from dossiers.values import Channel, Value
from infra.intake import Check
from steps.digitization import Handed
from steps.receive import Submission


class WrittenPaper(Value):
    """
    One paper: code in the procedure, how many originals and copies.

    `identity`: number, issuer, days of issue and expiry, as they stand on it. Where its
    content is, a sub-class says; without any it is asked from the owner's store.
    """

    code: str
    original: int = Field(default=1, ge=0)
    copy_: int = Field(default=0, ge=0, alias="copy")
    identity: PaperIdentity = NOBODY_KNOWS

    def handed(self, content: bytes, checked: Check) -> Handed:
        """Hand it in with its content; one that is doubtful waits in quarantine."""
        return Handed(
            self.code,
            self.original,
            self.copy_,
            content=content,
            media_type=checked.type,
            identity=self.identity,
            doubtful=checked.verdict == "quarantine",
        )

    def asked(self) -> Handed:
        """Ask it from the owner's store."""
        return Handed(self.code, self.original, self.copy_)


def _identified(person: Person) -> Person:
    """Demand a name and an id number: two persons without one would be the same."""
    if person.name.strip() and person.id_number.strip():
        return person
    text = "name, id_number: must not be empty"
    raise ValueError(text)


P = TypeVar("P", bound=WrittenPaper)


class WrittenSubmission(Value, Generic[P]):
    """Who asks for what, and with which papers; unknown keys are refused."""

    procedure: str
    channel: Channel
    receiving_agency: str
    applicant: Annotated[Person, AfterValidator(_identified)]
    owner: Annotated[Person, AfterValidator(_identified)]
    components: tuple[P, ...]

    def submission(self, handed: tuple[Handed, ...]) -> Submission:
        """Make what `steps.receive.submit` takes, with its checked papers."""
        return Submission(
            procedure=self.procedure,
            channel=self.channel,
            receiving_agency=self.receiving_agency,
            applicant=self.applicant,
            owner=self.owner,
            components=handed,
        )


class WrittenAnswer(Value, Generic[P]):
    """The answer to a supplement request: only the papers."""

    components: tuple[P, ...]
