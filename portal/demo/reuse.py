"""How often the demo's citizens handed in a paper, and how often they needed not."""

from collections import Counter
from collections.abc import Iterable

from dossiers.envelope import Event
from dossiers.events import PaperIssued, SupplementReceived
from infra.house import House
from infra.reuse_figures import counted, tally


def paper_figures(house: House, events: Iterable[Event]) -> dict[str, object]:
    """
    Count papers from events alone, by the same code as `report reuse`.

    `corrected`: papers of supplements; `forms`: legal papers made; `reuse_rate` is
    the rate of components.
    """
    told = list(events)
    counts = counted(tally(house, events=told).lists())
    seen = Counter[str]()
    for event in told:
        match event.fact:
            case SupplementReceived() as fact:
                seen["corrected"] += len(fact.components)
            case PaperIssued():
                seen["forms"] += 1
            case _:
                pass
    return {
        "stored": _stored(house),
        "reused": counts["bound"],
        **counts,
        "reuse_rate": counts["component_reuse"],
        **{name: seen[name] for name in ("corrected", "forms")},
    }


def _stored(house: House) -> int:
    return len(house.listing.document_ids())
