"""The relay on real brokers and both databases, when nothing goes wrong."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import pytest
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from infra.checkpoints import Checkpoints, read_checkpoint
from infra.kafka.client import consumer
from infra.kafka.topics import Topics
from infra.leader import leading
from infra.settings import KafkaSettings
from storage.journal import SqlJournal
from storage.marks import Marks
from storage.meta import DEFAULT_SITE
from storage.schema import migrate
from tests.support.command_line import nambuoc
from tests.support.databases import Databases
from tests.support.kafka_cluster import KafkaCluster
from tests.support.noida import Noida
from tests.support.relayed import Relayed, relayed

ORIGIN = f"{DEFAULT_SITE}/log"


@pytest.fixture(params=["real", "fast", "postgresql"])
def made(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    """Give a home: with real Kafka, with the fast broker, on PostgreSQL."""
    name = "noida" if request.param == "fast" else "kafka"
    broker: KafkaCluster | Noida = request.getfixturevalue(name)
    with relayed(tmp_path / "home", sqlite_template, broker.settings()) as found:
        if request.param == "postgresql":
            server: Databases = request.getfixturevalue("postgresql_server")
            found.move(server.make())
            migrate(found.database)
        yield found


@pytest.fixture
def real(
    kafka: KafkaCluster, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    with relayed(tmp_path / "home", sqlite_template, kafka.settings()) as found:
        yield found


def test_what_was_there_before_kafka_and_what_comes_after_is_published(
    made: Relayed,
) -> None:
    made.grow(2300)

    relay = made.relay()
    for count in (1, 7, 600):
        made.wait()
        made.grow(count)
    made.wait()

    assert relay.end() == "waiting"
    made.demand_equal()


def test_an_event_is_seen_soon_after_its_append(real: Relayed) -> None:
    real.relay().wait("running")
    waits = []
    with reader(real.settings) as records:
        for _ in range(7):
            real.grow(1)
            began = time.monotonic()
            next(records)
            waits.append(time.monotonic() - began)

    assert sorted(waits)[3] < 1


@contextmanager
def reader(
    settings: KafkaSettings, topic: str = "events"
) -> Iterator[Iterator[ConsumerRecord]]:
    """Read a topic as it grows; fails when nothing comes for ten seconds."""
    name = getattr(Topics(settings.prefix), topic)
    with closing(consumer(settings, consumer_timeout_ms=10_000)) as client:
        count = len(client.partitions_for_topic(name))
        client.assign([TopicPartition(name, number) for number in range(count)])
        client.seek_to_beginning()
        yield client


def test_sql_hears_of_the_relay_at_most_once_a_second(
    real: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    at: list[float] = []
    put = Marks.put

    def counted(self: Marks, name: str, seq: int) -> None:
        at.append(time.monotonic())
        put(self, name, seq)

    monkeypatch.setattr(Marks, "put", counted)
    relay = real.relay()
    for _ in range(30):
        real.grow(20)
        time.sleep(0.1)
    real.wait()
    relay.end()

    assert 3 <= len(at) <= 6
    assert min(b - a for a, b in pairwise(at)) >= 0.95


def test_checkpoints_follow_the_events_that_they_sign(real: Relayed) -> None:
    real.grow(10)
    child = real.start()
    child.wait("running", 10)
    real.grow(1500)
    child.wait("running", 1510)
    with reader(real.settings, "checkpoints") as records:
        notes = [next(records).value]
        while b"\n1510\n" not in notes[-1]:
            notes.append(next(records).value)
    child.end()

    state = Checkpoints(real.home / "pki" / "log", SqlJournal(real.database), ORIGIN)
    found = [read_checkpoint(note, state.keys()) for note in notes]
    assert found[-1] == state.latest()
    assert [one.size for one in found] == sorted({one.size for one in found})


def test_lag_tells_what_is_not_published_and_why(
    real: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real.grow(30)
    for name, value in real.environment.items():
        monkeypatch.setenv(name, value)

    before = nambuoc("ops", "lag", "--json").document
    child = real.start()
    child.wait("running", 30)
    during = nambuoc("ops", "lag", "--json").document
    child.end()
    monkeypatch.delenv("NAMBUOC_KAFKA_BOOTSTRAP")
    off = nambuoc("ops", "lag", "--json").document

    assert (before["state"], before["behind"]) == ("waiting", 30)
    assert "nambuoc server start" in str(before["reason"])
    assert (during["state"], during["behind"]) == ("running", 0)
    assert during["leader"] == child.process.pid
    assert (off["state"], off["relayed"], off["reason"]) == ("off", 30, None)


def test_one_leads_on_a_database_and_another_follows(
    postgresql_server: Databases,
) -> None:
    url, stop = postgresql_server.make(), Event()
    followed: list[float] = []

    def follow() -> None:
        with leading(url, stop) as mine:
            followed.append(time.monotonic() if mine else 0.0)

    with leading(url, stop) as first:
        thread = Thread(target=follow)
        thread.start()
        thread.join(1.5)
        waits = thread.is_alive()
        ended = time.monotonic()
    thread.join(5)

    assert (first, waits) == (True, True)
    assert followed[0] > ended


def test_a_password_that_cannot_be_read_stops_the_line(real: Relayed) -> None:
    real.settings = replace(
        real.settings,
        security="SASL_PLAINTEXT",
        user="relay",
        password_file=real.home / "none",
    )

    told = real.relay().wait("stopped")

    assert "NAMBUOC_KAFKA_PASSWORD_FILE" in told["en"]
