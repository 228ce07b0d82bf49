"""What is done with one message: opened, checked, and given to the steps."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

from dossiers.codes import ProcedureReference
from dossiers.dossier import Dossier
from dossiers.errors import MalformedError, NotFoundError, RefusedError
from dossiers.values import ENGINE, local
from infra.house import House
from infra.intake import intake_of
from infra.intake_topic.message import (
    SealedAnswer,
    SealedPaper,
    SealedSubmission,
    content_of,
)
from infra.intake_topic.refusing import Name, NotTakenError, Reason
from infra.intake_topic.sealing import LONGEST, Key, unseal
from infra.wire.messages import ANSWER, IntakeMessage, Reference, Sealed
from steps.act import Order
from steps.digitization import Handed, demand_known
from steps.receive import submit
from steps.supplement import receive_supplement
from storage.intake.verdict import Check

FOLDER = "intake/"
"""Where in the object store the objects lie that messages refer to."""
_LONGEST_OBJECT = LONGEST * 4 // 3 + 4096
_IN_SOURCE, _IN_ID = "/~?#@!$&()*+,;=", "/~@+="


@dataclass(frozen=True, slots=True)
class Desk:
    """Where messages are opened: the house and its keys."""

    house: House
    keys: Sequence[Key]

    def take(self, message: IntakeMessage) -> Dossier:
        """
        Do what a message asks for, once: a repeat finds the dossier that it made.

        Raises NotTakenError and what the steps raise.
        """
        command = command_of(Name(message.source, message.id))
        done = self.house.office.dossiers.answered(command)
        if done is not None:
            return done
        plaintext = unseal(self._sealed(message), self.keys)
        if message.type == ANSWER:
            return self._answer(content_of(plaintext, SealedAnswer), command)
        return self._submit(content_of(plaintext, SealedSubmission), command)

    def _submit(self, content: SealedSubmission, command: str) -> Dossier:
        office = self.house.office
        day = local(office.clock.now()).date()
        with _named(Reason.PROCEDURE_UNKNOWN):
            ProcedureReference.parse(content.procedure)
        with _named(Reason.PROCEDURE_UNKNOWN, malformed=Reason.PROCEDURE_AMBIGUOUS):
            procedure = office.procedures.get(content.procedure, day)
        with _named(Reason.AGENCY_UNKNOWN):
            register = office.offices.current()
            agency = register.agency(content.receiving_agency)
            register.first(agency.code, "counter")
        with _named(Reason.CHANNEL_CLOSED):
            procedure.terms_of(content.channel)
        with _named(Reason.COMPONENT_UNKNOWN):
            demand_known(procedure, [paper.code for paper in content.components])
        handed = self._checked(content.components)
        return submit(office, content.submission(handed), Order(ENGINE, command))

    def _answer(self, content: SealedAnswer, command: str) -> Dossier:
        office = self.house.office
        with _named(Reason.DOSSIER_UNKNOWN):
            dossier = office.dossiers.find(content.dossier)
        procedure = office.procedures.version(dossier.procedure_version)
        with _named(Reason.COMPONENT_UNKNOWN):
            demand_known(procedure, [paper.code for paper in content.components])
        handed = self._checked(content.components)
        order = Order(ENGINE, command)
        return receive_supplement(office, dossier.id, order, handed=handed)

    def _sealed(self, message: IntakeMessage) -> str | bytes:
        if isinstance(message.data, Sealed):
            return message.data.jwe
        return self._fetched(message.data.reference)

    def _fetched(self, reference: Reference) -> bytes:
        """Read the object, whole and as its digest says; UnavailableError."""
        if not reference.key.startswith(FOLDER):
            raise NotTakenError(Reason.REFERENCE_OUTSIDE)
        outside = Reason.REFERENCE_OUTSIDE
        with (
            _named(Reason.REFERENCE_MISSING, malformed=outside),
            self.house.objects.open(reference.key) as file,
        ):
            sealed = file.read(_LONGEST_OBJECT + 1)
        if len(sealed) > _LONGEST_OBJECT:
            raise NotTakenError(Reason.REFERENCE_TOO_LONG)
        if hashlib.sha256(sealed).hexdigest() != reference.sha256:
            raise NotTakenError(Reason.REFERENCE_DIFFERS)
        return sealed.strip()

    def _checked(self, papers: tuple[SealedPaper, ...]) -> tuple[Handed, ...]:
        """Let each file through the intake; NotTakenError for one it rejects."""
        return tuple(self._handed(n, one) for n, one in enumerate(papers, start=1))

    def _handed(self, number: int, paper: SealedPaper) -> Handed:
        if paper.content is None:
            return paper.asked()
        with _in_memory(paper.content) as file:
            checked = intake_of(self.house.settings).check(file)
        if checked.verdict == "reject":
            raise NotTakenError(Reason.FILE_REJECTED, *_told(number, checked))
        return paper.handed(paper.content, checked)


def command_of(name: Name) -> str:
    """Make the command id of a message: two names never make the same."""
    source = quote(name.source, safe=_IN_SOURCE)
    return f"intake:{source}:{quote(name.id, safe=_IN_ID)}"


def _told(number: int, checked: Check) -> tuple[str, str]:
    vi = " ".join(reason.vi for reason in checked.reasons)
    en = " ".join(reason.en for reason in checked.reasons)
    return f"{number} ({vi})", f"{number} ({en})"


@contextmanager
def _in_memory(content: bytes) -> Iterator[BinaryIO]:
    """Lend a file that never touches a disk: what was sealed stays so."""
    with os.fdopen(os.memfd_create("intake", os.MFD_CLOEXEC), "w+b") as file:
        file.write(content)
        file.flush()
        yield file


@contextmanager
def _named(reason: Reason, *, malformed: Reason | None = None) -> Iterator[None]:
    """Give a refusal of others a reason of ours, and none of their words."""
    try:
        yield
    except NotTakenError:
        raise
    except (NotFoundError, RefusedError):
        raise NotTakenError(reason) from None
    except MalformedError:
        raise NotTakenError(malformed or reason) from None
