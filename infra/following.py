"""Events as they come: from Kafka, or from the journal itself where there is none."""

import time
from collections.abc import Iterator

from dossiers.ports import Journal
from infra.kafka.client import consumer
from infra.kafka.errors import translating
from infra.kafka.reading import KafkaRecord, places_of, record_of
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings

PAUSE_S = 0.2
"""How often the journal is asked for more."""
_POLL_MS = 500


def follow_kafka(
    settings: KafkaSettings, *, from_beginning: bool
) -> Iterator[KafkaRecord]:
    """
    Give committed records without end, partition by partition; waits out an outage.

    Raises UnavailableError when Kafka does not answer at first, NotFoundError when a
    topic is missing, RejectedError.
    """
    topics = Topics(settings.prefix)
    with translating(", ".join(settings.bootstrap)):
        client = consumer(settings)
        try:
            places = places_of(client, (topics.events, topics.access))
            starts = client.beginning_offsets if from_beginning else client.end_offsets
            client.assign(places)
            for place, offset in starts(places).items():
                client.seek(place, offset)
            while True:
                for records in client.poll(_POLL_MS).values():
                    yield from map(record_of, records)
        finally:
            client.close()


def follow_journal(
    journal: Journal, *, from_beginning: bool
) -> Iterator[tuple[int, bytes]]:
    """Give seq and body of each event without end, in seq order."""
    last = 0 if from_beginning else journal.head().size
    while True:
        for recorded in journal.read(last + 1):
            last = recorded.seq
            yield recorded.seq, recorded.body
        time.sleep(PAUSE_S)
