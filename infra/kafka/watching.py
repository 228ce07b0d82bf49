"""
Kafka's committed records against the journal, what is new since the last look.

A record that the relay's mark promises and that is not there at two looks in a row is
lost; one that a copy brought back is no longer. A partition that became shorter is read
again from its beginning.
"""

import time
from contextlib import closing
from dataclasses import dataclass, field

from kafka import KafkaConsumer, TopicPartition
from pydantic import TypeAdapter

from dossiers.errors import UnavailableError
from infra.audit.findings import Findings
from infra.house import House
from infra.kafka.client import consumer
from infra.kafka.errors import translating
from infra.kafka.reading import KafkaRecord, places_of, record_of
from infra.kafka.relay import MARK
from infra.kafka.topics import Topics
from storage.merkle import leaf_of

_POLL_MS = 500
_PATIENCE_S = 30.0


@dataclass(slots=True)
class Known:
    """How far each partition was read, and which seqs are not there (yet)."""

    positions: dict[str, int] = field(default_factory=dict)
    through: int = 0
    beyond: set[int] = field(default_factory=set)
    suspects: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    ahead: str = ""


_KNOWN: TypeAdapter[Known] = TypeAdapter(Known)


class KafkaWatch:
    """Looks at both event topics, each time from where the last look ended."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._size = 0

    def look(self, known: dict[str, object]) -> tuple[dict[str, object], Findings]:
        """
        Compare what is new with the journal; `known` is what the last look gave.

        Raises UnavailableError and what reading Kafka raises.
        """
        settings, found = self._house.settings.kafka, Findings()
        if settings is None:
            return known, found
        mark = self._house.marks.get(MARK)
        self._size = self._house.journal.head().size
        state = _KNOWN.validate_python(known) if known else Known()
        where = ", ".join(settings.bootstrap)
        with translating(where), closing(consumer(settings)) as client:
            topics = Topics(settings.prefix)
            places = places_of(client, (topics.events, topics.access))
            self._read(client, places, state, found)
        self._weigh(state, mark.seq if mark else 0, found)
        told: dict[str, object] = _KNOWN.dump_python(state, mode="json")
        return told, found

    def _read(
        self,
        client: KafkaConsumer,
        places: list[TopicPartition],
        state: Known,
        found: Findings,
    ) -> None:
        begins, ends = client.beginning_offsets(places), client.end_offsets(places)
        if any(ends[place] < state.positions.get(_name(place), 0) for place in places):
            found.add(None, "", "kafka", "a partition became shorter: records are gone")
            state.positions, state.through, state.beyond = {}, 0, set()
        client.assign(places)
        for place in places:
            client.seek(place, max(state.positions.get(_name(place), 0), begins[place]))
        late = time.monotonic() + _PATIENCE_S
        while unread := [p for p in places if client.position(p) < ends[p]]:
            client.pause(*(set(places) - set(unread)))
            records = client.poll(timeout_ms=_POLL_MS)
            if time.monotonic() > late:
                vi = "Kafka không gửi gì nữa trước khi hết chủ đề; sẽ xem lại sau"
                en = "Kafka stopped in the midst of a topic; looking again later"
                raise UnavailableError(vi, en)
            for batch in records.values():
                late = time.monotonic() + _PATIENCE_S
                for record in map(record_of, batch):
                    self._compare(record, state, found)
        state.positions = {_name(place): client.position(place) for place in places}

    def _compare(self, record: KafkaRecord, state: Known, found: Findings) -> None:
        seq = record.seq
        if seq is None:
            found.add(None, "", "kafka", f"{record.place}: not a record of this log")
            return
        kept = self._leaf(seq)
        if kept is None:
            state.ahead = f"Kafka is ahead at seq {seq}"
        elif kept != leaf_of(record.body):
            text = f"{record.place}: not the journal's event {seq}"
            found.add(seq, "", "kafka", text)
            return
        state.suspects.discard(seq)
        state.lost.discard(seq)
        if seq > state.through:
            state.beyond.add(seq)

    def _leaf(self, seq: int) -> bytes | None:
        """Find the leaf of an event in the signer's tree, else in the journal."""
        if seq > self._size:
            self._size = self._house.journal.head().size
        if seq > self._size:
            return None
        tree = self._house.checkpoints.tree
        if seq <= tree.size:
            return next(tree.leaves(seq - 1, seq))
        return next(self._house.journal.leaves(seq, seq))

    def _weigh(self, state: Known, mark: int, found: Findings) -> None:
        """Count what the mark promises and nobody saw, twice in a row, as lost."""
        state.lost |= state.suspects
        size = self._house.journal.head().size
        reached = max(min(mark, size), state.through)
        promised = range(state.through + 1, reached + 1)
        state.suspects = set(promised) - state.beyond
        state.through = reached
        state.beyond = {seq for seq in state.beyond if seq > reached}
        for seq in sorted(state.lost):
            found.add(seq, "", "kafka", f"Kafka lost event {seq}")
        if state.ahead and not any(seq > size for seq in state.beyond):
            state.ahead = ""  # the missing events were imported


def _name(place: TopicPartition) -> str:
    return f"{place.topic}/{place.partition}"
