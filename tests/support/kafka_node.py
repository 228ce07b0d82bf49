"""One broker of the tests: its settings, its process, its end."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import kafka_parts

HOST = "127.0.0.1"
_FORMAT = "kafka.tools.StorageTool"
_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_LOG = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
# A broker never outlives the test run: the kernel kills it with its parent.
TIED = (
    "import ctypes, os, sys; c = ctypes.CDLL(None); "
    "hasattr(c, 'prctl') and c.prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"
)
_SETTINGS = """\
process.roles=broker,controller
node.id={number}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{more}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}{more}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT{protocols}
inter.broker.listener.name=PLAINTEXT
controller.quorum.voters={voters}
log.dirs={folder}/records
offsets.topic.replication.factor={copies}
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={least}
default.replication.factor={copies}
min.insync.replicas={least}
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={least}
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
unclean.leader.election.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
replica.lag.time.max.ms=3000
controller.quorum.election.timeout.ms=1000
controller.quorum.fetch.timeout.ms=2000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
"""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Further listeners of a broker: (name, protocol, port), and their settings."""

    more: tuple[tuple[str, str, int], ...] = ()
    settings: str = ""
    format_options: tuple[str, ...] = ()


@dataclass
class Node:
    """
    One broker and controller on ports of its own.

    `advertised` may be the port of a proxy in front of it.
    """

    number: int
    folder: Path
    port: int
    controller: int
    advertised: int = 0
    heap: str = "320m"
    paused: bool = False
    process: subprocess.Popen[bytes] | None = None
    listeners: Listeners = field(default_factory=Listeners)

    @property
    def address(self) -> str:
        """Where clients find it first."""
        return f"{HOST}:{self.advertised or self.port}"

    @property
    def output(self) -> Path:
        """What the broker prints."""
        return self.folder / "out"

    def write_settings(self, voters: str, size: int) -> None:
        """Write its properties for a cluster of this size."""
        self.folder.mkdir(parents=True, exist_ok=True)
        more = self.listeners.more
        text = _SETTINGS.format(
            number=self.number,
            port=self.port,
            controller=self.controller,
            advertised=self.advertised or self.port,
            voters=voters,
            folder=self.folder,
            copies=min(size, 3),
            least=2 if size > 2 else 1,
            more="".join(f",{name}://{HOST}:{port}" for name, _, port in more),
            protocols="".join(f",{name}:{protocol}" for name, protocol, _ in more),
        )
        path = self.folder / "server.properties"
        path.write_text(text + self.listeners.settings, encoding="utf-8")

    def format(self, cluster_id: str) -> subprocess.Popen[bytes]:
        """Begin to format its empty folder; the caller waits."""
        words = ("format", "-t", cluster_id, "-c", f"{self.folder}/server.properties")
        return self._java(_FORMAT, (*words, *self.listeners.format_options))

    def start(self, flags: Sequence[str] = ()) -> None:
        """Start the broker; returns at once."""
        with self.output.open("ab") as output:
            output.write(b"--- start\n")
        settings = f"{self.folder}/server.properties"
        self.process = self._java("kafka.Kafka", (settings,), flags)

    def _java(
        self, main: str, words: Sequence[str], flags: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        known = kafka_parts.archive()
        shared = (f"-XX:SharedArchiveFile={known}", "-Xshare:auto")
        chosen = (*_FLAGS, *flags, *(shared if known.exists() and not flags else ()))
        folder = f"-Dkafka.logs.dir={self.folder}/logs"
        tied = (sys.executable, "-c", TIED, "java")
        memory = ("-Xms64m", f"-Xmx{self.heap}")
        path = ("-cp", kafka_parts.class_path())
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [*tied, *memory, *chosen, _LOG, folder, *path, main, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def runs(self) -> bool:
        """Whether its process lives (a stopped one lives)."""
        return self.process is not None and self.process.poll() is None

    @property
    def serves(self) -> bool:
        """Whether its process lives and is not paused."""
        return self.runs and not self.paused

    def send(self, order: signal.Signals) -> None:
        """Send its process a signal; wait for its end when the signal ends it."""
        if self.process is None or not self.runs:
            return
        self.process.send_signal(order)
        self.paused = order == signal.SIGSTOP
        if order in (signal.SIGKILL, signal.SIGTERM):
            self.process.wait(timeout=60)

    def answers(self) -> bool:
        """Whether its port takes connections."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1):
                return True
        except OSError:
            return False

    def memory_mib(self) -> int:
        """Tell its resident memory in MiB."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 2**20

    def tail(self) -> str:
        """Give the end of what it printed."""
        return self.output.read_bytes()[-1500:].decode(errors="replace")


def free_port() -> int:
    """
    Find a port that is free and that the kernel gives to nobody on its own.

    Below the ephemeral range: a client that asks for a dead broker again and again
    would else one day be connected with itself.
    """
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as found:
            try:
                found.bind((HOST, port))
            except OSError:
                continue
            return port
    text = "no free port between 20000 and 32000"
    raise OSError(text)


def make_archive() -> None:
    """Keep the loaded classes of a first broker, so that later ones start sooner."""
    path = kafka_parts.archive()
    with kafka_parts.locked("kafka-classes"):
        if path.exists():
            return
        part = path.with_suffix(".part")
        node = Node(1, part.with_suffix(".node"), free_port(), free_port())
        node.write_settings(f"1@{HOST}:{node.controller}", 1)
        node.format("AAAAAAAAAAAAAAAAAAAAAA").wait(timeout=120)
        node.start((f"-XX:ArchiveClassesAtExit={part}",))
        deadline = time.monotonic() + 120
        while not node.answers() and node.runs and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(2)
        node.send(signal.SIGTERM)
        if part.exists():
            part.replace(path)
