"""Step 2, chuyển: offer, be accepted; the giver holds until then."""

from zlib import crc32

from dossiers.dossier import Dossier
from dossiers.errors import NotCompetentError
from dossiers.events import AnyFact, OfficerAssigned, TransferOffered, Transferred
from dossiers.parties import Officer, Register
from dossiers.transitions import demand_open, illegal
from dossiers.values import Step
from steps.act import Decision, Order, Scene, act, settle
from steps.competence import demand_role
from steps.office import Office


def hand_over(register: Register, dossier: Dossier) -> tuple[AnyFact, ...]:
    """
    Find the competent agency, unit and officer; a standing rule accepts at once.

    Competent is the specialist named at reception, else one of the receiving agency,
    always the same one for the same dossier.
    """
    officer = _specialist(register, dossier)
    offer = TransferOffered(
        competent_agency=officer.agency, unit=officer.unit, officer=officer.id
    )
    if register.standing_rule is None:
        return (offer,)
    rule = f"{register.standing_rule}: {officer.id}"
    return (offer, Transferred(holder=officer.id, standing_rule=rule))


def _specialist(register: Register, dossier: Dossier) -> Officer:
    if dossier.specialist is not None:
        return register.officer(dossier.specialist)
    able = register.holding(dossier.receiving_agency, "specialist")
    if not able:
        return register.first(dossier.receiving_agency, "specialist")
    return able[crc32(dossier.id.encode()) % len(able)]


def offer(office: Office, key: str, order: Order, *, to: str | None = None) -> Dossier:
    """Offer the received dossier to an officer (default: the competent one)."""

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, TransferOffered)
        demand_role(office, scene.dossier, order, "counter", rule="NĐ 61/2018 Đ18")
        register = office.offices.current()
        if to is None:
            return Decision(hand_over(register, scene.dossier)[:1])
        officer = register.demand(to, "specialist", rule="NĐ 61/2018 Đ19.1")
        return Decision(
            (
                TransferOffered(
                    competent_agency=officer.agency,
                    unit=officer.unit,
                    officer=officer.id,
                ),
            )
        )

    return act(office, key, order, decide)


def accept(office: Office, key: str, order: Order) -> Dossier:
    """Accept the hand-over; only the officer it was offered to may."""

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, Transferred)
        offered = scene.dossier.offer
        if offered is None or offered.officer != order.actor:
            raise _not_offered(scene.dossier, order)
        return Decision((Transferred(holder=order.actor),))

    return act(office, key, order, decide)


def _not_offered(dossier: Dossier, order: Order) -> NotCompetentError:
    to = dossier.offer.officer if dossier.offer else "-"
    rule = "NĐ 61/2018 Đ18"
    return NotCompetentError(
        f"hồ sơ {dossier.code} được chuyển cho {to}, không phải {order.actor} [{rule}]"
        f"; nhận với --as {to}",
        f"{dossier.code} was offered to {to}, not to {order.actor} [{rule}]"
        f"; accept with --as {to}",
        rule=rule,
    )


def assign(office: Office, key: str, order: Order, *, to: str, reason: str) -> Dossier:
    """Give the open dossier to another officer; the head of the unit decides."""

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, OfficerAssigned)
        rule = "NĐ 61/2018 Đ19.1"
        demand_role(office, scene.dossier, order, "head", rule=rule)
        taker = Order(to, order.command)
        demand_role(office, scene.dossier, taker, "specialist", rule=rule)
        if to == scene.dossier.holder:
            raise illegal(
                scene.dossier, OfficerAssigned, f"{to} holds it", vi=f"{to} đang giữ"
            )
        return Decision((OfficerAssigned(holder=to, reason=reason),))

    return act(office, key, order, decide)


def settle_transfer(office: Office, dossier_id: str) -> Dossier:
    """Show that the hand-over is done; nothing else is automatic here."""
    dossier = office.dossiers.find(dossier_id)
    if dossier.reached < Step.TRANSFER.number:
        raise illegal(dossier, Transferred)
    return settle(office, dossier, Step.TRANSFER, lambda _: Decision(()))
