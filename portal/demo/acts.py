"""Perform one planned act on the house through the same steps that officers use."""

from dataclasses import dataclass
from functools import lru_cache

from dossiers.dossier import Dossier
from dossiers.ports import Person
from dossiers.procedure import Procedure
from dossiers.values import Channel
from infra.house import House
from portal.demo import deeds as d
from portal.demo.draw import procedure as draw_procedure
from portal.demo.offices import WARD
from portal.demo.people import person
from portal.demo.scans import scan
from steps.act import Order
from steps.process import process, resume, suspend, work
from steps.receive import Handed, Submission, receive, submit
from steps.return_ import return_
from steps.reusing import Asker, offers
from steps.sign import seal, sign_as_person
from steps.stopping import withdraw
from steps.supplement import Ask, receive_supplement, request_supplement


@dataclass(frozen=True, slots=True)
class Cast:
    """What every act of one demo shares: seed and publishable procedures."""

    seed: bytes
    published: tuple[Procedure, ...]

    def procedure(self, case_id: str, channel: Channel) -> Procedure:
        """Draw the case's procedure among those open on its channel."""
        fitting = [one for one in self.published if channel in one.terms]
        return fitting[draw_procedure(self.seed, case_id, len(fitting))]


def perform(house: House, cast: Cast, act: d.Act, dossier: Dossier | None) -> Dossier:
    """Do the act once; a repeat gives the dossier as the act left it."""
    order = Order(act.officer, act.command)
    if isinstance(act.deed, d.Submit):
        return _submit(house, cast, act, order)
    if dossier is None:
        raise AssertionError(act)  # unreachable: a course begins with its submission
    if isinstance(act.deed, d.AskSupplement | d.AnswerSupplement):
        return _supplement(house, dossier, act, order)
    return _step(house, dossier, act.deed, order)


def _submit(house: House, cast: Cast, act: d.Act, order: Order) -> Dossier:
    if not isinstance(act.deed, d.Submit):
        raise TypeError(act.deed)
    if (done := house.office.dossiers.answered(order.command)) is not None:
        return done
    found = cast.procedure(act.case_id, act.deed.channel)
    owner = person(cast.seed, act.deed.owner)
    submission = Submission(
        procedure=found.reference,
        channel=act.deed.channel,
        receiving_agency=WARD,
        applicant=owner,
        owner=owner,
        components=_papers(house, found, owner, act, channel=act.deed.channel),
    )
    return submit(house.office, submission, order)


def _papers(
    house: House, found: Procedure, owner: Person, act: d.Act, *, channel: Channel
) -> tuple[Handed, ...]:
    """
    Hand in what the owner's store cannot give.

    What lies there of this very act was uploaded before a kill, what is newer comes
    from a smaller run that went further: both came too late to count.
    """
    owner_id = house.office.persons.resolve(owner, act.at)
    asker = Asker(owner_id, owner_id, channel, act.at)
    kept = offers(house.office, found, found.required(), asker)
    return tuple(
        Handed(
            component.code,
            component.original,
            component.copy_,
            content=None
            if kept[component.code].best and component.eligible
            else scan(f"{act.command}:{component.code}".encode(), component.code),
        )
        for component in found.required()
    )


def _supplement(house: House, dossier: Dossier, act: d.Act, order: Order) -> Dossier:
    office = house.office
    first = dossier.components[0].code
    if isinstance(act.deed, d.AskSupplement):
        ask = Ask((first,), act.deed.reason, act.deed.override)
        return request_supplement(office, dossier.id, order, ask)
    paper = Handed(first, content=_page(act.command))
    return receive_supplement(office, dossier.id, order, handed=(paper,))


@lru_cache(maxsize=8)
def _page(command: str) -> bytes:
    return scan(command.encode(), "Giấy tờ bổ sung")


def _step(house: House, dossier: Dossier, deed: d.Deed, order: Order) -> Dossier:
    office, key = house.office, dossier.id
    match deed:
        case d.Receive(terms):
            return receive(office, key, order, terms=terms)
        case d.Do(done):
            return work(office, key, order, done=done)
        case d.Suspend(ground):
            return suspend(office, key, order, ground=ground)
        case d.Resume():
            return resume(office, key, order)
        case d.Process(refusal):
            return process(office, key, order, refusal=refusal)
        case _:
            return _close(house, dossier, deed, order)


def _close(house: House, dossier: Dossier, deed: d.Deed, order: Order) -> Dossier:
    office, key = house.office, dossier.id
    match deed:
        case d.Sign():
            return sign_as_person(office, key, order)
        case d.Seal():
            return seal(office, key, order)
        case d.Return(method):
            return return_(office, key, order, method=method)
        case d.Withdraw(reason):
            return withdraw(office, key, order, reason=reason)
        case _:
            raise TypeError(deed)
