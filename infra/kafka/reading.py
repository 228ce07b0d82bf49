"""
Read what is published, once, up to where it ended when the reading began.

Only committed records are seen. Memory is bounded by what a broker sends at once.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from dossiers.errors import NotFoundError, UnavailableError
from infra.kafka.client import consumer
from infra.kafka.errors import translating
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings

SEQ = "nambuoc-seq"
REPAIR = "nambuoc-repair"
PATIENCE_S = 30.0
"""Without anything new for so long, Kafka counts as not answering."""
_POLL_MS = 500
_MOST_DIGITS = 18
_OURS = b'"specversion":"1.0"'


@dataclass(frozen=True, slots=True)
class KafkaRecord:
    """One record; `seq` is None when the header or the body is not of our making."""

    topic: str
    partition: int
    offset: int
    seq: int | None
    repair: bool
    body: bytes

    @property
    def place(self) -> str:
        """Name where it stands: topic[partition]@offset."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, slots=True)
class Committed:
    """
    The committed records of both event topics, partition by partition in order.

    Iterating opens a connection of its own each time; raises UnavailableError,
    NotFoundError when a topic is missing, RejectedError.
    """

    settings: KafkaSettings
    topics: tuple[str, ...]

    def __iter__(self) -> Iterator[KafkaRecord]:
        """Read all, as the brokers give it."""
        with reading(self) as found:
            while found.unread:
                for records in found.poll().values():
                    yield from records


def read_committed(settings: KafkaSettings) -> Committed:
    """Read events and reads of papers from the beginning to the present end."""
    topics = Topics(settings.prefix)
    return Committed(settings, (topics.events, topics.access))


class Reading:
    """One pass over the partitions, each up to its end at the start of the pass."""

    def __init__(self, client: KafkaConsumer, topics: tuple[str, ...]) -> None:
        self._client = client
        places = places_of(client, topics)
        begins = client.beginning_offsets(places)
        ends: dict[TopicPartition, int] = client.end_offsets(places)
        self._ends = ends
        self.unread = {place for place in places if ends[place] > begins[place]}
        client.assign(places)
        for place in places:
            client.seek(place, begins[place])
        self._late = time.monotonic() + PATIENCE_S

    def poll(
        self, full: Collection[TopicPartition] = ()
    ) -> dict[TopicPartition, list[KafkaRecord]]:
        """
        Read on, but for partitions that are full; `unread` loses those at their end.

        UnavailableError when nothing new comes for half a minute.
        """
        wanted = self.unread - set(full)
        self._client.pause(*(self._ends.keys() - wanted))
        self._client.resume(*wanted)
        _unpark(self._client)
        found: dict[TopicPartition, list[ConsumerRecord]] = self._client.poll(_POLL_MS)
        for place in set(found) or wanted:
            if self._client.position(place) >= self._ends[place]:
                self.unread.discard(place)
                self._late = time.monotonic() + PATIENCE_S
        if found:
            self._late = time.monotonic() + PATIENCE_S
        elif time.monotonic() > self._late:
            vi = "Kafka không gửi gì nữa trước khi hết chủ đề; hãy thử lại sau"
            raise UnavailableError(
                vi, "Kafka stopped in the midst of a topic; try later"
            )
        return {place: self._ours(place, records) for place, records in found.items()}

    def _ours(
        self, place: TopicPartition, records: list[ConsumerRecord]
    ) -> list[KafkaRecord]:
        end = self._ends[place]
        return [record_of(one) for one in records if one.offset < end]


@contextmanager
def reading(wanted: Committed) -> Iterator[Reading]:
    """Open a pass over topics; the connection ends with it."""
    where = ", ".join(wanted.settings.bootstrap)
    client = consumer(wanted.settings, max_poll_records=2_000)
    try:
        with translating(where):
            yield Reading(client, wanted.topics)
    finally:
        client.close()


def _unpark(client: KafkaConsumer) -> None:
    """
    Let go of an emptied batch, so that resumed partitions give what was put aside.

    kafka-python 3.0.12 waits for None there, and an emptied batch is only false.
    """
    fetcher = vars(vars(client)["_fetcher"])
    if not fetcher["_next_partition_records"]:
        fetcher["_next_partition_records"] = None


def record_of(record: ConsumerRecord) -> KafkaRecord:
    """Take a record as it is; what is not ours gets no seq."""
    body = record.value or b""
    seqs = [value for name, value in record.headers if name == SEQ]
    return KafkaRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        seq=_number(seqs[0]) if len(seqs) == 1 and _OURS in body else None,
        repair=any(name == REPAIR for name, _ in record.headers),
        body=body,
    )


def _number(written: bytes | None) -> int | None:
    if written is None or not written.isdigit() or len(written) > _MOST_DIGITS:
        return None
    return int(written) or None


def places_of(client: KafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """List the partitions of topics; raises NotFoundError for one that is missing."""
    places: list[TopicPartition] = []
    for topic in topics:
        numbers: set[int] = client.partitions_for_topic(topic)
        if not numbers:
            do = "nambuoc events provision"
            vi = f"Kafka không có chủ đề {topic}, hoặc không cho xem; chạy: {do}"
            en = f"Kafka has no topic {topic}, or not for this user; run: {do}"
            raise NotFoundError(vi, en)
        places += [TopicPartition(topic, number) for number in sorted(numbers)]
    return places
