"""
The published records in seq order, with bounded memory.

Within a partition records stand in seq order, but for copies that a repair appended
later. Seqs are dense over all partitions, so the next one is known, and partitions that
are ahead wait. Where a seq is missing, copies are sought in a pass of their own.
"""

from collections import deque
from collections.abc import Iterator
from heapq import nsmallest

from kafka import TopicPartition

from infra.kafka.reading import Committed, KafkaRecord, Reading, reading

AHEAD = 2_000
"""A partition with so many records waiting is not read on."""
COPIES = 50_000
"""So many copies are held at once; more of them cost another pass."""


def in_seq_order(records: Committed) -> Iterator[KafkaRecord]:
    """
    Give all records by seq; a copy stands in where the record itself is missing.

    What has no seq, and a second record of a seq, comes where it is found; where there
    is nothing, a gap is left. Raises as reading does.
    """
    with reading(records) as found:
        yield from _Merge(records, found).run()


class _Merge:
    """Lanes of waiting records, one a partition, and copies of what is missing."""

    def __init__(self, records: Committed, found: Reading) -> None:
        self._records = records
        self._reading = found
        self._lanes: dict[TopicPartition, deque[KafkaRecord]] = {}
        self._copies: deque[KafkaRecord] = deque()
        self._more_copies = True
        self._next = 1

    def run(self) -> Iterator[KafkaRecord]:
        """Give what is due, read on where a lane is empty, then fill the gap."""
        while self._reading.unread or any(self._lanes.values()):
            yield from self._due()
            if all(map(self._lanes.get, self._reading.unread)):
                heads = [lane[0].seq for lane in self._lanes.values() if lane]
                yield from self._copied(min(filter(None, heads), default=self._next))
            else:
                self._read()

    def _read(self) -> None:
        full = [place for place, lane in self._lanes.items() if len(lane) >= AHEAD]
        for place, records in self._reading.poll(full).items():
            self._lanes.setdefault(place, deque()).extend(records)

    def _due(self) -> Iterator[KafkaRecord]:
        moved = True
        while moved:
            moved = False
            for lane in self._lanes.values():
                while lane and self._is_due(lane[0]):
                    moved = True
                    yield self._given(lane.popleft())

    def _is_due(self, record: KafkaRecord) -> bool:
        return record.seq is None or record.seq <= self._next

    def _given(self, record: KafkaRecord) -> KafkaRecord:
        if record.seq == self._next:
            self._next += 1
        return record

    def _copied(self, end: int) -> Iterator[KafkaRecord]:
        """Fill from the next seq up to the one before `end`; then `end` is next."""
        while self._next < end:
            copy = self._copy()
            if copy is None or copy.seq is None or copy.seq >= end:
                break
            self._next = copy.seq + 1
            yield self._copies.popleft()
        self._next = max(self._next, end)

    def _copy(self) -> KafkaRecord | None:
        """Look at the first copy that is not behind; None when there is none."""
        while self._copies and (self._copies[0].seq or 0) < self._next:
            self._copies.popleft()
        if not self._copies and self._more_copies:
            found = (
                one
                for one in self._records
                if one.repair and (one.seq or 0) >= self._next
            )
            self._copies.extend(nsmallest(COPIES, found, key=lambda one: one.seq or 0))
            self._more_copies = len(self._copies) == COPIES
        return self._copies[0] if self._copies else None
