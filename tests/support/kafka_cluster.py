"""
Real Kafka for the tests: a cluster of one or three nodes that may be mistreated.

A test takes the fixture `kafka` (one node) or `kafka3` (three nodes, whole again before
each test) and works under a prefix of its own: `kafka.settings("mine")`.
"""

import base64
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from infra.settings import KafkaSettings
from tests.support.kafka_node import HOST, Listeners, Node, free_port, make_archive
from tests.support.kafka_parts import KafkaMissingError

LIMIT_S = 90.0
_PROBE = {"num_partitions": 1}


class KafkaCluster:
    """Brokers on 127.0.0.1 that can be killed, stopped, paused and started again."""

    def __init__(
        self, folder: Path, *, listeners: Callable[[], Listeners] = Listeners
    ) -> None:
        """Keep its data in a folder; `listeners` makes those of each node."""
        self.folder = folder
        self.nodes: dict[int, Node] = {}
        self._listeners = listeners
        self._id = base64.urlsafe_b64encode(b"A" + os.urandom(15)).decode().rstrip("=")

    def start(self, size: int = 1, *, advertised: Sequence[int] = ()) -> None:
        """
        Format and start this many nodes; returns when topics can be made.

        `advertised` names the ports of proxies that stand before the nodes.
        """
        make_archive()
        for number in range(1, size + 1):
            self.nodes[number] = Node(
                number, self.folder / str(number), free_port(), free_port()
            )
        voters = ",".join(f"{n}@{HOST}:{x.controller}" for n, x in self.nodes.items())
        for node, port in zip(self.nodes.values(), advertised, strict=False):
            node.advertised = port
        for node in self.nodes.values():
            node.listeners = self._listeners()
            node.write_settings(voters, size)
        for formatting in [node.format(self._id) for node in self.nodes.values()]:
            assert formatting.wait(timeout=120) == 0, self._tails()
        for node in self.nodes.values():
            node.start()
        self.wait_ready()

    def stop(self) -> None:
        """End every node at once; its data is of no more use."""
        for node in self.nodes.values():
            node.send(signal.SIGKILL)

    @property
    def bootstrap(self) -> tuple[str, ...]:
        """The addresses for clients, HOST:PORT."""
        return tuple(node.address for node in self.nodes.values())

    def settings(self, prefix: str | None = None) -> KafkaSettings:
        """Give settings under a prefix: of its own when none is said."""
        name = prefix if prefix is not None else f"t{uuid4().hex[:10]}"
        return KafkaSettings(bootstrap=self.bootstrap, prefix=name)

    def kill(self, number: int) -> None:
        """SIGKILL a node, as a fault of the machine would."""
        self.nodes[number].send(signal.SIGKILL)

    def terminate(self, number: int) -> None:
        """SIGTERM a node and wait for its orderly end."""
        self.nodes[number].send(signal.SIGTERM)

    def pause(self, number: int) -> None:
        """SIGSTOP a node: it holds its connections and answers nothing."""
        self.nodes[number].send(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        """SIGCONT a paused node."""
        self.nodes[number].send(signal.SIGCONT)

    def restart(self, number: int, *, wait: bool = True) -> None:
        """Start a dead node on its old data; `wait` until the cluster is whole."""
        if not self.nodes[number].runs:
            self.nodes[number].start()
        if wait:
            self.wait_ready()

    def data(self, number: int) -> Path:
        """Name the folder of a node's records; copy it only while the node is down."""
        return self.nodes[number].folder / "records"

    def heal(self) -> None:
        """Resume and start whatever is down; returns when every replica follows."""
        for number, node in self.nodes.items():
            self.resume(number)
            if not node.runs:
                self.restart(number, wait=False)
        self.wait_ready()

    def admin(self) -> KafkaAdminClient:
        """Open a bare admin client on the nodes that live; the caller closes it."""
        living = [node.address for node in self.nodes.values() if node.serves]
        return KafkaAdminClient(
            bootstrap_servers=living or list(self.bootstrap),
            bootstrap_timeout_ms=5000,
            request_timeout_ms=5000,
            reconnect_backoff_max_ms=500,
        )

    def leader_of(self, topic: str, partition: int) -> int:
        """Tell which node leads a partition; -1 when none does."""
        with closing(self.admin()) as admin:
            for found in admin.describe_topics([topic])[0]["partitions"]:
                if found["partition_index"] == partition:
                    return int(found["leader_id"])
        text = f"no partition {partition} of {topic}"
        raise LookupError(text)

    def coordinator_of(self, transactional_id: str) -> int:
        """Tell which node coordinates a transactional id that was used."""
        with closing(self.admin()) as admin:
            found = admin.describe_transactions([transactional_id])
        return int(found[transactional_id].coordinator_id)

    def wait_ready(self) -> None:
        """Wait until every node is in, a topic can be made, and all replicas follow."""
        deadline = time.monotonic() + LIMIT_S
        while not all(node.answers() for node in self.nodes.values()):
            self._demand(deadline)
            time.sleep(0.1)
        while not self._is_ready():
            self._demand(deadline)
            time.sleep(0.2)

    def _demand(self, deadline: float) -> None:
        dead = [n for n, node in self.nodes.items() if not node.runs]
        assert not dead, f"nodes {dead} ended: {self._tails()}"
        assert time.monotonic() < deadline, f"Kafka is not ready: {self._tails()}"

    def _is_ready(self) -> bool:
        name = f"ready-{uuid4().hex[:8]}"
        wanted = {**_PROBE, "replication_factor": min(3, len(self.nodes))}
        with suppress(KafkaError), closing(self.admin()) as admin:
            if len(admin.describe_cluster()["brokers"]) < len(self.nodes):
                return False
            admin.create_topics({name: wanted}, timeout_ms=5000)
            made = name in admin.list_topics()
            admin.delete_topics([name])
            return made and all(map(_is_whole, admin.describe_topics()))
        return False

    def _tails(self) -> str:
        return "\n".join(node.tail() for node in self.nodes.values())


def _is_whole(topic: dict[str, list[dict[str, list[int]]]]) -> bool:
    return all(
        len(part["isr_nodes"]) == len(part["replica_nodes"])
        for part in topic["partitions"]
    )


def running(
    size: int, *, listeners: Callable[[], Listeners] = Listeners
) -> Iterator[KafkaCluster]:
    """Run a cluster for the length of a fixture; loudly absent without Java, Maven."""
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-kafka-"))
    cluster = KafkaCluster(folder, listeners=listeners)
    try:
        cluster.start(size)
    except KafkaMissingError as missing:
        pytest.skip(str(missing))
    else:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaCluster]:
    """Run one node for the whole session."""
    yield from running(1)


@pytest.fixture(scope="session")
def kafka3_brokers() -> Iterator[KafkaCluster]:
    """Run three nodes for the whole session."""
    yield from running(3)


@pytest.fixture
def kafka3(kafka3_brokers: KafkaCluster) -> KafkaCluster:
    """Give the three nodes, whole again whatever an earlier test did."""
    kafka3_brokers.heal()
    return kafka3_brokers
