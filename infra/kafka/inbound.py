"""
The way in: records of the intake topic one by one, and what is said about them.

A record is ticked off only when all that is said about it is stored. Partitions are
shared out among the processes of one group; what one of them leaves, another takes up
again from the last tick.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka
from kafka.structs import OffsetAndMetadata

from infra.kafka.client import connected, consumer
from infra.kafka.errors import translating
from infra.kafka.publishing import CONTENT_TYPE as HEADER
from infra.kafka.publishing import DELIVERY_S, patient
from infra.kafka.reading import places_of
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings

GROUP = "nambuoc-intake"
"""The consumer group of the way in; a prefix of topics follows its name."""
AT_ONCE = 20
"""So many records are fetched at most before the group hears of us again."""
_POLL_MS = 500
_READER: dict[str, object] = {
    "max_poll_records": AT_ONCE,
    # A dead process gives its partitions back after so long.
    "session_timeout_ms": 6_000,
    "heartbeat_interval_ms": 1_500,
    "max_poll_interval_ms": 300_000,
}
_WRITER: dict[str, object] = {
    "acks": "all",
    "delivery_timeout_ms": int(DELIVERY_S * 1000),
    "request_timeout_ms": 5_000,
    "max_block_ms": 10_000,
    "retry_backoff_ms": 10,
    "reconnect_backoff_max_ms": 500,
}


@dataclass(frozen=True, slots=True)
class Inbound:
    """One record as it lies there; an empty body stands for none."""

    topic: str
    partition: int
    offset: int
    body: bytes

    @property
    def place(self) -> str:
        """Name where it stands: topic[partition]@offset."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One record of ours: to which topic, under which key."""

    topic: str
    key: str
    body: bytes


class Line:
    """A place in the group, and a pen; of no more use after an error."""

    def __init__(self, reader: KafkaConsumer, writer: KafkaProducer) -> None:
        self._reader = reader
        self._writer = writer

    def poll(self) -> list[Inbound]:
        """Wait half a second for records, each partition's in order."""
        with translating():
            found = self._reader.poll(_POLL_MS)
        return [
            Inbound(one.topic, one.partition, one.offset, one.value or b"")
            for records in found.values()
            for one in records
        ]

    def tell(self, letters: Sequence[Letter]) -> None:
        """Return when all are stored; otherwise some of them may be."""
        say(self._writer, letters)

    def tick(self, record: Inbound) -> None:
        """Let the group go on behind this record; in a rebalance it comes again."""
        place = TopicPartition(record.topic, record.partition)
        with translating(), suppress(kafka.RebalanceInProgressError):
            self._reader.commit({place: OffsetAndMetadata(record.offset + 1)})


@contextmanager
def line(settings: KafkaSettings) -> Iterator[Line]:
    """
    Join the group; errors of kafka-python leave as ours.

    Raises UnavailableError, NotFoundError when the topics are not there, RejectedError.
    """
    topics = Topics(settings.prefix)
    group = f"{GROUP}-{settings.prefix}" if settings.prefix else GROUP
    reader = consumer(settings, group_id=group, **_READER)
    try:
        with translating(", ".join(settings.bootstrap)):
            places_of(reader, (topics.intake, topics.replies, topics.dead_letters))
            reader.subscribe([topics.intake])
        with writing(settings) as writer:
            yield Line(reader, writer)
    finally:
        reader.close()


@contextmanager
def writing(settings: KafkaSettings) -> Iterator[KafkaProducer]:
    """Open a producer whose every wait has an end, and whose thread ends with it."""
    writer = connected(KafkaProducer, settings, _WRITER, client=patient)
    try:
        yield writer
    finally:
        sender: Thread = vars(writer)["_sender"]
        vars(writer)["_sender"].force_close()
        sender.join(DELIVERY_S)
        writer.close(timeout=0)


def say(writer: KafkaProducer, letters: Sequence[Letter]) -> None:
    """Store letters; an error says that one of them is in doubt: UnavailableError."""
    with translating():
        sent = [
            writer.send(one.topic, one.body, key=one.key.encode(), headers=[HEADER])
            for one in letters
        ]
        writer.flush(timeout=DELIVERY_S + 5)
        for future in sent:
            if not future.succeeded():
                raise future.exception or kafka.KafkaTimeoutError("in doubt")


@contextmanager
def replies(settings: KafkaSettings) -> Iterator[Callable[[float], Iterator[bytes]]]:
    """
    Listen to the replies from now on; lends a function that gives them for so long.

    Raises UnavailableError, NotFoundError when the topic is not there.
    """
    reader = consumer(settings)

    def coming(wait_s: float) -> Iterator[bytes]:
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            with translating():
                found = reader.poll(_POLL_MS)
            for records in found.values():
                yield from (record.value for record in records if record.value)

    try:
        with translating(", ".join(settings.bootstrap)):
            places = places_of(reader, (Topics(settings.prefix).replies,))
            ends = reader.end_offsets(places)
            reader.assign(places)
            for place in places:
                reader.seek(place, ends[place])
        yield coming
    finally:
        reader.close()
