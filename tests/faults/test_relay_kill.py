"""kill -9 of the relay at each of its named points: nothing lost, nothing twice."""

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.crashpoints import POINTS
from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import Relayed, relayed

OF_RELAY = sorted(point for point in POINTS if point.startswith("relay-"))


@pytest.fixture
def made(
    kafka: KafkaCluster, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    with relayed(tmp_path / "home", sqlite_template, kafka.settings()) as found:
        yield found


@pytest.mark.parametrize("point", OF_RELAY)
def test_readers_see_the_journal_once_after_a_kill_at(
    point: str, made: Relayed
) -> None:
    made.grow(1200)  # three transactions; killed in the second

    killed = made.start(f"{point}:2").wait_end()
    made.grow(300)
    last = made.start()
    last.wait("running", 1500)

    assert killed == -signal.SIGKILL
    assert last.end() == 0
    made.demand_equal()


def test_a_full_disk_ends_the_relay_and_room_lets_it_go_on(made: Relayed) -> None:
    made.grow(100)
    child = made.start()
    child.wait("running", 100)

    resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (0, 0))
    made.grow(100)
    code = child.wait_end()
    last = made.start()
    last.wait("running", 200)

    assert code == 1
    assert last.end() == 0
    made.demand_equal()
