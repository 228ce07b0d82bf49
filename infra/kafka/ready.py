"""Whether Kafka answers and has our topics."""

from contextlib import closing

from infra.kafka.client import consumer
from infra.kafka.errors import translating
from infra.kafka.reading import places_of
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings


def demand_ready(settings: KafkaSettings) -> None:
    """Raise UnavailableError, RejectedError, or NotFoundError naming a topic."""
    names = [topic.name for topic in Topics(settings.prefix).every]
    where = ", ".join(settings.bootstrap)
    with translating(where), closing(consumer(settings)) as client:
        places_of(client, names)
