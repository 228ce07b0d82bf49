"""A real MinIO tells a real Kafka; an object of nobody is known within a minute."""

import io
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from kafka import KafkaConsumer
from kafka.admin import NewTopic
from minio.notificationconfig import NotificationConfig, QueueConfig

from infra.clock import SystemClock
from infra.house import House
from infra.kafka.store_hints import watch_store
from infra.kafka.topics import Topics
from infra.settings import S3Settings, from_environment
from infra.wiring import open_house
from storage.notifications import ObjectHint, UnknownObjects, created
from storage.objects.s3 import S3Objects
from storage.objects.s3_client import S3Place
from tests.support.databases import sql_engine
from tests.support.kafka_cluster import KafkaCluster
from tests.support.s3_servers import ACCESS, SECRET, S3Server, s3_server

NOW = SystemClock().now
PREFIX = "kho"
TOPIC = Topics(PREFIX).objects
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def telling(kafka: KafkaCluster) -> Iterator[S3Server]:
    """Run a MinIO that writes its notifications to Kafka."""
    with closing(kafka.admin()) as admin:
        admin.create_topics([NewTopic(TOPIC, 1, 1)])
    settings = {
        "MINIO_NOTIFY_KAFKA_ENABLE_PRIMARY": "on",
        "MINIO_NOTIFY_KAFKA_BROKERS_PRIMARY": kafka.bootstrap[0],
        "MINIO_NOTIFY_KAFKA_TOPIC_PRIMARY": TOPIC,
    }
    with s3_server("minio", certificates=None, **settings) as server:
        yield server


def told(server: S3Server, place: S3Place) -> None:
    """Let the bucket tell what comes and goes."""
    queue = QueueConfig(
        queue="arn:minio:sqs::PRIMARY:kafka",
        events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    )
    server.client().set_bucket_notification(
        bucket_name=place.bucket, config=NotificationConfig(queue_config_list=[queue])
    )


def test_an_object_of_nobody_is_reported_within_a_minute(
    request: pytest.FixtureRequest, kafka: KafkaCluster, telling: S3Server
) -> None:
    place, engine = telling.place(), sql_engine(request, "sqlite")
    objects = S3Objects(place, NOW)
    objects.provision()
    told(telling, place)
    objects.put("o/first", io.BytesIO(b"1"), 1)  # MinIO forgets to tell the first
    start = time.monotonic()
    stored = objects.put("o/stranger", io.BytesIO(b"giay"), 4)

    found = first_report(kafka, UnknownObjects(engine, objects, NOW, grace_s=2))

    stranger = next(hint for hint in found if hint.key == "o/stranger")
    assert (stranger.version_id, stranger.size) == (stored.version_id, 4)
    assert stranger.bucket == place.bucket
    assert time.monotonic() - start < LIMIT_S


def first_report(
    kafka: KafkaCluster, watched: UnknownObjects
) -> tuple[ObjectHint, ...]:
    """Hand notifications on until the stranger is told; AssertionError otherwise."""
    deadline = time.monotonic() + LIMIT_S
    with closing(
        KafkaConsumer(
            TOPIC,
            bootstrap_servers=list(kafka.bootstrap),
            auto_offset_reset="earliest",
            group_id=None,
        )
    ) as consumer:
        while time.monotonic() < deadline:
            for records in consumer.poll(500).values():
                for record in records:
                    watched.take(created(record.value))
            found = watched.report()
            if any(hint.key == "o/stranger" for hint in found):
                return found
    raise AssertionError


def test_the_relay_process_tells_the_operator(
    kafka: KafkaCluster, telling: S3Server, tmp_path: Path
) -> None:
    place, stopping = telling.place(), Event()
    s3 = S3Settings(telling.endpoint, ACCESS, SECRET, bucket=place.bucket)
    here = from_environment(tmp_path / "home")
    settings = replace(here, kafka=kafka.settings(PREFIX), s3=s3)
    with open_house(settings) as house:
        told(telling, place)
        thread = Thread(target=watch_store, args=(house, stopping))
        thread.start()
        try:
            found = strangers_of(house)
        finally:
            stopping.set()
            thread.join(LIMIT_S)

    assert {one["key"] for one in found} <= {"o/a/0", "o/a/1", "o/a/2", "o/a/3"}


def strangers_of(house: House) -> list[dict[str, object]]:
    """Put objects of nobody until the operator is told of one."""
    deadline = time.monotonic() + LIMIT_S
    for number in range(4):
        time.sleep(1)  # the reader begins at the end of the topic
        house.objects.put(f"o/a/{number}", io.BytesIO(b"giay"), 4)
    while time.monotonic() < deadline:
        found = house.dependencies()["unknown_objects"]
        if isinstance(found, list) and found:
            return found
        time.sleep(0.2)
    raise AssertionError
