"""Fold the journal into dossiers, as of an instant or a seq."""

from collections.abc import Iterator
from datetime import datetime

from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.fold import after
from infra.house import House


def events_at(
    house: House, *, at: datetime | None = None, seq: int | None = None
) -> Iterator[tuple[int, Event]]:
    """Read dossier events in seq order; `at` picks prefixes of streams."""
    closed: set[str] = set()
    for recorded in house.journal.read(1, seq):
        if not recorded.stream.startswith("dossier:") or recorded.stream in closed:
            continue
        event = decode(recorded.body)
        if at is not None and event.occurred_at > at:
            closed.add(recorded.stream)
            continue
        yield recorded.seq, event


def dossiers_at(
    house: House, *, at: datetime | None = None, seq: int | None = None
) -> list[Dossier]:
    """Fold every dossier, in order of arrival in the journal."""
    states: dict[str, Dossier] = {}
    for _, event in events_at(house, at=at, seq=seq):
        states[event.stream] = after(states.get(event.stream), event)
    return list(states.values())
