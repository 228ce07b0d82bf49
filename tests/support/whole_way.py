"""A dossier's whole way on a real home, each time with the same command ids."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from dossiers.dossier import Dossier
from dossiers.ports import Person
from dossiers.procedure import Terms
from dossiers.publication import Decisions, publish
from dossiers.values import Channel, Step
from flows.sender import send_due
from infra.development_office import WARD
from infra.house import House
from infra.settings import from_environment
from infra.wiring import open_house
from steps.act import Order
from steps.process import process
from steps.receive import Handed, Submission, receive, submit
from steps.return_ import return_
from steps.sign import seal, sign_as_person
from steps.transfer import accept
from tests.support.catalogue import drafted
from tests.support.receiver import HttpNotices
from tests.support.scans import pdf

PAPER = "G17-KQ1"
LEASE_S = 0.2
WAY = "way"
FACTS = [
    "Submitted",
    "TechnicallyAcknowledged",
    "Received",
    "PaperIssued",
    "TransferOffered",
    "Transferred",
    "NumberReserved",
    "Processed",
    "OutcomePrepared",
    "Reviewed",
    "SignedByPerson",
    "NumberAssigned",
    "SealedByAgency",
    "Signed",
    "OutcomeIssued",
    "Returned",
]
"""What such a dossier's history holds, each once."""
Act = Callable[[House], object]
Does = Callable[..., Dossier]


def furnish(home: Path) -> None:
    """Make a home with one published procedure."""
    draft = drafted().procedure
    decisions = Decisions(
        rule="test",
        effective_from=date(2024, 1, 1),
        terms={one: Terms(limit="5wd", fees=()) for one in draft.channels},
        required={c.key: True for c in draft.components},
    )
    at = datetime(2024, 1, 1, tzinfo=UTC)
    with open_house(from_environment(home)) as house:
        house.catalogue.publish(publish(draft, decisions, confirmer="test", at=at))


def submission() -> Submission:
    """Write what the citizen hands in: one paper."""
    person = Person(name="Nguyễn Văn Thử", id_number="001080000001")
    return Submission(
        procedure="1.001193",
        channel=Channel.DIRECT,
        receiving_agency=WARD,
        applicant=person,
        owner=person,
        components=(Handed(PAPER, content=pdf()),),
    )


def walk(home: Path, url: str | None, point: str | None) -> None:
    """
    Go the whole way, or what is left of it, and collect orphans at the end.

    Notices go to the receiver at `url`, else to the embedded one; the process dies at
    `point`, when that is given.
    """
    os.environ.pop("NAMBUOC_CRASHPOINT", None)
    if point is not None:
        os.environ["NAMBUOC_CRASHPOINT"] = point
    with open_house(from_environment(home)) as house:
        told = replace(house, notices=HttpNotices(url)) if url else house
        for act in acts():
            act(told)
        send_all(told)
        told.collect_orphans(0)


def send_all(house: House) -> None:
    """Send until nothing waits; the lease of a dead sender ends quickly here."""
    while house.effects.counts()["waiting"]:
        if not send_due(house, f"sender-{os.getpid()}", lease_s=LEASE_S):
            time.sleep(LEASE_S / 4)


def dossier_of(house: House, name: str = WAY) -> Dossier:
    """Find the dossier of this name as it stands now."""
    found = house.dossiers.answered(f"{name}-submit")
    assert found is not None
    return house.dossiers.find(found.id)


def acts(name: str = WAY) -> tuple[Act, ...]:
    """List all that is done to the dossier of this name, by officers and engine."""
    return tuple(
        _rest(name, one) if isinstance(one, Step) else _click(name, *one)
        for one in _ORDER
    )


def clicks(name: str) -> tuple[Act, ...]:
    """List only what officers do."""
    return tuple(_click(name, *one) for one in _ORDER if not isinstance(one, Step))


def _click(name: str, verb: str, does: Does, actor: str | None) -> Act:
    def click(house: House) -> object:
        order = Order(actor or "", f"{name}-{verb}")
        if does is submit:
            return submit(house.office, submission(), order)
        dossier = dossier_of(house, name)
        offered = dossier.offer.officer if dossier.offer else dossier.holder
        order = replace(order, actor=actor or offered or "")
        return does(house.office, dossier.id, order)

    return click


def _rest(name: str, step: Step) -> Act:
    return lambda house: house.settle(step, dossier_of(house, name).id)


_ORDER: tuple[Step | tuple[str, Does, str | None], ...] = (
    ("submit", submit, "canbo1"),
    ("receive", receive, "canbo1"),
    Step.RECEIVE,
    ("accept", accept, None),
    Step.TRANSFER,
    ("process", process, None),
    Step.PROCESS,
    ("sign", sign_as_person, "lanhdao"),
    ("seal", seal, "vanthu"),
    Step.SIGN,
    ("return", return_, "canbo1"),
    Step.RETURN,
)
