"""Whose act it is: the role, in the agency that the dossier lies with; the holder."""

from dossiers.dossier import Dossier
from dossiers.errors import NotCompetentError
from dossiers.parties import Officer, Role
from steps.act import Order
from steps.office import Office


def demand_role(
    office: Office, dossier: Dossier, order: Order, role: Role, *, rule: str
) -> Officer:
    """
    Raise NotCompetentError unless the actor has the role where the dossier lies.

    The counter's acts lie with the receiving agency, all others with the competent one
    as soon as it is known.
    """
    register = office.offices.current()
    officer = register.demand(order.actor, role, rule=rule)
    agency = competent_agency(dossier)
    where = dossier.receiving_agency if role == "counter" else agency
    if officer.agency == where:
        return officer
    able = ", ".join(one.id for one in register.holding(where, role)) or "-"
    text = (
        f"{officer.id} thuộc {officer.agency}, hồ sơ {dossier.code} ở {where} "
        f"[{rule}]; có thể làm: {able}"
    )
    english = (
        f"{officer.id} is of {officer.agency}, {dossier.code} lies with {where} "
        f"[{rule}]; who can: {able}"
    )
    raise NotCompetentError(text, english, rule=rule)


def demand_holder(dossier: Dossier, order: Order, *, rule: str) -> None:
    """Raise NotCompetentError unless the order comes from the one holder."""
    if dossier.holder == order.actor:
        return
    code, holder, actor = dossier.code, dossier.holder, order.actor
    text = (
        f"hồ sơ {code} do {holder} giữ, không phải {actor} [{rule}]; "
        f"làm với --as {holder}"
    )
    english = (
        f"{code} is held by {holder}, not by {actor} [{rule}]; act with --as {holder}"
    )
    raise NotCompetentError(text, english, rule=rule)


def competent_agency(dossier: Dossier) -> str:
    """Name the agency that decides: the receiving one until another is found."""
    return dossier.competent_agency or dossier.receiving_agency
