"""Three brokers, killed and stopped under the relay."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka.errors import KafkaConnectionError
from kafka.net.compat import KafkaNetClient

from infra.kafka.publishing import patient
from infra.kafka.topics import Topics
from storage.meta import DEFAULT_SITE
from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import Relayed, relayed


@pytest.fixture
def made(
    kafka3: KafkaCluster, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    with relayed(tmp_path / "home", sqlite_template, kafka3.settings()) as found:
        yield found


def leader(cluster: KafkaCluster, made: Relayed) -> int:
    """Find who leads the first partition of events."""
    return cluster.leader_of(Topics(made.settings.prefix).events, 0)


def coordinator(cluster: KafkaCluster, made: Relayed) -> int:
    """Find who coordinates the relay's transactions."""
    name = f"{made.settings.prefix}.{DEFAULT_SITE}-relay-0"
    return cluster.coordinator_of(name)


@pytest.mark.parametrize(
    ("fault", "role"),
    [
        (KafkaCluster.kill, leader),
        (KafkaCluster.kill, coordinator),
        (KafkaCluster.pause, coordinator),
        pytest.param(KafkaCluster.pause, leader, marks=pytest.mark.long),
    ],
)
def test_one_broker_lost_is_a_pause(
    fault: Callable[[KafkaCluster, int], None],
    role: Callable[[KafkaCluster, Relayed], int],
    kafka3: KafkaCluster,
    made: Relayed,
) -> None:
    made.grow(500)
    relay = made.relay()
    made.wait()

    made.grow(3000)
    fault(kafka3, role(kafka3, made))
    made.grow(1000)
    made.wait()

    assert relay.end() == "waiting"
    kafka3.heal()
    made.demand_equal()


def test_kafka_python_still_needs_our_patience(kafka3: KafkaCluster) -> None:
    # Its sender expects False. When this fails, `patient` may go.
    clients = [
        make(bootstrap_servers=kafka3.bootstrap) for make in (KafkaNetClient, patient)
    ]
    for client in clients:
        client.get_broker_version(timeout_ms=5000)
    kafka3.kill(3)

    with pytest.raises(KafkaConnectionError):
        clients[0].await_ready(3, timeout_ms=500)
    assert clients[1].await_ready(3, timeout_ms=500) is False
    for client in clients:
        client.close()


def test_two_of_three_lost_is_waited_for_while_officers_work(
    kafka3: KafkaCluster, made: Relayed
) -> None:
    made.grow(500)
    relay = made.relay()
    made.wait()
    made.grow(2000)

    for number in (1, 2):
        kafka3.kill(number)
    began = time.monotonic()
    made.grow(1000)
    appended = time.monotonic() - began
    told = relay.wait("waiting")
    kafka3.heal()
    made.wait()

    assert appended < 5
    assert "Kafka" in told["en"]
    assert relay.end() == "waiting"
    made.demand_equal()


@pytest.mark.long
def test_each_broker_killed_in_turn(kafka3: KafkaCluster, made: Relayed) -> None:
    relay = made.relay()
    for number in kafka3.nodes:
        made.grow(1500)
        kafka3.kill(number)
        made.grow(1500)
        made.wait()
        kafka3.heal()

    assert relay.end() == "waiting"
    made.demand_equal()
