"""What the demo reports at its end: every number from the journal or a count."""

import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dossiers.catalogue.findings import Refused
from dossiers.dossier import Dossier, Status
from dossiers.envelope import Event
from dossiers.events import SealedByAgency, SignedByPerson
from dossiers.facts import facts_of
from dossiers.fold import after
from infra import supervisor
from infra.buckets import count
from infra.house import House
from infra.notices import delivered
from infra.prefect_api import runs_by_state
from infra.replaying import events_at
from portal.demo.reuse import paper_figures
from portal.demo.run import Input
from portal.output import say

SLOTS = ("person", "seal")
SHOWN = 5
_BUCKETS = ("received", "solved", "open", "withdrawn", "refused", "stopped", "adds_up")


@dataclass(slots=True)
class Told:
    """The dossier events in seq order, and what they fold to."""

    events: list[Event] = field(default_factory=list)
    states: dict[str, Dossier] = field(default_factory=dict)

    @property
    def dossiers(self) -> list[Dossier]:
        """Every dossier, in order of arrival."""
        return list(self.states.values())


def figures(house: House, found: Input, *, engine_before_s: float) -> dict[str, object]:
    """Gather the report; reconciles first, so that drift is what is left."""
    drift = house.reconcile(closed=False)
    told = _told(house)
    head = house.checkpoints.sign()
    home = house.settings.home
    url = house.settings.prefect_url or supervisor.prefect_url(home) or ""
    return {
        "dossiers": len(told.states),
        **_buckets(house, told.dossiers),
        "events": len(told.events),
        "documents": paper_figures(house, told.events),
        "signatures": _signatures(house, told),
        "effects": _effects(house),
        "flow_runs": runs_by_state(url),
        "drift": drift["drift"],
        "reconciled": drift,
        **_input(found),
        "size": head.size,
        "root": head.root.hex(),
        "facts": facts_of(told.events),
        "examples": _examples(told.dossiers),
        "cpu_s": round(_cpu_s(house, engine_before_s), 1),
    }


def _told(house: House) -> Told:
    told = Told()
    for _, event in events_at(house):
        told.events.append(event)
        told.states[event.stream] = after(told.states.get(event.stream), event)
    return told


def _buckets(house: House, found: list[Dossier]) -> dict[str, object]:
    now = house.office.clock.now()
    sums = count(found, now)
    by: dict[str, Callable[[Dossier], str]] = {
        "channels": lambda one: one.channel.value,
        "agencies": lambda one: one.competent_agency or one.receiving_agency,
    }
    return {
        **{name: sums[name] for name in _BUCKETS},
        "as_of": sums["as_of"],
        "statutory": sums["statutory"],
        **{
            name: {
                group: {b: part[b] for b in (*_BUCKETS, "statutory")}
                for group in sorted(set(map(key, found)))
                for part in [count([d for d in found if key(d) == group], now)]
            }
            for name, key in by.items()
        },
    }


def _input(found: Input) -> dict[str, object]:
    """Tell what was read and what could not be, with the first reasons."""
    arrivals, catalogue = found.arrivals, found.catalogue
    return {
        "procedures": {
            "read": len(catalogue.drafts) + len(catalogue.refused),
            "drafted": len(catalogue.drafts),
            "published": len(catalogue.published),
        },
        "broken_rows": len(arrivals.broken),
        "broken": [
            {"line": one.line, "reason": say(one.vi, one.en)}
            for one in arrivals.broken[:SHOWN]
        ],
        "left_out": list(arrivals.left_out),
        "refused_lines": len(catalogue.refused),
        "refused_first": _refusals(catalogue.refused),
    }


def _refusals(refused: Iterable[Refused]) -> list[dict[str, object]]:
    return [
        {"line": one.line, "reason": say(one.text("vi"), one.text("en"))}
        for one in list(refused)[:SHOWN]
    ]


def _signatures(house: House, told: Told) -> dict[str, int]:
    kinds = (SignedByPerson, SealedByAgency)
    made = sum(isinstance(event.fact, kinds) for event in told.events)
    valid = 0
    now = house.office.clock.now()
    for dossier in told.dossiers:
        if dossier.outcome is None or dossier.person_signer is None:
            continue
        slots = SLOTS if dossier.sealer else SLOTS[:1]
        content = house.office.documents.open(dossier.outcome)
        if house.office.verifier.is_valid(content, slots=slots, at=now):
            valid += len(slots)
    return {"made": made, "valid": valid}


def _effects(house: House) -> dict[str, int]:
    """Compare what was promised with what the receiver has."""
    promised = house.listing.effect_keys()
    there = delivered(house.settings.outbox)
    got = set(there.keys)
    return {
        "sent": len(promised & got),
        "missing": len(promised - got),
        "repeated": there.repeated,
        "offered_again": there.offered_again,
        "unpromised": len(got - promised),
    }


def _examples(found: list[Dossier]) -> dict[str, str]:
    """Name dossiers worth a look: the first of each kind of end, a late one."""
    kinds: dict[str, Callable[[Dossier], bool]] = {
        "returned": lambda one: one.status is Status.RETURNED,
        "apologized": lambda one: one.moved,
        "supplemented": lambda one: one.supplements > 0,
        "open": lambda one: one.open,
    }
    ordered = sorted(found, key=lambda one: one.code)
    return {
        name: first.code
        for name, fits in kinds.items()
        if (first := next(filter(fits, ordered), None)) is not None
    }


def _cpu_s(house: House, engine_before_s: float) -> float:
    """Sum driver, its ended children, worker and server since the run began."""
    usage = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    ours = sum(one.ru_utime + one.ru_stime for one in usage)
    engine = supervisor.cpu_seconds(house.settings.home)
    return ours + max(engine - engine_before_s, 0.0)
