"""`nambuoc events provision | tail` against a real Kafka, and one that is not there."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaProducer

from infra.kafka.client import admin, connected
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from tests.support.command_line import nambuoc
from tests.support.kafka_cluster import KafkaCluster

BODIES = (Path(__file__).parents[1] / "assets/events.v1.ndjson").read_bytes()


@pytest.fixture
def settings(kafka: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> KafkaSettings:
    """Let the environment name the broker, under a prefix of this test."""
    found = kafka.settings()
    monkeypatch.setenv("NAMBUOC_KAFKA_BOOTSTRAP", ",".join(found.bootstrap))
    monkeypatch.setenv("NAMBUOC_KAFKA_PREFIX", found.prefix)
    monkeypatch.delenv("NAMBUOC_LANG", raising=False)
    return found


def test_provision_makes_topics_and_hints_at_rights(settings: KafkaSettings) -> None:
    first = nambuoc("events", "provision", "--json")
    again = nambuoc("events", "provision")

    assert first.code == again.code == 0
    created = first.document["created"]
    assert isinstance(created, list)
    assert Topics(settings.prefix).events in created
    assert f" ✔ {Topics(settings.prefix).access}" in again.out
    assert "kafka-acls" in again.out


def test_provision_says_what_remains_different(settings: KafkaSettings) -> None:
    name = Topics(settings.prefix).events
    week = {"num_partitions": 12, "configs": {"retention.ms": "604800000"}}
    with closing(admin(settings)) as client:
        client.create_topics({name: week})
    told = nambuoc("events", "provision")

    assert told.code == 8
    assert f"{name}: retention.ms=604800000 → -1" in told.out
    assert nambuoc("events", "provision", "--apply").code == 0


def test_provision_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NAMBUOC_KAFKA_BOOTSTRAP", raising=False)
    assert nambuoc("events", "provision").code == 2

    monkeypatch.setenv("NAMBUOC_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    told = nambuoc("events", "provision")
    assert told.code == 7
    assert "127.0.0.1:1" in told.err


def test_tail_shows_events_of_the_topic_and_marks_strangers(
    settings: KafkaSettings,
) -> None:
    assert nambuoc("events", "provision").code == 0
    with closing(connected(KafkaProducer, settings, {})) as producer:
        topic = Topics(settings.prefix).events
        for seq, body in enumerate(BODIES.splitlines()[:2], start=1):
            head = [("nambuoc-seq", b"%d" % seq)]
            producer.send(topic, body, headers=head, partition=0)
        producer.send(topic, b"what is this", partition=0)
        producer.flush(30)
    words = ("events", "tail", "--from", "beginning", "--limit", "3")
    said, told = nambuoc(*words), nambuoc(*words, "--json")

    assert "nộp hồ sơ" in said.out
    assert f"✘  {topic}[0]@2" in said.out
    assert [json.loads(line)["seq"] for line in told.out.splitlines()] == [1, 2, None]
