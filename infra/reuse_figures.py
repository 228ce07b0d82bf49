"""
How often papers were made electronic, reused, asked for again: by replay, exactly.

A figure counts papers that came in within a period, by events of that period alone: a
later replay gives the same number. Each number is a list of dossiers first.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dossiers.envelope import Event
from dossiers.events import (
    ComponentDigitized,
    ComponentReused,
    PaperJudged,
    Submitted,
    SupplementReceived,
)
from dossiers.values import ComponentState, SubmittedComponent
from infra.house import House
from infra.replaying import events_at

FORMULAS = {
    "digitized_rate": ("digitized", ("eligible",)),
    "component_reuse": ("bound", ("bound", "uploaded")),
    "dossier_reuse": ("dossiers_reusing", ("dossiers_reusable",)),
    "asked_again_rate": ("asked_again", ("bound", "asked_again")),
}
"""Each rate: its numerator, and the sum it is divided by."""
COUNTS = (
    *("eligible", "digitized", "bound", "from_component", "from_result"),
    *("uploaded", "asked_again", "asked_again_citizen", "asked_again_officer"),
    *("asked_again_mismatch", "dossiers_reusable", "dossiers_reusing"),
    *("refused", "unclassified"),
)
GROUPS: dict[str, Callable[[Submitted], str]] = {
    "channel": lambda fact: fact.channel.value,
    "agency": lambda fact: fact.receiving_agency,
    "procedure": lambda fact: fact.procedure,
}


@dataclass(slots=True)
class _Paper:
    """One paper that came in within the period, and what became of it there."""

    dossier: Submitted
    told: SubmittedComponent
    eligible: bool | None
    reusable: bool
    digitized: bool
    refused: bool = False

    def names(self) -> Iterator[str]:
        """Name the counts in which it stands."""
        if self.refused:
            yield "refused"
            return
        if self.eligible:
            yield "eligible"
            if self.digitized:
                yield "digitized"
        if not self.reusable:
            if self.eligible is None:
                yield "unclassified"
            return
        yield from self._reuse()

    def _reuse(self) -> Iterator[str]:
        yield "bound" if self.told.reused else "uploaded"
        if self.told.reused:
            result = self.told.state is ComponentState.FROM_RESULT
            yield "from_result" if result else "from_component"
        if self.told.asked_again is not None:
            yield "asked_again"
            yield f"asked_again_{self.told.asked_again}"


@dataclass(slots=True)
class Tally:
    """Papers of a period as they come by; read `counts` at the end."""

    house: House
    first: datetime | None = None
    last: datetime | None = None
    _dossiers: dict[str, Submitted] = field(default_factory=dict)
    _papers: dict[tuple[str, str], _Paper] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Let one event of a dossier stream count."""
        match event.fact:
            case Submitted() as fact:
                self._dossiers[event.stream] = fact
                self._bring(event, fact.components)
            case SupplementReceived() | ComponentReused() as fact:
                self._bring(event, fact.components)
            case ComponentDigitized(document=document):
                if paper := self._papers.get((event.stream, document)):
                    paper.digitized = True
            case PaperJudged(document=document, verdict=verdict):
                if paper := self._papers.get((event.stream, document)):
                    paper.refused = verdict == "refused"
            case _:
                pass

    def _bring(self, event: Event, told: tuple[SubmittedComponent, ...]) -> None:
        at = event.occurred_at
        if (self.first and at < self.first) or (self.last and at >= self.last):
            return
        dossier = self._dossiers[event.stream]
        procedure = self.house.office.procedures.version(dossier.procedure_version)
        asked = {one.code: one for one in procedure.components}
        for one in told:
            if one.document is None or one.code not in asked:
                continue
            component = asked[one.code]
            by_rule = component.eligible is not False and component.reuse is not None
            self._papers[event.stream, one.document] = _Paper(
                dossier=dossier,
                told=one,
                eligible=component.eligible,
                reusable=bool(component.eligible) or by_rule,
                digitized=one.state is not ComponentState.NOT_DIGITIZED,
            )

    def lists(self, chosen: Iterable[_Paper] | None = None) -> dict[str, list[str]]:
        """List, for each count, the code of the dossier of every paper in it."""
        papers = list(self._papers.values() if chosen is None else chosen)
        found: dict[str, list[str]] = {name: [] for name in COUNTS}
        for paper in papers:
            for name in paper.names():
                found[name].append(paper.dossier.code)
        found["dossiers_reusing"] = sorted(set(found["bound"]))
        found["dossiers_reusable"] = sorted({*found["bound"], *found["uploaded"]})
        return found

    def groups(self, by: str) -> dict[str, dict[str, list[str]]]:
        """List the same for each channel, agency or procedure."""
        key = GROUPS[by]
        names = sorted({key(paper.dossier) for paper in self._papers.values()})
        return {
            name: self.lists(p for p in self._papers.values() if key(p.dossier) == name)
            for name in names
        }


def counted(lists: dict[str, list[str]]) -> dict[str, object]:
    """Turn lists into counts, and counts into rates; a rate of nothing is None."""
    counts = {name: len(codes) for name, codes in lists.items()}
    rates: dict[str, object] = {}
    for name, (over, under) in FORMULAS.items():
        whole = sum(counts[one] for one in under)
        rates[name] = round(counts[over] / whole, 4) if whole else None
    return {**counts, **rates}


def tally(
    house: House,
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    events: Iterable[Event] | None = None,
) -> Tally:
    """Count over a period [first, last); `events` spare a second replay."""
    found = Tally(house, first, last)
    told = (event for _, event in events_at(house)) if events is None else events
    for event in told:
        if last is None or event.occurred_at < last:
            found.take(event)
    return found
