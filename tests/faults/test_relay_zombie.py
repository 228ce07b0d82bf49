"""Two relays on one journal: the first is stopped, wakes up, and must do no harm."""

import signal
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import Relayed, relayed
from tests.support.seeds import Draws


@pytest.fixture
def made(
    kafka: KafkaCluster, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    with relayed(tmp_path / "home", sqlite_template, kafka.settings()) as found:
        yield found


@pytest.mark.parametrize("seed", [21, 22])
def test_a_zombie_is_fenced_and_leaves(seed: int, made: Relayed) -> None:
    draws = Draws(seed)
    made.grow(3000)
    zombie = made.start()
    zombie.wait("running")
    sleep(draws.between(0.0, 0.3))
    zombie.process.send_signal(signal.SIGSTOP)
    heir = made.start(home=made.home.parent / "second")
    heir.wait("running", 3000)

    zombie.process.send_signal(signal.SIGCONT)
    made.grow(1000)
    code = zombie.wait_end()

    assert code == 6
    assert "another process took over" in zombie.log
    heir.wait("running", 4000)
    assert heir.end() == 0
    made.demand_equal()
