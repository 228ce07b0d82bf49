"""Kafka against the journal: replayed, compared, watched, brought back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaProducer

from dossiers.errors import TamperedError
from infra.audit.diff import diff
from infra.audit.replay import Replay
from infra.audit.sources import JOURNAL, KAFKA, read
from infra.audit.verify import verify
from infra.house import House
from infra.kafka.client import connected
from infra.kafka.provisioning import provision
from infra.kafka.publishing import place_of
from infra.kafka.relay import MARK, Source
from infra.kafka.republishing import flaws
from infra.kafka.topics import Topics
from infra.kafka.watching import KafkaWatch
from infra.repair import repair
from infra.settings import KafkaSettings, from_environment
from infra.wiring import open_house
from tests.support.audited import (
    copied,
    go_on,
    make_home,
    restore_database,
    save_database,
)
from tests.support.kafka_cluster import KafkaCluster
from tests.support.noida import Noida
from tests.support.relayed import Threaded

Known = dict[str, object]
COPY = (("nambuoc-repair", b"1"),)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("published") / "home", ("a",), ("b",))


@pytest.fixture
def settings(noida: Noida) -> KafkaSettings:
    found = noida.settings()
    provision(found)
    return found


@contextmanager
def opened(home: Path, settings: KafkaSettings) -> Iterator[House]:
    with open_house(replace(from_environment(home), kafka=settings)) as house:
        yield house


@pytest.fixture
def house(whole: Path, tmp_path: Path, settings: KafkaSettings) -> Iterator[House]:
    with opened(copied(whole, tmp_path / "home"), settings) as found:
        yield found


def relay(house: House) -> None:
    """Publish all there is, through the real relay."""
    kafka = house.settings.kafka
    assert kafka is not None
    source = Source(house.journal, house.marks, house.meta.site(), lambda: None)
    relay = Threaded(source, kafka, house.settings.run / "relay.json")
    try:
        relay.wait("running", house.journal.head().size)
    finally:
        relay.end()
    house.marks.put(MARK, house.journal.head().size)


def send(
    house: House, *seqs: int, body: bytes | None = None, late: bool = False
) -> None:
    """Publish some events by hand, in their places; late ones are marked as copies."""
    kafka = house.settings.kafka
    assert kafka is not None
    with closing(connected(KafkaProducer, kafka, {})) as producer:
        for seq in seqs:
            (event,) = house.journal.read(seq, seq)
            place = place_of(Topics(kafka.prefix), event.stream)
            producer.send(
                place.topic,
                event.body if body is None else body,
                headers=[("nambuoc-seq", str(seq).encode()), *COPY[: int(late)]],
                partition=place.partition,
            ).get(timeout=20)


def replayed(house: House, source: str) -> dict[str, object]:
    work = Replay(source)
    work.run(read(house, source))
    return work.summary() | {"from": ""}


def test_kafka_gives_the_same_states_as_the_journal(house: House) -> None:
    relay(house)

    assert replayed(house, KAFKA) == replayed(house, JOURNAL)
    assert diff(house, None, KAFKA)["differences"] == []


def test_a_real_broker_gives_the_same_too(
    whole: Path, tmp_path: Path, kafka: KafkaCluster
) -> None:
    settings = kafka.settings()
    provision(settings)
    with opened(copied(whole, tmp_path / "home"), settings) as house:
        relay(house)

        assert replayed(house, KAFKA) == replayed(house, JOURNAL)
        assert list(flaws(house, settings)) == []


def test_a_gap_a_stranger_and_another_body_are_named(
    house: House, settings: KafkaSettings
) -> None:
    size = house.journal.head().size
    send(house, *(seq for seq in range(1, size + 1) if seq not in (5, 9)))

    with pytest.raises(TamperedError, match=r"event 5 is missing \(before .*\[\d+\]@"):
        replayed(house, KAFKA)
    send(house, 9, body=b'{"specversion":"1.0"}', late=True)
    send(house, 5, late=True)
    with pytest.raises(TamperedError, match=r"\[\d+\]@\d+: event 9 is not what was"):
        replayed(house, KAFKA)
    house.marks.put(MARK, size)
    assert {(one.kind, one.seq) for one in flaws(house, settings)} == {("differs", 9)}


def test_lost_records_are_sent_again_as_copies(
    house: House, settings: KafkaSettings
) -> None:
    size = house.journal.head().size
    send(house, *(seq for seq in range(1, size + 1) if seq not in (5, 9, size)))
    house.marks.put(MARK, size)

    assert [one.seq for one in flaws(house, settings)] == [5, 9, size]
    assert repair(house)["published"] == 3

    assert list(flaws(house, settings)) == []
    assert replayed(house, KAFKA) == replayed(house, JOURNAL)


def test_the_watch_tells_what_is_lost_until_it_is_back(house: House) -> None:
    size, watch, known = house.journal.head().size, KafkaWatch(house), Known()
    send(house, *(seq for seq in range(1, size + 1) if seq != 9))
    house.marks.put(MARK, size)

    known, first = watch.look(known)
    known, second = watch.look(known)
    send(house, 9, late=True)
    _, third = watch.look(known)

    assert first.kept == third.kept == []
    assert [one["text"] for one in second.kept] == ["Kafka lost event 9"]


def test_the_watch_tells_records_that_are_not_ours(house: House) -> None:
    send(house, 1, 2, body=b'{"specversion":"1.0"}')
    send(house, 3, body=b"{}")

    known, found = KafkaWatch(house).look({})

    assert {one["seq"] for one in found.kept} == {1, 2, None}
    assert known["ahead"] == ""


def test_a_database_behind_kafka_gets_its_events_back(
    whole: Path, tmp_path: Path, settings: KafkaSettings
) -> None:
    home, old = copied(whole, tmp_path / "home"), tmp_path / "old.db"
    save_database(home, old)
    go_on(home, ("b", "c"))
    with opened(home, settings) as house:
        relay(house)
        head = house.journal.head()
    restore_database(home, old)
    (home / "pki" / "log" / "state.json").unlink()  # only Kafka knows

    with opened(home, settings) as house:
        known, _ = KafkaWatch(house).look({})
        assert "Kafka is ahead at seq" in str(known["ahead"])
        house.journal.hold(str(known["ahead"]))
        done = repair(house)

        assert (house.journal.head(), house.journal.held()) == (head, None)
        assert done["imported"] > 20
        found = verify(house, None)["found"]
        assert isinstance(found, dict)
        assert set(found) == {"document"}
