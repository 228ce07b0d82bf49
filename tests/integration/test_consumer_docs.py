"""The consumer of docs/how-to on real Kafka: each effect once, whatever happens."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kafka import KafkaProducer

from dossiers.envelope import Event, encode, known
from dossiers.events import WorkRecorded
from tests.support import changes as c
from tests.support.kafka_cluster import KafkaCluster
from tests.support.kafka_node import TIED

PAGE = Path(__file__).parents[2] / "docs/how-to/consumer.py"
PARTITIONS, LIMIT_S = 12, 90.0
Key = tuple[int, int]


def body(stream: int, version: int) -> bytes:
    event = Event(
        id=f"{stream}-{version}",
        stream=f"dossier:{stream}",
        version=version,
        occurred_at=c.START,
        actor=c.OFFICER,
        command=f"c{stream}-{version}",
        fact=known(WorkRecorded(activity="T06")),
    )
    return encode(event, "consumer.test")


@dataclass(slots=True)
class Shop:
    """A topic, the page's consumer on it, and what its database says."""

    kafka: KafkaCluster
    folder: Path
    topic: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def tell(self, keys: Iterable[Key]) -> None:
        """Publish the events of these streams and versions, in this order."""
        with closing(
            KafkaProducer(bootstrap_servers=list(self.kafka.bootstrap), linger_ms=5)
        ) as producer:
            for stream, version in keys:
                where = {"partition": stream % PARTITIONS}
                producer.send(self.topic, value=body(stream, version), **where)
            producer.flush(timeout=30)

    def start(self) -> subprocess.Popen[bytes]:
        """Run the page as a newcomer does."""
        words = (sys.executable, str(PAGE), self.kafka.bootstrap[0], self.topic)
        with (self.folder / "told").open("ab") as told:
            process = subprocess.Popen(
                [sys.executable, "-c", TIED, *words], cwd=self.folder, stderr=told
            )
        self.running.append(process)
        return process

    def kill(self) -> None:
        """SIGKILL whatever runs."""
        for process in self.running:
            process.kill()
            process.wait()

    def effects(self) -> list[Key]:
        """Read the effects in the order in which they happened."""
        path = self.folder / "register.db"
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path)) as db:
            rows = db.execute("SELECT stream, version FROM effect ORDER BY rowid")
            return [
                (int(stream.partition(":")[2]), version) for stream, version in rows
            ]
        return []

    def told(self) -> str:
        """Read what the consumer said."""
        return (self.folder / "told").read_text(encoding="utf-8")

    def wait_for(self, count: int) -> list[Key]:
        """Wait until so many effects are there; whatever too much there is shows."""
        deadline = time.monotonic() + LIMIT_S
        while len(found := self.effects()) < count:
            assert self.running[-1].poll() is None, self.told()
            assert time.monotonic() < deadline, (len(found), self.told())
            time.sleep(0.05)
        return found


@pytest.fixture
def shop(kafka: KafkaCluster, tmp_path: Path) -> Iterator[Shop]:
    topic = f"{kafka.settings().prefix}.nambuoc.dossier.events.v1"
    wanted = {"num_partitions": PARTITIONS, "replication_factor": 1}
    with closing(kafka.admin()) as admin:
        admin.create_topics({topic: wanted})
    made = Shop(kafka, tmp_path, topic)
    yield made
    made.kill()


def by_stream(keys: Iterable[Key]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for stream, version in keys:
        found.setdefault(stream, []).append(version)
    return found


def test_the_page_fits_on_a_screen() -> None:
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) <= 40


def test_what_is_told_twice_is_taken_once(shop: Shop) -> None:
    first = [(stream, version) for version in (1, 2, 3) for stream in range(5)]
    shop.tell(first + first[:7])
    shop.start()
    shop.wait_for(len(first))
    shop.tell([*first, (0, 4)])

    assert shop.wait_for(len(first) + 1)[-1] == (0, 4)
    assert sorted(shop.effects()) == sorted([*first, (0, 4)])
    assert "GAP" not in shop.told()


def test_a_gap_is_told_and_its_stream_waits_until_it_is_closed(shop: Shop) -> None:
    shop.tell([(1, 1), (1, 3), (1, 4), (2, 1), (13, 1)])
    shop.start()

    assert sorted(shop.wait_for(3)) == [(1, 1), (2, 1), (13, 1)]
    shop.tell([(1, 2), (2, 2)])  # the auditor's repair comes at the end
    found = shop.wait_for(7)

    assert by_stream(found) == {1: [1, 2, 3, 4], 2: [1, 2], 13: [1]}
    assert shop.told().count("GAP: dossier:1 lacks 2") == 2


def test_killed_anywhere_it_takes_each_event_once(shop: Shop) -> None:
    everything = [(stream, version) for version in range(1, 21) for stream in range(40)]
    shop.tell(everything)
    shop.start()
    for count in (1, 211, 400, 613):
        shop.wait_for(count)
        shop.kill()
        assert len(shop.effects()) < len(everything)
        shop.start()

    found = shop.wait_for(len(everything))

    assert len(found) == len(everything)
    assert by_stream(found) == {stream: list(range(1, 21)) for stream in range(40)}
    assert "GAP" not in shop.told()
