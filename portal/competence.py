"""Who can do which open act: shown with a dossier, so that nobody has to guess."""

from dossiers.dossier import Dossier
from dossiers.parties import Register, Role
from dossiers.transitions import open_actions

_ROLES: dict[str, Role] = {
    "receive": "counter",
    "refuse-reception": "counter",
    "transfer-offer": "counter",
    "return": "counter",
    "assign": "head",
    "stop": "leader",
}
_HOLDER = ("suspend", "resume", "process", "send-back", "sign-person", "sign-agency")


def actors(register: Register, dossier: Dossier) -> dict[str, list[str]]:
    """Map each open act to the officers who can do it now."""
    return {name: _able(register, dossier, name) for name in open_actions(dossier)}


def _able(register: Register, dossier: Dossier, name: str) -> list[str]:
    if name == "transfer-accept":
        return [dossier.offer.officer] if dossier.offer else []
    if name in _HOLDER:
        return [dossier.holder] if dossier.holder else []
    role = _ROLES.get(name)
    if role is None:
        at_counter = register.holding(dossier.receiving_agency, "counter")
        experts = register.holding(dossier.receiving_agency, "specialist")
        return [officer.id for officer in (*at_counter, *experts)]
    return [o.id for o in register.holding(dossier.receiving_agency, role)]
