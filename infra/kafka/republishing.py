"""
Kafka against the journal, and copies of what Kafka lost.

A copy is the exact bytes with the header `nambuoc-repair`: readers take one record of
each seq, the relay's look at the log's end passes copies over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kafka import KafkaProducer
from kafka import errors as kafka

from dossiers.errors import TamperedError, UnavailableError
from dossiers.ports import Recorded
from infra.house import House
from infra.kafka.client import connected
from infra.kafka.errors import translated
from infra.kafka.ordering import in_seq_order
from infra.kafka.publishing import CONTENT_TYPE, place_of
from infra.kafka.reading import REPAIR, SEQ, read_committed
from infra.kafka.relay import MARK
from infra.kafka.tail import forget_cursor
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from storage.merkle import leaf_of

_BATCH = 500
_WAIT_S = 15.0
_OPTIONS: dict[str, object] = {
    "delivery_timeout_ms": 15_000,
    "request_timeout_ms": 5_000,
    "max_block_ms": 10_000,
    "retry_backoff_ms": 10,
    "reconnect_backoff_max_ms": 500,
    "bootstrap_timeout_ms": 2_000,
    "compression_type": "zstd",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What Kafka does not hold as the journal does: a seq, and where it was seen."""

    kind: Literal["missing", "differs", "foreign"]
    seq: int | None
    place: str


def flaws(house: House, settings: KafkaSettings) -> Iterator[Flaw]:
    """
    Compare every committed record with the journal, up to the relay's last mark.

    Raises UnavailableError and what reading Kafka raises.
    """
    mark = house.marks.get(MARK)
    reached = min(mark.seq if mark else 0, house.journal.head().size)
    leaves = house.journal.leaves(1, reached)
    seq, leaf = 0, b""
    for record in in_seq_order(read_committed(settings)):
        if record.seq is None:
            yield Flaw("foreign", None, record.place)
            continue
        for lost in range(seq + 1, min(record.seq, reached + 1)):
            leaf = next(leaves)
            yield Flaw("missing", lost, f"before {record.place}")
        if seq < record.seq <= reached:
            leaf = next(leaves)
        seq = max(seq, record.seq)
        if seq == record.seq <= reached and leaf_of(record.body) != leaf:
            yield Flaw("differs", seq, record.place)
    for lost in range(seq + 1, reached + 1):
        yield Flaw("missing", lost, "at the end")


def republish(house: House) -> int:
    """Send a copy of every event that Kafka lost; counts them."""
    settings = house.settings.kafka
    if settings is None:
        return 0
    found = flaws(house, settings)
    lost = [one.seq for one in found if one.kind == "missing" and one.seq is not None]
    if lost:
        _copy(house, settings, lost)
    return len(lost)


def demand_ours(house: House) -> None:
    """
    Raise TamperedError for a record that no copy can put right.

    Another body at a seq of ours, or a record that is not ours at all. Without one the
    records alone say where the relay goes on: a cursor that differs is forgotten.
    """
    settings = house.settings.kafka
    if settings is None:
        return
    for one in flaws(house, settings):
        vi = f"Kafka {one.place}: bản ghi seq {one.seq} không đúng nhật ký"
        en = f"Kafka {one.place}: the record of seq {one.seq} is not the journal's"
        do = "; NAMBUOC_KAFKA_PREFIX"
        raise TamperedError(vi + do, en + do)
    forget_cursor(settings)


def _copy(house: House, settings: KafkaSettings, lost: Sequence[int]) -> None:
    producer = connected(KafkaProducer, settings, _OPTIONS)
    try:
        for first in range(0, len(lost), _BATCH):
            chosen = lost[first : first + _BATCH]
            batch = [next(house.journal.read(seq, seq)) for seq in chosen]
            _send(producer, Topics(settings.prefix), batch)
    except (kafka.KafkaError, OSError) as error:
        raise translated(error, ", ".join(settings.bootstrap)) from error
    finally:
        producer.close()


def _send(producer: KafkaProducer, topics: Topics, batch: Sequence[Recorded]) -> None:
    sent = []
    for event in batch:
        place = place_of(topics, event.stream)
        sent.append(
            producer.send(
                place.topic,
                event.body,
                key=event.stream.partition(":")[2].encode(),
                headers=[CONTENT_TYPE, (SEQ, str(event.seq).encode()), (REPAIR, b"1")],
                partition=place.partition,
            )
        )
    producer.flush(timeout=_WAIT_S)
    if not all(future.succeeded() for future in sent):
        vi = "Kafka chưa nhận hết bản sao; hãy chạy lại audit verify --all --repair"
        en = "Kafka did not take every copy; run audit verify --all --repair again"
        raise UnavailableError(vi, en)
