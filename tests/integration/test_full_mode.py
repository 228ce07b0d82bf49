"""The demo on PostgreSQL, Apache Kafka and MinIO: the same facts, all of them there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.kafka.provisioning import provision
from infra.settings import KafkaSettings
from storage.engine import open_database
from tests.support.databases import Databases
from tests.support.demo_runs import DemoHome, Report, cases_of_sample
from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import journaled, published
from tests.support.s3_servers import ACCESS, SECRET, S3Server

CASES = ("case-4024", "case-7363", "case-10071")  # withdrawn, by post, refused
LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Full:
    """A home of the full mode, the demo's report, and the topics."""

    home: DemoHome
    report: Report
    kafka: KafkaSettings


@pytest.fixture(scope="module")
def full(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql_server: Databases,
    kafka: KafkaCluster,
    minio_server: S3Server,
) -> Iterator[Full]:
    settings = kafka.settings()
    provision(settings)
    there = {
        "NAMBUOC_KAFKA_BOOTSTRAP": ",".join(settings.bootstrap),
        "NAMBUOC_KAFKA_PREFIX": settings.prefix,
        "NAMBUOC_S3_ENDPOINT": minio_server.endpoint,
        "NAMBUOC_S3_ACCESS_KEY": ACCESS,
        "NAMBUOC_S3_SECRET_KEY": SECRET,
        "NAMBUOC_S3_BUCKET": minio_server.place().bucket,
    }
    path = tmp_path_factory.mktemp("full")
    home = DemoHome(path / "home", postgresql_server.make())
    arrivals = cases_of_sample(path / "arrivals.csv", CASES)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in there.items():
            environment.setenv(name, value)
        try:
            yield Full(home, home.run("--arrivals", str(arrivals)), settings)
        finally:
            home.clear()


def test_the_demo_ends_whole_and_tells_what_was_reused(full: Full) -> None:
    documents, signatures = full.report["documents"], full.report["signatures"]

    assert full.report["drift"] == 0
    assert isinstance(documents, dict)
    assert isinstance(signatures, dict)
    assert documents.keys() >= {"stored", "reused", "asked_again"}
    assert signatures["valid"] == signatures["made"] > 0


def test_papers_lie_in_the_store_and_nowhere_else(full: Full) -> None:
    found = full.home.ask("store", "verify", "--deep")

    assert (found["exit"], found["findings"]) == (0, [])
    assert not list((full.home.path / "store").rglob("o/*/*/*/*"))


def test_the_doctor_finds_every_part(full: Full) -> None:
    found = full.home.ask("server", "doctor")

    assert (found["kafka"], found["s3"]) == (True, True)


def test_the_doctor_names_the_parts_that_do_not_answer(
    full: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_S3_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NAMBUOC_KAFKA_PREFIX", "nobody")
    monkeypatch.setenv("NAMBUOC_CLAMD", "127.0.0.1:9")

    found = full.home.ask("server", "doctor")

    assert found["exit"] == 7
    assert [found[name] for name in ("kafka", "s3", "clamd")] == [False] * 3
    assert "events provision" in str(found["notes"])


def test_the_log_in_kafka_is_the_journal_byte_for_byte(full: Full) -> None:
    full.home.ask("server", "start")
    until = time.monotonic() + LIMIT_S
    while (lag := full.home.ask("ops", "lag"))["behind"] != 0:
        assert time.monotonic() < until, lag

    database = open_database(str(full.home.database))
    try:
        assert published(full.kafka) == journaled(database)
    finally:
        database.dispose()
    replayed = [full.home.ask("audit", "replay", "--from", of) for of in READERS]
    assert replayed[0]["state_digest"] == replayed[1]["state_digest"]


READERS = ("journal", "kafka")
