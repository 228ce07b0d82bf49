"""Old copies, foreign topics, forgotten places: the relay stops or goes on, rightly."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.structs import OffsetAndMetadata

from dossiers.errors import TamperedError
from infra.kafka import tail
from infra.kafka.client import admin, connected
from infra.kafka.publishing import GROUP
from infra.kafka.tail import forget_cursor
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from storage.journal import SqlJournal
from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import Relayed, grow, journaled, published, relayed


@pytest.fixture
def made(
    kafka: KafkaCluster, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    with relayed(tmp_path / "home", sqlite_template, kafka.settings()) as found:
        yield found


@pytest.fixture
def relayed_300(made: Relayed) -> Relayed:
    made.grow(300)
    made.relay_all()
    return made


def copied(source: Path, target: Path) -> None:
    """Copy a database as a backup does, into a file that may be in use."""
    with (
        closing(sqlite3.connect(source)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def test_a_database_older_than_kafka_is_held_until_it_is_repaired(
    relayed_300: Relayed,
) -> None:
    made, database = relayed_300, relayed_300.home / "nambuoc.db"
    old, new = made.home / "old.db", made.home / "new.db"
    copied(database, old)
    made.grow(200)
    made.relay_all()
    copied(database, new)
    copied(old, database)

    relay = made.relay()
    told = relay.wait("stopped")

    assert "Kafka is ahead at seq 500, the journal ends at 300" in told["en"]
    with pytest.raises(TamperedError, match="Kafka is ahead at seq 500"):
        made.grow(1)
    copied(new, database)  # as a repair leaves it
    SqlJournal(made.database).hold(None)
    made.grow(100)
    made.wait()
    made.demand_equal()


def test_an_empty_database_beside_full_topics_is_held(
    relayed_300: Relayed, tmp_path: Path, sqlite_template: Path
) -> None:
    with relayed(tmp_path / "new", sqlite_template, relayed_300.settings) as made:
        made.relay().wait("stopped")

        assert "seq 300, the journal ends at 0" in str(SqlJournal(made.database).held())


@pytest.mark.parametrize("own", [5, 200, 400])
def test_the_topics_of_another_journal_stop_the_line_and_nobody_else(
    own: int, relayed_300: Relayed, tmp_path: Path, sqlite_template: Path
) -> None:
    with relayed(tmp_path / "other", sqlite_template, relayed_300.settings) as other:
        grow(other.database, own, site="elsewhere")
        told = other.relay().wait("stopped")

        assert f"{relayed_300.settings.prefix}.nambuoc." in told["en"]
        assert "is not of this journal" in told["en"]
        assert SqlJournal(other.database).held() is None
    relayed_300.demand_equal()


def test_a_strange_record_stops_the_line_and_is_named(relayed_300: Relayed) -> None:
    topic = Topics(relayed_300.settings.prefix).access
    with closing(connected(KafkaProducer, relayed_300.settings, {})) as producer:
        offset = producer.send(topic, b"hello", partition=0).get(30).offset

    told = relayed_300.relay().wait("stopped")

    assert f"{topic}[0]@{offset} (seq None)" in told["en"]


def test_copies_made_by_a_repair_are_no_end(relayed_300: Relayed) -> None:
    seq, body = journaled(relayed_300.database)[9]
    topic = Topics(relayed_300.settings.prefix).access
    headers = [("nambuoc-seq", b"%d" % seq), ("nambuoc-repair", b"1")]
    with closing(connected(KafkaProducer, relayed_300.settings, {})) as producer:
        for _ in range(100):
            producer.send(topic, body, headers=headers, partition=0)
    relayed_300.grow(50)

    relayed_300.relay_all()

    once = sorted(set(published(relayed_300.settings)))
    assert once == journaled(relayed_300.database)


def test_a_cursor_that_was_forgotten_is_not_missed(relayed_300: Relayed) -> None:
    forget_cursor(relayed_300.settings)
    relayed_300.grow(50)

    relayed_300.relay_all()

    relayed_300.demand_equal()


def test_a_cursor_that_says_otherwise_stops_the_line_until_it_is_forgotten(
    relayed_300: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LIMIT_S", 1.0)
    set_cursor(relayed_300.settings, 299)

    told = relayed_300.relay().wait("stopped")

    assert "end at seq 300, the cursor says 299" in told["en"]
    forget_cursor(relayed_300.settings)
    relayed_300.relay_all()
    relayed_300.demand_equal()


def set_cursor(settings: KafkaSettings, seq: int) -> None:
    """Commit a cursor as a restored offsets topic would hold it."""
    cursor = TopicPartition(Topics(settings.prefix).cursor, 0)
    with closing(admin(settings)) as client:
        client.alter_group_offsets(GROUP, {cursor: OffsetAndMetadata(seq)})


@pytest.mark.parametrize("forgotten", [False, True])
def test_topics_whose_records_were_removed_go_on_where_they_ended(
    *, forgotten: bool, relayed_300: Relayed
) -> None:
    topics = Topics(relayed_300.settings.prefix)
    places = [TopicPartition(topics.events, n) for n in range(12)]
    with closing(admin(relayed_300.settings)) as client:
        client.delete_records(
            dict.fromkeys([*places, TopicPartition(topics.access, 0)], -1)
        )
    if forgotten:
        forget_cursor(relayed_300.settings)
    relayed_300.grow(50)

    relayed_300.relay_all()

    assert published(relayed_300.settings) == journaled(relayed_300.database)[300:]


def test_a_record_too_large_for_the_topic_stops_the_line_and_is_not_skipped(
    relayed_300: Relayed,
) -> None:
    limit(relayed_300.settings, "100")
    relayed_300.grow(20)

    told = relayed_300.relay().wait("stopped")

    assert "stopped, not skipped" in told["en"]
    relayed_300.threads[-1].end()
    limit(relayed_300.settings, "1000000")
    relayed_300.relay_all()
    relayed_300.demand_equal()


def limit(settings: KafkaSettings, most_bytes: str) -> None:
    """Let the event topic take no larger batches."""
    topic = Topics(settings.prefix).events
    change = ConfigResource(
        ConfigResourceType.TOPIC, topic, {"max.message.bytes": most_bytes}
    )
    with closing(admin(settings)) as client:
        client.alter_configs([change])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = CAST(body || ' ' AS BLOB) WHERE seq = 310",
        "UPDATE event SET body = 'text' WHERE seq = 310",
        "UPDATE event SET stream = x'00' WHERE seq = 310",
        "UPDATE event SET seq = 1000 WHERE seq = 310",
    ],
)
def test_a_journal_changed_behind_the_relay_is_not_published(
    change: str, relayed_300: Relayed
) -> None:
    made = relayed_300
    whole = journaled(made.database)
    made.grow(50)
    with closing(sqlite3.connect(made.home / "nambuoc.db")) as database:
        database.execute("DROP TRIGGER event_no_update")
        database.execute(change)
        database.commit()

    told = made.relay().wait("stopped")

    assert "changed row at seq 310" in told["en"]
    assert published(made.settings) == whole
