"""How often the demo's citizens handed in a paper, and how often they needed not."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from dossiers.envelope import Event, decode
from dossiers.events import (
    DocumentStored,
    PaperIssued,
    Submitted,
    SupplementReceived,
)
from dossiers.values import SubmittedComponent
from infra.house import House

Stores = dict[tuple[str, str], list[datetime]]
"""For each owner and document type: when valid papers came into the owner's store."""


def paper_figures(house: House, events: Iterable[Event]) -> dict[str, object]:
    """
    Count papers from events alone.

    `asked_again`: uploads of a reusable paper though the owner's store held a valid
    match before; `written_anew`: the forms by which one asks; `corrected`: papers of
    supplements. `reuse_rate` = reused / (reused + uploaded), over reusable papers.
    """
    stores, stored = _stores(house)
    seen = Counter[str]()
    for event in events:
        match event.fact:
            case Submitted() as fact:
                seen.update(_handed(house, fact, event.occurred_at, stores))
            case SupplementReceived() as fact:
                seen["corrected"] += len(fact.components)
            case PaperIssued():
                seen["forms"] += 1
            case _:
                pass
    reusable = seen["reused"] + seen["uploaded"]
    names = ("reused", "asked_again", "uploaded", "written_anew", "corrected", "forms")
    return {
        "stored": stored,
        **{name: seen[name] for name in names},
        "reuse_rate": round(seen["reused"] / reusable, 3) if reusable else None,
    }


def _stores(house: House) -> tuple[Stores, int]:
    stores: Stores = defaultdict(list)
    stored = 0
    for recorded in house.journal.read(1):
        if not recorded.stream.startswith("document:"):
            continue
        event = decode(recorded.body)
        if isinstance(event.fact, DocumentStored):
            stored += 1
            if event.fact.state == "valid":
                key = event.fact.owner, event.fact.document_type
                stores[key].append(event.occurred_at)
    for moments in stores.values():
        moments.sort()
    return stores, stored


def _handed(
    house: House, fact: Submitted, at: datetime, stores: Stores
) -> Iterable[str]:
    procedure = house.office.procedures.version(fact.procedure_version)
    asked = {one.code: one for one in procedure.components}
    for paper in fact.components:
        component = asked[paper.code]
        if not component.eligible:
            yield "written_anew"
            continue
        yield from _reusable(
            paper, at, [stores[fact.owner, t] for t in component.types]
        )


def _reusable(
    paper: SubmittedComponent, at: datetime, kept: list[list[datetime]]
) -> Iterable[str]:
    if paper.reused:
        yield "reused"
    elif paper.document is not None:
        yield "uploaded"
        if any(bisect_left(moments, at) for moments in kept):
            yield "asked_again"
