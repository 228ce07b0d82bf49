"""
Where the relay goes on: the end of the published log, held against our journal.

1. The last committed record of every partition counts; a transaction is whole in all
   partitions, so the greatest of their seqs is the last one published. Copies made by a
   repair do not count.
2. Each of these records must be ours, byte for byte, in the partition where it belongs.
3. The cursor, committed in the same transactions, must say the same; Kafka forgets it
   after seven days without a transaction, then the records alone decide.
4. Only topics that never held a record begin at 0.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition

from dossiers.errors import DossierError, TamperedError, UnavailableError
from dossiers.ports import Journal
from infra.kafka.client import admin, consumer
from infra.kafka.errors import translating
from infra.kafka.publishing import GROUP, place_of
from infra.kafka.reading import KafkaRecord, record_of
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from storage.journal import PARTS

LIMIT_S = 15.0
_FIRST_LOOK = 64
_DEEPER = 8


class KafkaAheadError(TamperedError):
    """The topics hold events that our journal does not know: it is an older copy."""

    def __init__(self, reached: int, size: int) -> None:
        """Keep the reason in one short clause beside the sentence."""
        do = "nambuoc audit verify --all --repair"
        vi = f"Kafka có đến seq {reached}, nhật ký chỉ đến {size}; hãy chạy: {do}"
        self.reason = f"Kafka is ahead at seq {reached}, the journal ends at {size}"
        super().__init__(vi, f"{self.reason}; run: {do}")


Wanted = Callable[[KafkaRecord], bool]
Offsets = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Log:
    """The topics as one consumer sees them, beside our journal."""

    consumer: KafkaConsumer
    topics: Topics
    journal: Journal

    def published(self) -> int | None:
        """Tell the last seq; 0 of topics never used, None when all was removed."""
        partitions = self._partitions()
        begins = self.consumer.beginning_offsets(partitions)
        tails = self._last(partitions, begins, lambda tail: not tail.repair)
        if not tails:
            return None if any(begins.values()) else 0
        size = self.journal.head().size
        for tail in tails:
            if tail.seq is None or tail.seq <= size:
                self._demand_ours(tail)
        reached = max(tail.seq or 0 for tail in tails)
        if reached > size:
            self._demand_older(size, begins)
            raise KafkaAheadError(reached, size)
        return reached

    def cursor(self) -> int | None:
        """Read the seq that the last transaction committed; None when forgotten."""
        found = self.consumer.committed(TopicPartition(self.topics.cursor, 0))
        return None if found is None else int(found)

    def _partitions(self) -> list[TopicPartition]:
        wanted = {
            self.topics.events: PARTS,
            self.topics.access: 1,
            self.topics.checkpoints: 1,
            self.topics.cursor: 1,
        }
        for topic, count in wanted.items():
            there = len(self.consumer.partitions_for_topic(topic))
            if there != count:
                raise _not_provisioned(topic, there, count)
        events = (self.topics.events, self.topics.access)
        return [TopicPartition(name, n) for name in events for n in range(wanted[name])]

    def _demand_ours(self, tail: KafkaRecord) -> None:
        """Raise TamperedError unless it is our event in its own partition."""
        mine = next(self.journal.read(tail.seq, tail.seq), None) if tail.seq else None
        place = place_of(self.topics, mine.stream) if mine else None
        if mine and mine.body == tail.body and place == (tail.topic, tail.partition):
            return
        raise _foreign(tail)

    def _demand_older(self, size: int, begins: Offsets) -> None:
        """Raise TamperedError unless our last event stands in the log too."""
        for event in self.journal.read(max(size, 1), size):
            partition = place_of(self.topics, event.stream)
            for tail in self._last(
                [partition], begins, lambda tail: (tail.seq or size) <= size
            ):
                self._demand_ours(tail)

    def _last(
        self, partitions: Sequence[TopicPartition], begins: Offsets, wanted: Wanted
    ) -> list[KafkaRecord]:
        """Find each partition's last committed record of this kind, back to front."""
        ends = self.consumer.end_offsets(partitions)
        highs = {p: ends[p] for p in partitions if ends[p] > begins[p]}
        found: dict[TopicPartition, KafkaRecord] = {}
        look = _FIRST_LOOK
        while highs:
            lows = {p: max(begins[p], high - look) for p, high in highs.items()}
            found |= self._last_between(lows, highs, wanted)
            highs = {p: n for p, n in lows.items() if p not in found and n > begins[p]}
            look *= _DEEPER
        return list(found.values())

    def _last_between(
        self, lows: Offsets, highs: Offsets, wanted: Wanted
    ) -> dict[TopicPartition, KafkaRecord]:
        self.consumer.assign(list(lows))
        for partition, low in lows.items():
            self.consumer.seek(partition, low)
        found: dict[TopicPartition, KafkaRecord] = {}
        until = time.monotonic() + LIMIT_S
        while any(self.consumer.position(p) < high for p, high in highs.items()):
            if time.monotonic() > until:
                vi = "Kafka chưa trả lời hết phần cuối của chủ đề; sẽ thử lại"
                raise UnavailableError(
                    vi, "Kafka did not give the topics' end; retrying"
                )
            for partition, records in self.consumer.poll(timeout_ms=200).items():
                for tail in map(record_of, records):
                    if tail.offset < highs[partition] and wanted(tail):
                        found[partition] = tail
        return found


def resume_point(settings: KafkaSettings, journal: Journal, *, mark: int | None) -> int:
    """
    Tell the last seq that is published; `mark` decides when all else was removed.

    Raises KafkaAheadError when the journal is older than the log, TamperedError for
    records that are not ours or a cursor that says otherwise, UnavailableError also
    when the topics were not provisioned.
    """
    where = ", ".join(settings.bootstrap)
    with translating(where), closing(consumer(settings, group_id=GROUP)) as found:
        log = Log(found, Topics(settings.prefix), journal)
        until = time.monotonic() + LIMIT_S
        while True:
            reached, cursor = log.published(), log.cursor()
            known = cursor if reached is None else reached
            if known is None:
                known = mark
            if known is not None and cursor in (None, known):
                return known
            if time.monotonic() > until:
                raise _disagreeing(reached, cursor)
            time.sleep(1)  # behind a new leader the last records show a moment later


def forget_cursor(settings: KafkaSettings) -> None:
    """Let the records alone decide, once somebody knows why the two differ."""
    where = ", ".join(settings.bootstrap)
    with translating(where), closing(admin(settings)) as found:
        cursor = TopicPartition(Topics(settings.prefix).cursor, 0)
        found.delete_group_offsets(GROUP, [cursor])


def _foreign(tail: KafkaRecord) -> TamperedError:
    what = f"{tail.place} (seq {tail.seq})"
    return TamperedError(
        f"bản ghi {what} không phải của nhật ký này: chủ đề của nơi khác? Hãy đặt "
        f"NAMBUOC_KAFKA_PREFIX riêng, hoặc chạy: nambuoc audit verify --all",
        f"the record at {what} is not of this journal: a foreign topic? Give a "
        f"NAMBUOC_KAFKA_PREFIX of your own, or run: nambuoc audit verify --all",
    )


def _disagreeing(reached: int | None, cursor: int | None) -> TamperedError:
    return TamperedError(
        f"chủ đề kết thúc ở seq {reached}, con trỏ ghi {cursor}: Kafka đã mất bản ghi "
        f"hoặc con trỏ? Hãy chạy: nambuoc audit verify --all --repair",
        f"the topics end at seq {reached}, the cursor says {cursor}: did Kafka lose "
        f"records or the cursor? Run: nambuoc audit verify --all --repair",
    )


def _not_provisioned(topic: str, there: int, wanted: int) -> DossierError:
    if there:
        return TamperedError(
            f"chủ đề {topic} có {there} phần, cần {wanted}: chủ đề của nơi khác?",
            f"topic {topic} has {there} partitions, wants {wanted}: a foreign topic?",
        )
    return UnavailableError(
        f"chưa có chủ đề {topic}; hãy chạy: nambuoc events provision",
        f"there is no topic {topic} yet; run: nambuoc events provision",
    )
