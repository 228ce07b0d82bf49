"""What the demo reports at its end: every number from the journal or a count."""

import resource
import time
from collections import Counter
from pathlib import Path

from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.events import (
    PaperIssued,
    SealedByAgency,
    SignedByPerson,
    Submitted,
    SupplementReceived,
)
from dossiers.facts import facts_of
from dossiers.fold import after
from infra import supervisor
from infra.buckets import count
from infra.house import House
from infra.prefect_api import runs_by_state
from infra.replaying import events_at
from portal.demo.run import Finished
from portal.output import say

SLOTS = ("person", "seal")


def figures(house: House, finished: Finished) -> dict[str, object]:
    """Gather the report; reconciles first, so that drift is what is left."""
    drift = house.reconcile(closed=False)
    events = [event for _, event in events_at(house)]
    states = _states(events)
    found = list(states.values())
    made, valid = _signatures(house, events, found)
    head = house.journal.head()
    sent = house.effects.counts()
    url = supervisor.prefect_url(house.settings.home) or ""
    sums = count(found, house.office.clock.now())
    return {
        "dossiers": len(found),
        **{name: sums[name] for name in _BUCKETS},
        "statutory": sums["statutory"],
        "channels": dict(Counter(one.channel.value for one in found)),
        "agencies": dict(Counter(one.receiving_agency for one in found)),
        "events": sum(one.version for one in found),
        "documents": _documents(house, events),
        "signatures": {"made": made, "valid": valid},
        "effects": {
            "sent": sent.get("sent", 0),
            "missing": sent.get("waiting", 0),
            "repeated": house.repeated_notices(),
        },
        "flow_runs": runs_by_state(url),
        "drift": drift["drift"],
        "reconciled": drift,
        "procedures": {"read": finished.procedures, "published": finished.published},
        "broken_rows": finished.broken,
        "size": head.size,
        "root": head.root,
        "facts": facts_of(events),
        "wall_s": round(time.monotonic() - finished.began, 1),
        "cpu_s": round(_cpu_s() + finished.engine_cpu_s, 1),
    }


_BUCKETS = ("received", "solved", "open", "withdrawn", "refused", "stopped", "adds_up")


def _states(events: list[Event]) -> dict[str, Dossier]:
    states: dict[str, Dossier] = {}
    for event in events:
        states[event.stream] = after(states.get(event.stream), event)
    return states


def _documents(house: House, events: list[Event]) -> dict[str, int]:
    facts = [event.fact for event in events]
    handed = [
        one
        for fact in facts
        if isinstance(fact, Submitted | SupplementReceived)
        for one in fact.components
    ]
    return {
        "stored": len(house.listing.document_ids()),
        "reused": sum(one.reused for one in handed),
        "asked_again": 0,
        "handed_in": sum(one.document is not None and not one.reused for one in handed),
        "forms": sum(isinstance(fact, PaperIssued) for fact in facts),
    }


def _signatures(
    house: House, events: list[Event], found: list[Dossier]
) -> tuple[int, int]:
    kinds = (SignedByPerson, SealedByAgency)
    made = sum(isinstance(event.fact, kinds) for event in events)
    valid = 0
    now = house.office.clock.now()
    for dossier in found:
        if dossier.outcome is None or dossier.person_signer is None:
            continue
        slots = SLOTS if dossier.sealer else SLOTS[:1]
        content = house.office.documents.open(dossier.outcome)
        if house.office.verifier.is_valid(content, slots=slots, at=now):
            valid += len(slots)
    return made, valid


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def lines(document: dict[str, object], home: Path) -> list[str]:
    """Write the report for people, and where to look next."""
    wall, dossiers = document["wall_s"], document["dossiers"]
    names = {
        "received": ("tiếp nhận", "received"),
        "solved": ("đã giải quyết", "solved"),
        "open": ("đang giải quyết", "open"),
        "withdrawn": ("rút", "withdrawn"),
        "refused": ("từ chối tiếp nhận", "refused"),
        "stopped": ("dừng", "stopped"),
        "statutory": ("theo hạn luật định", "against the statutory limit"),
        "channels": ("kênh", "channels"),
        "agencies": ("cơ quan", "agencies"),
        "events": ("sự kiện", "events"),
        "documents": ("giấy tờ", "documents"),
        "signatures": ("chữ ký", "signatures"),
        "effects": ("thông báo", "notices"),
        "flow_runs": ("luồng Prefect", "Prefect runs"),
        "drift": ("lệch", "drift"),
        "facts": ("facts", "facts"),
    }
    told = [f" {say(*text):<22} {_plain(document[n])}" for n, text in names.items()]
    seconds = float(str(wall)) / max(int(str(dossiers)), 1)
    return [
        say("Kết quả chạy thử", "The demo's result"),
        *told,
        say(" thời gian", " time") + f": {wall} s ({seconds:.2f} s/hồ sơ)",
        say("Xem tiếp:", "Look further:") + f" NAMBUOC_HOME={home}",
        "  nambuoc dossier list; nambuoc audit timeline CODE; nambuoc audit verify --all",
        "  nambuoc demo up  (Prefect UI); nambuoc demo down",
    ]


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return str(value)
