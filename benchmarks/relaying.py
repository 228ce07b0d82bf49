"""The relay against a bare producer, its lag, and what it costs those who append."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread

from kafka import KafkaProducer, TopicPartition
from kafka.future import Future

from dossiers.ports import Recorded
from infra.kafka.client import connected, consumer
from infra.kafka.publishing import CONTENT_TYPE, place_of
from infra.kafka.reading import SEQ
from infra.kafka.relay import MARK, Relay, Source
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from measure import Case, Goal, alone, compared, cpu_ms, share, told
from storage.engine import Database, open_database
from storage.journal import PARTS, SqlJournal
from storage.marks import Marks
from storage.schema import migrate
from tests.support.kafka_cluster import KafkaCluster
from tests.support.relayed import Relayed, relayed

_BATCHES = (500, 1000, 2000)
_PATIENT: dict[str, object] = {
    "delivery_timeout_ms": 15_000,
    "request_timeout_ms": 5_000,
    "retry_backoff_ms": 10,
    "compression_type": "zstd",
    "batch_size": 262_144,
    "linger_ms": 5,
}
_RATE = 400
_TICKS = 50
_APPENDS = 200
_WARM = 2_000


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured: rounds, events to publish, seconds under load."""

    rounds: int
    events: int
    seconds: float


def measure(folder: Path, amount: Amount) -> list[Case]:
    """Measure on one node and on three, started here and ended again."""
    cases = []
    for size, goal in ((1, 0.5), (3, 0.4)):
        text = f"the relay against a bare producer, nodes: {size}"
        with told(text), _cluster(size) as cluster:
            cases += _speed(folder / f"speed-{size}", cluster, amount, goal)
            if size == 1:
                cases += _daily(folder / "daily", cluster, amount)
    return cases


@contextmanager
def _cluster(size: int) -> Iterator[KafkaCluster]:
    with TemporaryDirectory(prefix="nambuoc-bench-kafka-") as folder:
        cluster = KafkaCluster(Path(folder))
        try:
            cluster.start(size)
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def _home(place: Path, settings: KafkaSettings) -> Iterator[Relayed]:
    place.mkdir(parents=True)
    template = place / "template.db"
    engine = open_database(f"sqlite:///{template}")
    migrate(engine)
    engine.dispose()
    with relayed(place / "home", template, settings) as made:
        yield made


class _Watched(SqlJournal):
    """The journal; notes when the relay begins to read it, and when it has all."""

    def __init__(self, engine: Database, last: int) -> None:
        super().__init__(engine)
        self._last = last
        self.began = self.took_s = 0.0
        self.done = Event()

    def read(self, from_seq: int = 1, to_seq: int | None = None) -> Iterator[Recorded]:
        """Read; the first read is the beginning, one behind the last the end."""
        self.began = self.began or time.perf_counter()
        if from_seq > self._last and not self.done.is_set():
            self.took_s = time.perf_counter() - self.began
            self.done.set()
        return super().read(from_seq, to_seq)


def _speed(
    place: Path, cluster: KafkaCluster, amount: Amount, goal: float
) -> list[Case]:
    found: dict[int, list[float]] = {batch: [] for batch in _BATCHES}
    ours = []
    with _home(place / "warm", cluster.settings()) as made:
        made.grow(_WARM)
        _ours(made, _WARM)
    for number in range(amount.rounds):
        with _full(place / str(number), cluster, amount) as made:
            ours.append(_ours(made, amount.events))
        for batch, rates in found.items():
            with _full(place / f"{number}-{batch}", cluster, amount) as made:
                rates.append(_bare(made, amount.events, batch))
    best = max(found.values(), key=median)
    name = f"relay-{len(cluster.nodes)}-node"
    note = f"transactions with the cursor : idempotent producer, best of {_BATCHES}"
    rounds = list(zip(ours, best, strict=True))
    wants = Goal(goal, "at_least")
    return [compared(name, "events/s", rounds, goal=wants, note=note)]


@contextmanager
def _full(place: Path, cluster: KafkaCluster, amount: Amount) -> Iterator[Relayed]:
    with _home(place, cluster.settings()) as made:
        made.grow(amount.events)
        yield made


def _ours(made: Relayed, events: int) -> float:
    journal = _Watched(made.database, events)
    source = Source(journal, Marks(made.database), "bench", lambda: None)
    Relay(source, made.settings, made.home / "relay.json").run(journal.done)
    return events / journal.took_s


def _bare(made: Relayed, events: int, batch: int) -> float:
    journal, topics = SqlJournal(made.database), Topics(made.settings.prefix)
    with closing(connected(KafkaProducer, made.settings, _PATIENT)) as producer:
        began = time.perf_counter()
        for after in range(0, events, batch):
            events_read = journal.read(after + 1, min(after + batch, events))
            futures = [_send(producer, topics, event) for event in events_read]
            producer.flush(timeout=30)
            if not all(future.succeeded() for future in futures):
                text = "the bare producer lost an event"
                raise RuntimeError(text)
        return events / (time.perf_counter() - began)


def _send(producer: KafkaProducer, topics: Topics, event: Recorded) -> Future:
    place = place_of(topics, event.stream)
    return producer.send(
        place.topic,
        event.body,
        key=event.stream.encode(),
        headers=[CONTENT_TYPE, (SEQ, str(event.seq).encode())],
        partition=place.partition,
    )


def _daily(place: Path, cluster: KafkaCluster, amount: Amount) -> list[Case]:
    with _home(place, cluster.settings()) as made:
        cpu = [_append_cpu(made) for _ in range(amount.rounds)]
        child = made.start()
        child.wait("running")
        lags, marks = _busy(made, amount.seconds)
        child.end()
    return [
        alone(
            "relay-lag",
            "s",
            [share(lags, 0.5), share(lags, 0.99), max(lags)],
            goal=Goal(1.0),
            note=f"median, 99 % and worst age when readers see it, {_RATE} events/s",
        ),
        compared(
            "append-with-relay",
            "ms CPU",
            cpu,
            goal=Goal(1.1),
            note="one append with the relay running : without",
        ),
        alone("relay-sql-writes", "1/s", [marks], goal=Goal(1.0)),
    ]


def _append_cpu(made: Relayed) -> tuple[float, float]:
    def append() -> None:
        for _ in range(_APPENDS):
            made.grow(1)

    without = cpu_ms(append) / _APPENDS
    child = made.start()
    child.wait("running")
    with_relay = cpu_ms(append) / _APPENDS
    child.end()
    return with_relay, without


def _busy(made: Relayed, seconds: float) -> tuple[list[float], float]:
    """Append at a steady rate; the age of each event when seen, marks a second."""
    journal, marks = SqlJournal(made.database), Marks(made.database)
    first = journal.head().size + 1
    seen: dict[int, float] = {}
    stop, written = Event(), set()
    reader = Thread(target=_watch, args=(made.settings, seen, stop))
    reader.start()
    time.sleep(1)
    began = time.monotonic()
    for tick in count():
        made.grow(_RATE // _TICKS)
        written.add(marks.get(MARK))
        time.sleep(max(0.0, began + (tick + 1) / _TICKS - time.monotonic()))
        if time.monotonic() - began > seconds:
            break
    took = time.monotonic() - began
    made.wait()
    time.sleep(1)
    stop.set()
    reader.join()
    recorded = {one.seq: one.recorded_at.timestamp() for one in journal.read(first)}
    return [seen[seq] - at for seq, at in recorded.items()], (len(written) - 1) / took


def _watch(settings: KafkaSettings, seen: dict[int, float], stop: Event) -> None:
    topics = Topics(settings.prefix)
    places = [TopicPartition(topics.events, number) for number in range(PARTS)]
    with closing(consumer(settings)) as client:
        client.assign([*places, TopicPartition(topics.access, 0)])
        client.seek_to_end()
        while not stop.is_set():
            for records in client.poll(timeout_ms=200).values():
                now = time.time()
                seen |= {int(dict(one.headers)[SEQ]): now for one in records}
