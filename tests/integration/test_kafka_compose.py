"""`infra/deploy/compose.yaml`: nothing secret, no open door, a Kafka that starts."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from infra.kafka.client import admin
from infra.kafka.provisioning import provision
from infra.settings import KafkaSettings
from tests.support.kafka_cluster import KafkaCluster
from tests.support.kafka_node import HOST, Node, free_port

DEPLOY = Path(__file__).parents[2] / "infra" / "deploy"
SERVICES = import_module("yaml").safe_load(
    (DEPLOY / "compose.yaml").read_text("utf-8")
)["services"]


def test_every_port_is_for_this_machine_alone() -> None:
    ports = [port for one in SERVICES.values() for port in one["ports"]]

    assert len(ports) == 4
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)


def test_no_password_stands_in_the_file_or_in_the_example() -> None:
    secret = re.compile("PASSWORD|SECRET|ROOT_USER")
    told = [
        value
        for one in SERVICES.values()
        for name, value in one["environment"].items()
        if secret.search(name)
    ]
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    asked = {line.partition("=")[0] for line in lines}

    assert len(told) == 3
    for value in told:
        (name,) = re.findall(r"^\$\{(\w+):\?[^}]+\}$", value)
        assert name in asked
    assert {"POSTGRES_PASSWORD=", "NAMBUOC_S3_SECRET_KEY="} <= set(lines)


@pytest.fixture
def composed(kafka: KafkaCluster, tmp_path: Path) -> Iterator[KafkaSettings]:
    """Start a broker with the service's settings, moved to free ports of this host."""
    assert kafka.nodes[1].runs  # Kafka is here, or this was skipped loudly
    node = Node(1, tmp_path, free_port(), free_port())
    told = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in SERVICES["kafka"]["environment"].items()
    }
    text = "".join(f"{name}={value}\n" for name, value in told.items())
    moved = {
        "//0.0.0.0:": f"//{HOST}:",
        "0.0.0.0": HOST,  # noqa: S104
        "kafka:": f"{HOST}:",
        ":9092": f":{node.port}",
        ":19092": f":{free_port()}",
        ":9093": f":{node.controller}",
        "/var/lib/kafka/data": str(tmp_path / "data"),
    }
    for old, new in moved.items():
        text = text.replace(old, new)
    (tmp_path / "server.properties").write_text(text, encoding="utf-8")
    assert node.format("AAAAAAAAAAAAAAAAAAAAAA").wait(60) == 0, node.tail()
    node.start()
    until = time.monotonic() + 90
    while not node.answers():
        assert node.runs, node.tail()
        assert time.monotonic() < until, node.tail()
        time.sleep(0.1)
    yield KafkaSettings(bootstrap=(f"{HOST}:{node.port}",))
    node.send(signal.SIGKILL)


def test_its_kafka_starts_and_takes_our_topics(composed: KafkaSettings) -> None:
    done = provision(composed)
    with closing(admin(composed)) as client:
        topics = set(client.list_topics())

    assert (done.brokers, done.replicas, done.differences) == (1, 1, ())
    assert set(done.created) <= topics
