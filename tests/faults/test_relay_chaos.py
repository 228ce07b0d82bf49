"""Three brokers under load, brokers and relay killed and stopped in turn, by a seed."""

import multiprocessing
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event as Flag
from pathlib import Path

import pytest

from storage.engine import open_database
from storage.journal import SqlJournal
from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import Child, Relayed, grow, journaled, published, relayed
from tests.support.seeds import Draws

EVERY_S = 0.005
MOST_MIB = 300


def append(url: str, stop: Flag) -> None:
    """Append about 200 events a second until told to stop, one a transaction."""
    database = open_database(url)
    due = time.monotonic()
    while not stop.is_set():
        grow(database, 1)
        due += EVERY_S
        time.sleep(max(0.0, due - time.monotonic()))


@contextmanager
def load(url: str) -> Iterator[None]:
    """Keep a process of its own appending."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    child = context.Process(target=append, args=(url, stop))
    child.start()
    try:
        yield
    finally:
        stop.set()
        child.join(30)
    assert child.exitcode == 0


@dataclass
class Chaos:
    """What is mistreated, and what was seen of the relay."""

    cluster: KafkaCluster
    made: Relayed
    draws: Draws
    relay: Child = field(init=False)
    most_mib: int = 0
    starts: int = 0

    def __post_init__(self) -> None:
        """Start the relay."""
        self.keep()

    def keep(self) -> None:
        """Do what the supervisor does; note the relay's memory."""
        if not self.starts or self.relay.process.poll() is not None:
            self.relay = self.made.start()
            self.starts += 1
        self.most_mib = max(self.most_mib, self.relay.memory_mib())

    def rest(self, least: float, most: float) -> None:
        """Let time pass while the relay is kept alive."""
        until = time.monotonic() + self.draws.between(least, most)
        while time.monotonic() < until:
            self.keep()
            time.sleep(0.1)

    def strike(self) -> None:
        """Do one bad thing, wait, and undo it."""
        number = 1 + self.draws.below(3)
        self.draws.one_of(STRIKES)(self, number)
        for node in self.cluster.nodes:
            self.cluster.resume(node)
            self.cluster.restart(node, wait=False)
        self.rest(2, 6)

    def kill_relay(self, _: int) -> None:
        """SIGKILL the relay."""
        self.relay.process.kill()

    def stop_relay(self, _: int) -> None:
        """SIGSTOP the relay for a while."""
        self.relay.process.send_signal(signal.SIGSTOP)
        self.rest(0.5, 3)
        self.relay.process.send_signal(signal.SIGCONT)

    def pause(self, number: int) -> None:
        """SIGSTOP a broker for a while."""
        self.cluster.pause(number)
        self.rest(0.5, 6)

    def terminate(self, number: int) -> None:
        """End a broker in order."""
        self.cluster.terminate(number)
        self.rest(0.5, 5)

    def kill(self, number: int) -> None:
        """SIGKILL a broker."""
        self.cluster.kill(number)
        self.rest(0.5, 5)

    def kill_two(self, number: int) -> None:
        """SIGKILL two of three."""
        self.cluster.kill(number)
        self.cluster.kill(number % 3 + 1)
        self.rest(0.5, 4)


STRIKES = (
    Chaos.kill_relay,
    Chaos.stop_relay,
    Chaos.pause,
    Chaos.terminate,
    Chaos.kill,
    Chaos.kill_two,
)


@pytest.mark.parametrize(
    ("seed", "seconds"),
    [
        pytest.param(1, 90),
        pytest.param(2, 600, marks=[pytest.mark.long, pytest.mark.timeout(1200)]),
    ],
)
def test_readers_see_the_journal_once_whatever_died(
    seed: int,
    seconds: int,
    kafka3: KafkaCluster,
    tmp_path: Path,
    sqlite_template: Path,
) -> None:
    with relayed(tmp_path / "home", sqlite_template, kafka3.settings()) as made:
        chaos = Chaos(kafka3, made, Draws(seed))
        with load(made.url):
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                chaos.strike()
        kafka3.heal()
        chaos.rest(1, 1)
        size = SqlJournal(made.database).head().size
        chaos.relay.wait("running", size)

        assert size > seconds * 50
        assert published(made.settings) == journaled(made.database)
        assert chaos.starts > 1
        assert chaos.most_mib < MOST_MIB
