"""Topics are made once and checked; what is in them is read whole and in order."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace

import pytest
from kafka import KafkaProducer

from dossiers.errors import NotFoundError, RefusedError, TamperedError, UnavailableError
from infra.kafka import ordering
from infra.kafka.client import admin, connected
from infra.kafka.ordering import in_seq_order
from infra.kafka.provisioning import Difference, provision
from infra.kafka.reading import KafkaRecord, read_committed
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from tests.support.kafka_cluster import KafkaCluster
from tests.support.noida import Noida

BODY = b'{"seq":%d,"specversion":"1.0"}'


@pytest.fixture(params=["real", "fast"])
def settings(request: pytest.FixtureRequest) -> KafkaSettings:
    """Give fresh topics on the real broker and on the fast one."""
    name = "kafka" if request.param == "real" else "noida"
    broker: KafkaCluster | Noida = request.getfixturevalue(name)
    found = broker.settings()
    provision(found)
    return found


def _publish(
    settings: KafkaSettings,
    seqs: Iterable[int],
    *,
    repair: bool = False,
    commit: bool = True,
) -> None:
    """Publish seqs in one transaction, spread over the partitions unevenly."""
    options = {"transactional_id": f"{settings.prefix}-x"}
    with closing(connected(KafkaProducer, settings, options)) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        for seq in seqs:
            copy = [("nambuoc-repair", b"1")] if repair else []
            producer.send(
                Topics(settings.prefix).events,
                BODY % seq,
                headers=[("nambuoc-seq", b"%d" % seq), *copy],
                partition=0 if seq % 3 else seq % 12,
            )
        producer.flush(timeout=30)
        producer.commit_transaction() if commit else producer.abort_transaction()


def _put(settings: KafkaSettings, value: bytes, *headers: tuple[str, bytes]) -> None:
    with closing(connected(KafkaProducer, settings, {})) as producer:
        topic = Topics(settings.prefix).access
        producer.send(topic, value, headers=list(headers), partition=0).get(30)


def _seqs(records: Iterable[KafkaRecord]) -> list[int | None]:
    return [record.seq for record in records]


def test_reads_what_was_committed_and_nothing_else(settings: KafkaSettings) -> None:
    _publish(settings, range(1, 500))
    _publish(settings, range(500, 600), commit=False)
    _publish(settings, range(500, 1000))

    found = list(read_committed(settings))
    assert sorted(one.seq or 0 for one in found) == list(range(1, 1000))
    assert all(one.body == BODY % (one.seq or 0) for one in found)


def test_gives_records_in_order_though_partitions_run_apart(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "AHEAD", 50)
    _publish(settings, range(1, 3000))

    assert _seqs(in_seq_order(read_committed(settings))) == list(range(1, 3000))


@pytest.mark.parametrize("window", [2, 100])
def test_a_copy_stands_in_where_the_record_is_missing(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(ordering, "COPIES", window)
    missing = [4, 5, 6, 7, 40, 99, 100]
    _publish(settings, [n for n in range(1, 99) if n not in missing])
    _publish(settings, missing, repair=True)

    found = list(in_seq_order(read_committed(settings)))
    once = list(dict.fromkeys(_seqs(found)))
    assert once == list(range(1, 101))
    assert {one.seq for one in found if one.repair} == set(missing)


def test_a_gap_stays_a_gap(settings: KafkaSettings) -> None:
    _publish(settings, [1, 2, 5, 6, 9])
    _publish(settings, [3], repair=True)

    found = _seqs(in_seq_order(read_committed(settings)))
    assert list(dict.fromkeys(found)) == [1, 2, 3, 5, 6, 9]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY % 1, ()),
        (BODY % 1, (("nambuoc-seq", b"-1"),)),
        (BODY % 1, (("nambuoc-seq", b"\xef\xbc\x91"),)),
        (BODY % 1, (("nambuoc-seq", b"1"), ("nambuoc-seq", b"2"))),
        (b"\x00strange", (("nambuoc-seq", b"1"),)),
        (b"", (("nambuoc-seq", b"1"),)),
    ],
)
def test_a_strange_record_is_given_with_its_place(
    kafka: KafkaCluster, body: bytes, headers: tuple[tuple[str, bytes], ...]
) -> None:
    settings = kafka.settings()
    provision(settings)
    _put(settings, body, *headers)

    (found,) = in_seq_order(read_committed(settings))
    assert (found.seq, found.body) == (None, body)
    assert found.place == f"{Topics(settings.prefix).access}[0]@0"


def test_a_second_call_makes_nothing(kafka: KafkaCluster) -> None:
    settings = kafka.settings()
    first, second = provision(settings), provision(settings)

    assert len(first.created) == len(Topics().every)
    assert (second.created, second.differences) == ((), ())
    assert set(second.there) == set(first.created)


def test_three_brokers_keep_three_copies(kafka3: KafkaCluster) -> None:
    settings = kafka3.settings()
    found = provision(settings)
    with closing(kafka3.admin()) as client:
        (topic,) = client.describe_topics([Topics(settings.prefix).events])

    assert (found.brokers, found.replicas, found.differences) == (3, 3, ())
    assert {len(one["replica_nodes"]) for one in topic["partitions"]} == {3}


def test_tells_a_difference_and_sets_it_right_when_asked(kafka: KafkaCluster) -> None:
    settings = kafka.settings()
    name = Topics(settings.prefix).events
    wanted = {"num_partitions": 12, "configs": {"cleanup.policy": "compact"}}
    with closing(admin(settings)) as client:
        client.create_topics({name: wanted})

    told = provision(settings).differences
    assert Difference(name, "cleanup.policy", "compact", "delete") in told
    assert provision(settings, apply=True).differences == ()
    assert provision(settings).differences == ()


def test_another_partition_count_is_in_the_way(kafka: KafkaCluster) -> None:
    settings = kafka.settings()
    name = Topics(settings.prefix).events
    with closing(admin(settings)) as client:
        client.create_topics({name: {"num_partitions": 6}})
        with pytest.raises(RefusedError, match=rf"{name} \(6 ≠ 12\)"):
            provision(settings)
        assert Topics(settings.prefix).access not in client.list_topics()


def test_a_foreign_topic_is_in_the_way(kafka: KafkaCluster) -> None:
    settings = kafka.settings()
    provision(settings)
    _put(settings, b"not ours")

    with pytest.raises(TamperedError, match=r"access\.events\.v1\[0\]@0"):
        provision(settings)


def test_topics_that_are_not_there_are_named(kafka: KafkaCluster) -> None:
    with pytest.raises(NotFoundError, match="events provision"):
        list(read_committed(kafka.settings()))


def test_no_kafka_is_told_with_its_address(kafka: KafkaCluster) -> None:
    nowhere = replace(kafka.settings(), bootstrap=("127.0.0.1:1",))

    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1"):
        provision(nowhere)
