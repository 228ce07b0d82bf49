"""The brokers of the tests do what the fault tests ask of them."""

from collections.abc import Callable
from contextlib import closing

import pytest
from kafka import KafkaProducer

from infra.kafka.client import admin, connected
from infra.kafka.publishing import patient
from infra.kafka.reading import Committed
from infra.settings import KafkaSettings
from tests.support.kafka_cluster import KafkaCluster
from tests.support.noida import Noida

_OPTIONS = {"request_timeout_ms": 5000, "reconnect_backoff_max_ms": 500}


def _topic(settings: KafkaSettings, copies: int) -> str:
    with closing(admin(settings)) as client:
        wanted = {"num_partitions": 1, "replication_factor": copies}
        client.create_topics({settings.prefix: wanted})
    return settings.prefix


def _keep_one_of_two(settings: KafkaSettings, topic: str) -> None:
    """Commit a record and abort another one."""
    options = {**_OPTIONS, "transactional_id": settings.prefix}
    with closing(connected(KafkaProducer, settings, options, client=patient)) as made:
        made.init_transactions()
        for value, end in (
            (b"kept", made.commit_transaction),
            (b"dropped", made.abort_transaction),
        ):
            made.begin_transaction()
            made.send(topic, value, partition=0).get(60)
            end()


def _read(settings: KafkaSettings, topic: str) -> list[bytes]:
    return [record.body for record in Committed(settings, (topic,))]


@pytest.mark.parametrize("name", ["kafka", "noida"])
def test_a_transaction_is_seen_whole_or_not_at_all(
    request: pytest.FixtureRequest, name: str
) -> None:
    broker: KafkaCluster | Noida = request.getfixturevalue(name)
    settings = broker.settings()
    topic = _topic(settings, 1)
    _keep_one_of_two(settings, topic)

    assert _read(settings, topic) == [b"kept"]


@pytest.mark.parametrize(
    "fault", [KafkaCluster.kill, KafkaCluster.pause, KafkaCluster.terminate]
)
def test_another_node_leads_when_one_is_lost(
    kafka3: KafkaCluster, fault: Callable[[KafkaCluster, int], None]
) -> None:
    settings = kafka3.settings()
    topic = _topic(settings, 3)
    leader = kafka3.leader_of(topic, 0)
    fault(kafka3, leader)
    _keep_one_of_two(settings, topic)

    assert kafka3.leader_of(topic, 0) not in (leader, -1)
    kafka3.heal()
    assert _read(settings, topic) == [b"kept"]


def test_a_node_comes_back_with_what_it_had(kafka3: KafkaCluster) -> None:
    settings = kafka3.settings()
    topic = _topic(settings, 3)
    _keep_one_of_two(settings, topic)
    for number in kafka3.nodes:
        kafka3.kill(number)
    kafka3.heal()

    assert _read(settings, topic) == [b"kept"]
