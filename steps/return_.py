"""Step 5, trả kết quả: hand over by a channel, record who received."""

from typing import Literal

from dossiers.change import Effect
from dossiers.dossier import Dossier, Status
from dossiers.events import Returned
from dossiers.transitions import demand_open
from dossiers.values import Step
from steps.act import (
    Decision,
    Order,
    Scene,
    act,
    answered,
    demand_expected,
    settle,
)
from steps.competence import demand_role
from steps.office import Office
from steps.sign import finish_signing

RULE = "NĐ 61/2018 Đ20"
Method = Literal["counter", "online", "post"]


def return_(
    office: Office, key: str, order: Order, *, method: Method = "counter"
) -> Dossier:
    """Hand the issued outcome to the applicant or the owner; closes the dossier."""
    if (done := answered(office, key, order)) is not None:
        return done
    dossier = office.dossiers.find(key)
    if dossier.status is Status.SIGNED:
        demand_expected(dossier, order)
        demand_role(office, dossier, order, "counter", rule=RULE)
        finish_signing(office, dossier)
        order = Order(order.actor, order.command)

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, Returned)
        demand_role(office, dossier, order, "counter", rule=RULE)
        told = Effect("notice-returned", dossier.applicant, dossier.code)
        fact = Returned(method=method, receiver=dossier.applicant)
        return Decision((fact,), effects=(told,))

    return act(office, key, order, decide)


def settle_return(office: Office, dossier_id: str) -> Dossier:
    """Show that the dossier is closed; nothing else is automatic here."""
    dossier = office.dossiers.find(dossier_id)
    return settle(office, dossier, Step.RETURN, lambda _: Decision(()))
