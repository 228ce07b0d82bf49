"""Who can do which open act, and by which command: nobody has to guess."""

from dossiers.dossier import Dossier
from dossiers.parties import Register, Role
from dossiers.transitions import open_actions
from dossiers.values import Step
from portal.output import say
from steps.competence import competent_agency

_COUNTER = ("receive", "refuse-reception", "transfer-offer", "return")
_ROLES: dict[str, Role] = {"assign": "head", "stop": "leader"}
_HOLDER = ("suspend", "resume", "process", "send-back", "sign-person", "sign-agency")
_ACTS = {
    "receive": ("receive {code}",) * 2,
    "supplement-request": (
        "supplement {code} --request MÃ,MÃ --reason 'LÝ DO'",
        "supplement {code} --request CODE,CODE --reason WHY",
    ),
    "supplement-answer": (
        "supplement {code} --answer TỆP.json",
        "supplement {code} --answer FILE.json",
    ),
    "refuse-reception": (
        "refuse {code} --reason 'LÝ DO'",
        "refuse {code} --reason WHY",
    ),
    "transfer-offer": ("transfer {code}",) * 2,
    "transfer-accept": ("transfer {code}",) * 2,
    "assign": (
        "transfer {code} --to CÁN_BỘ --reason 'LÝ DO'",
        "transfer {code} --to OFFICER --reason WHY",
    ),
    "suspend": (
        "process {code} --suspend 'CĂN CỨ'",
        "process {code} --suspend GROUND",
    ),
    "resume": ("process {code} --resume",) * 2,
    "process": ("process {code}",) * 2,
    "send-back": ("sign {code} --send-back 'LÝ DO'", "sign {code} --send-back WHY"),
    "sign-person": ("sign {code}",) * 2,
    "sign-agency": ("sign {code}",) * 2,
    "return": ("return {code}",) * 2,
    "withdraw": ("withdraw {code} --reason 'LÝ DO'", "withdraw {code} --reason WHY"),
    "stop": ("stop {code} --reason 'LÝ DO'", "stop {code} --reason WHY"),
}


def actors(register: Register, dossier: Dossier) -> dict[str, list[str]]:
    """Map each open act to the officers who can do it now."""
    return {name: _able(register, dossier, name) for name in open_actions(dossier)}


def commands(dossier: Dossier, able: dict[str, list[str]]) -> list[str]:
    """Write each open act as the command that does it."""
    return [
        f"nambuoc dossier {say(*_ACTS[name]).format(code=dossier.code)} --as {who[0]}"
        for name, who in able.items()
        if who
    ]


def _able(register: Register, dossier: Dossier, name: str) -> list[str]:
    if name == "transfer-accept":
        return [dossier.offer.officer] if dossier.offer else []
    if name in _HOLDER:
        return [dossier.holder] if dossier.holder else []
    if name in _COUNTER:
        return _holding(register, dossier.receiving_agency, "counter")
    if name in _ROLES:
        return _holding(register, competent_agency(dossier), _ROLES[name])
    counter = _holding(register, dossier.receiving_agency, "counter")
    experts = _holding(register, competent_agency(dossier), "specialist")
    if name == "supplement-request":
        return counter if dossier.step is Step.RECEIVE else experts
    return counter + experts


def _holding(register: Register, agency: str, role: Role) -> list[str]:
    return [officer.id for officer in register.holding(agency, role)]


KNOWN = frozenset(_ACTS)
"""Every act that has a command; a test compares it with the open actions."""
