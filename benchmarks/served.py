"""Prefect's server and our worker on a home, and the CPU that they spend."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra import running, supervisor
from measure import Stopwatch, cpu_of

_SETTLE_S = 2.6
"""The server writes task states two seconds late."""
_IDLE_S = 4.0
_REST_S = 60.0
_RESTING_MS = 50.0


@dataclass(frozen=True, slots=True)
class Engine:
    """Prefect's server and our worker, with the CPU they use when idle (ms/s)."""

    home: Path
    url: str
    server: int
    worker: int
    idle_server: float = 0.0
    idle_worker: float = 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU of one batch in ms a dossier, idle turning taken off; wall in s."""

    server: float
    worker: float
    officer: float = 0.0
    wall_s: float = 0.0
    waits: float = 0.0

    @property
    def engine(self) -> float:
        """Worker and server together."""
        return self.server + self.worker


@contextmanager
def engine(home: Path) -> Iterator[Engine]:
    """Start server and worker on a home as `nambuoc server start` does."""
    try:
        supervisor.start(home)
        found = [running.running(home / at) for at in (running.SERVER, running.ENGINE)]
        pids = [one.pid for one in found if one is not None]
        url = supervisor.prefect_url(home) or ""
        yield _rested(Engine(home, url, *pids))
    finally:
        supervisor.stop(home)


def _rested(one: Engine) -> Engine:
    """Measure what both use while nothing happens."""
    time.sleep(_SETTLE_S)
    before = cpu_of(one.server), cpu_of(one.worker)
    time.sleep(_IDLE_S)
    server, worker = cpu_of(one.server) - before[0], cpu_of(one.worker) - before[1]
    pids = one.server, one.worker
    return Engine(one.home, one.url, *pids, server / _IDLE_S, worker / _IDLE_S)


def spent(
    one: Engine,
    batch: int,
    work: Callable[[], Stopwatch],
    *,
    program: int | None = None,
) -> Spent:
    """Measure a batch; `program` stands for our worker when others do the work."""
    pid = program or one.worker
    idle = 0.0 if program else one.idle_worker
    before, began = (cpu_of(one.server), cpu_of(pid)), time.monotonic()
    officer = work()
    wall_s = time.monotonic() - began
    time.sleep(_SETTLE_S)
    passed = time.monotonic() - began
    return Spent(
        server=(cpu_of(one.server) - before[0] - one.idle_server * passed) / batch,
        worker=(cpu_of(pid) - before[1] - idle * passed) / batch,
        officer=officer.cpu_ms / batch,
        wall_s=wall_s / batch,
    )


@contextmanager
def held(pid: int, database: Path) -> Iterator[None]:
    """
    Let a process stand still meanwhile, so that it sees several acts as one.

    Never inside a transaction, which would lock the officers out.
    """
    os.kill(pid, signal.SIGSTOP)
    try:
        while not _is_free(database):
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.05)
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is_free(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=0.05)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def rest(pid: int) -> None:
    """Wait until a program that starts has come to rest."""
    until, before = time.monotonic() + _REST_S, 0.0
    time.sleep(_SETTLE_S)
    while cpu_of(pid) - before > _RESTING_MS and time.monotonic() < until:
        before = cpu_of(pid)
        time.sleep(1.0)
