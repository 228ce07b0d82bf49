"""
Publish events in Kafka transactions, each with the relay's cursor in it.

- A time-out says nothing: what was sent may be in the log. After any error the
  publisher is of no more use; a new one fences it and reads where the log ends.
- kafka-python waits for offsets and commits without limit, and drops the request in
  hand when the transaction coordinator dies: both are put right here.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from kafka import KafkaProducer, TopicPartition
from kafka import errors as kafka
from kafka.future import Future
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata

from dossiers.crashpoints import crashpoint
from dossiers.errors import DossierError
from dossiers.ports import Recorded
from infra.kafka.client import connected
from infra.kafka.errors import FencedError, PoisonedError, translated
from infra.kafka.reading import SEQ
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from storage.journal import part_of

GROUP = "nambuoc-relay"
"""The consumer group whose offset in the cursor topic is the last seq published."""
CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
DELIVERY_S = 15.0
_PAUSE_S = 0.05
_OPTIONS: dict[str, object] = {
    # A dead relay blocks read_committed readers no longer than this.
    "transaction_timeout_ms": 15_000,
    "delivery_timeout_ms": int(DELIVERY_S * 1000),
    "request_timeout_ms": 5_000,
    "max_block_ms": 10_000,
    "retry_backoff_ms": 10,
    "reconnect_backoff_max_ms": 500,
    "compression_type": "zstd",
    "batch_size": 262_144,
    "linger_ms": 5,
}


def place_of(topics: Topics, stream: str) -> TopicPartition:
    """Place a stream: reads of papers apart, all else by the journal's part."""
    if stream.startswith("access:"):
        return TopicPartition(topics.access, 0)
    return TopicPartition(topics.events, part_of(stream))


def patient(**configs: object) -> KafkaNetClient:
    """
    Make kafka-python's client, patient with a node that is away.

    Its sender expects False of `await_ready` and gets an exception (3.0.12): the
    request in hand is lost, a batch fails after its whole time, a commit never ends.
    """
    client = KafkaNetClient(**configs)
    ready: Callable[..., bool] = client.await_ready

    def await_ready(node_id: int, timeout_ms: float = 30_000) -> bool:
        try:
            return ready(node_id, timeout_ms=timeout_ms)
        except kafka.KafkaError:
            time.sleep(_PAUSE_S)
            return False

    client.await_ready = await_ready
    return client


class _Result(Protocol):
    """What a transactional request of kafka-python is waited for with."""

    def wait(self, *, timeout_ms: float) -> bool:
        """Wait; False at the time-out, raises what it failed with."""


class _Producer(KafkaProducer):  # type: ignore[misc]  # kafka-python has no types
    """A transactional producer whose every wait has an end."""

    def add_cursor(self, cursor: TopicPartition, seq: int) -> None:
        """Put the cursor into the transaction; KafkaTimeoutError at the limit."""
        offsets = {cursor: OffsetAndMetadata(seq)}
        manager = self._transaction_manager
        self._await(manager.send_offsets_to_transaction(offsets, GROUP))

    def commit(self) -> None:
        """Commit; a KafkaTimeoutError leaves open whether it was committed."""
        self._await(self._transaction_manager.begin_commit())

    def causes(self) -> list[Exception]:
        """Tell what made the transaction fail: its calls only say that it did."""
        found = self._transaction_manager.last_error
        return [found] if isinstance(found, Exception) else []

    def end(self) -> None:
        """Drop what is unsent and let go; `close` alone keeps its thread running."""
        self._sender.force_close()
        self._sender.join(DELIVERY_S)
        self.close(timeout=0)

    def _await(self, result: _Result) -> None:
        self._sender.wakeup()
        if not result.wait(timeout_ms=DELIVERY_S * 1000):
            text = f"no answer to a transactional request in {DELIVERY_S:.0f} s"
            raise kafka.KafkaTimeoutError(text)


class Publisher:
    """The one who may publish, until another is made with the same id."""

    def __init__(self, producer: _Producer, topics: Topics) -> None:
        self._producer = producer
        self._topics = topics
        self._cursor = TopicPartition(topics.cursor, 0)

    def publish(
        self, events: Sequence[Recorded], note: bytes | None, *, reached: int
    ) -> None:
        """
        Publish events, a signed checkpoint and the cursor in one transaction.

        Raises FencedError, PoisonedError or UnavailableError; then this publisher is
        of no more use, and whether the transaction was committed is not known.
        """
        producer = self._producer
        with _translating(producer.causes):
            producer.begin_transaction()
            crashpoint("relay-begun")
            sent = [self._send(event) for event in events]
            if note is not None:
                sent.append(producer.send(self._topics.checkpoints, note, partition=0))
            crashpoint("relay-sent")
            producer.flush(timeout=DELIVERY_S + 5)
            crashpoint("relay-flushed")
            _demand_stored(sent)
            producer.add_cursor(self._cursor, reached)
            crashpoint("relay-offsets")
            producer.commit()
            crashpoint("relay-committed")

    def _send(self, event: Recorded) -> Future:
        place = place_of(self._topics, event.stream)
        return self._producer.send(
            place.topic,
            event.body,
            key=event.stream.partition(":")[2].encode(),
            headers=[CONTENT_TYPE, (SEQ, str(event.seq).encode())],
            partition=place.partition,
        )


@contextmanager
def publisher(settings: KafkaSettings, transactional_id: str) -> Iterator[Publisher]:
    """
    Become the one who publishes: fences the last one, ends its open transaction.

    Raises UnavailableError, FencedError, PoisonedError.
    """
    options = {**_OPTIONS, "transactional_id": transactional_id}
    producer = connected(_Producer, settings, options, client=patient)
    try:
        with _translating(producer.causes):
            producer.init_transactions()
        yield Publisher(producer, Topics(settings.prefix))
    finally:
        producer.end()


def _demand_stored(sent: Sequence[Future]) -> None:
    """Raise what became of the first record that is not known to be stored."""
    for future in sent:
        if not future.succeeded():
            raise future.exception or kafka.KafkaTimeoutError("a record is in doubt")


@contextmanager
def _translating(causes: Callable[[], list[Exception]]) -> Iterator[None]:
    """Let the gravest cause leave, as an error of ours."""
    try:
        yield
    except (kafka.KafkaError, OSError, RuntimeError, ValueError) as error:
        found = [translated(one) for one in (*causes(), _told(error))]
        raise max(found, key=_gravity) from error


def _told(error: Exception) -> Exception:
    """Read a state that its own thread has changed: this producer is used up."""
    if isinstance(error, kafka.IllegalStateError):
        aborted: Exception = kafka.TransactionAbortedError(str(error))
        return aborted
    return error


def _gravity(error: DossierError) -> int:
    match error:
        case FencedError():
            return 2
        case PoisonedError():
            return 1
        case _:
            return 0
