"""The demo's offices: the officers of the log, and the few whom it does not name."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from dossiers.parties import Agency, Officer, Register, Role
from dossiers.values import ENGINE
from infra.development_office import WARD
from infra.development_office import register as development
from portal.demo.activities import Meaning
from portal.demo.arrivals import Case
from portal.demo.people import name

__all__ = [
    "CLERK",
    "HEAD",
    "LEADER",
    "WARD",
    "closing_officer",
    "officer_id",
    "register",
]

LEADER, CLERK, HEAD = "lanhdao", "vanthu", "truongphong"
RULE = "Quy chế thử nghiệm: cán bộ được phân công khi tiếp nhận thì tự nhận bàn giao"
UNITS = {
    "General": "Phòng Tổng hợp",
    "Customer contact": "Bộ phận Một cửa",
    "Experts": "Bộ phận chuyên môn",
}
OTHER_UNIT = UNITS["General"]
_NUMBERED = re.compile(r"Resource([0-9]{1,6})")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,19}")
_TAKEN = re.compile(rf"r[0-9]+|{ENGINE}|{LEADER}|{CLERK}|{HEAD}")


def officer_id(resource: str) -> str:
    """Name the officer behind a resource of the log: `r21` for Resource21."""
    numbered = _NUMBERED.fullmatch(resource)
    if numbered:
        return f"r{numbered[1]}"
    if _PLAIN.fullmatch(resource) and not _TAKEN.fullmatch(resource):
        return resource
    return "x" + hashlib.sha256(resource.encode()).hexdigest()[:12]


def closing_officer(case: Case) -> str:
    """Name who holds the case in *process*: who did its last activity, if any."""
    if len(case.events) > 1:
        return officer_id(case.events[-1].resource)
    return officer_id(case.responsible or case.events[0].resource)


def register(cases: Iterable[Case], seed: bytes) -> Register:
    """
    Make the demo's register from all cases of a file, however many will run.

    Whoever confirmed a receipt works at the counter; whoever did anything else, or is
    responsible, is a specialist. Leader, clerk and head of unit are synthetic.
    """
    roles: dict[str, set[Role]] = {}
    units: dict[str, Counter[str]] = {}
    for case in cases:
        for resource, role in _parts(case):
            officer = officer_id(resource)
            roles.setdefault(officer, set()).add(role)
            units.setdefault(officer, Counter())[case.department] += 1
    everywhere = sum(units.values(), Counter[str]())
    ours = [
        _officer(
            officer,
            _unit(units[officer], everywhere),
            tuple(sorted(roles[officer])),
            seed,
        )
        for officer in sorted(roles, key=_place)
    ]
    return Register(
        version="demo-1",
        agencies=_agencies(),
        officers=(*ours, *_synthetic()),
        standing_rule=RULE,
    )


def _parts(case: Case) -> Iterable[tuple[str, Role]]:
    if case.responsible:
        yield case.responsible, "specialist"
    for event in case.events:
        at_counter = event.meaning is Meaning.RECEIPT
        yield event.resource, "counter" if at_counter else "specialist"
    if not case.responsible and len(case.events) == 1:
        yield case.events[0].resource, "specialist"


def _place(officer: str) -> tuple[int, str]:
    """Put the numbered first, in the order of their numbers."""
    numbered = officer[0] == "r" and officer[1:].isdecimal()
    return (int(officer[1:]) if numbered else 1_000_000, officer)


def _unit(ours: Counter[str], everywhere: Counter[str]) -> str:
    """Find the department of whose work the officer did the largest part."""
    most = min(ours, key=lambda one: (-ours[one] / everywhere[one], one))
    return UNITS.get(most, OTHER_UNIT)


def _officer(officer: str, unit: str, roles: tuple[Role, ...], seed: bytes) -> Officer:
    at_counter = "counter" in roles
    return Officer(
        id=officer,
        name=name(seed, f"officer-{officer}"),
        position="Cán bộ một cửa" if at_counter else "Chuyên viên",
        agency=WARD,
        unit=unit,
        roles=roles,
        phone="0203 000 0000",
    )


def _agencies() -> tuple[Agency, ...]:
    return development().agencies


def _synthetic() -> tuple[Officer, ...]:
    known = development()
    return tuple(known.officer(one) for one in (LEADER, CLERK, HEAD))
