"""Case 5: the whole way through Prefect, against the floor, stock, and no Prefect."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import mean
from urllib.parse import urlsplit

from dossiers.dossier import Dossier
from infra import running, supervisor
from measure import Case, Goal, Stopwatch, alone, compared, cpu_of, told
from programs import Program, lean, script, stock, stock_worker
from rehearsal import Rehearsal, rehearsal

_SETTLE_S = 2.6
"""The server writes task states two seconds late."""
_IDLE_S = 4.0
_STOCK_START_S = 60.0
_RESTING_MS = 50.0
_STOCK_POOL = "stock"
_FLOOR_GOAL = Goal(3.2)
_STOCK_GOAL = Goal(15, "at_least")


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
    supervisor.start(home)
    try:
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


Taken = tuple[Stopwatch, list[Dossier]]
"""The officers' own CPU, and the dossiers."""


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
def held(pid: int) -> Iterator[None]:
    """Let a process stand still meanwhile, so that it sees several acts as one."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def two_waits(office: Rehearsal, batch: int, worker: int) -> Taken:
    """Let officers act in three goes, so that a run waits exactly twice."""
    watch = Stopwatch()
    with held(worker), watch:
        dossiers = [office.receive(office.submit(number)) for number in range(batch)]
    office.engine_done()
    with held(worker), watch:
        for one in dossiers:
            office.process(one)
    office.engine_done()
    with held(worker), watch:
        for one in dossiers:
            office.sign(one)
            office.seal(one)
            office.give_back(one)
    office.engine_done()
    return watch, dossiers


def every_wait(office: Rehearsal, batch: int, _: int) -> Taken:
    """Let the engine come to every wait that the law knows before the next act."""
    watch = Stopwatch()
    with watch:
        dossiers = [office.submit(number) for number in range(batch)]
    acts = (
        office.receive,
        office.process,
        office.sign,
        office.seal,
        office.give_back,
    )
    for act in acts:
        office.engine_done()
        with watch:
            for one in dossiers:
                act(one)
    office.engine_done()
    return watch, dossiers


def without_prefect(office: Rehearsal, batch: int) -> float:
    """Go the same way with the rests done in this process; CPU ms a dossier."""
    watch = Stopwatch()
    with watch:
        for number in range(batch):
            one = office.receive(office.submit(number))
            office.settle(one)
            office.process(one)
            office.settle(one)
            office.sign(one)
            office.seal(one)
            office.give_back(one)
            office.settle(one)
    return watch.cpu_ms / batch


@dataclass(frozen=True, slots=True)
class Round:
    """One round of everything, side by side."""

    two: Spent
    every: Spent
    floor: Spent
    alone_ms: float


def waits(one: Engine, office: Rehearsal, dossiers: list[Dossier]) -> float:
    """Count the suspensions of a run, as Prefect's API tells them; the mean."""
    return mean(_suspensions(one.url, _run_of(office, each)) for each in dossiers)


def _run_of(office: Rehearsal, dossier: Dossier) -> str:
    row = office.house.runs.row(dossier.id)
    return (row and row.run_id) or ""


def _suspensions(url: str, run_id: str) -> int:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", f"{parts.path}/flow_run_states/?flow_run_id={run_id}")
        states = json.loads(connection.getresponse().read())
        return sum(state["type"] == "PAUSED" for state in states)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Stage:
    """All that a round needs."""

    engine: Engine
    served: Rehearsal
    unserved: Rehearsal
    floor: Program

    def warm(self) -> None:
        """Let every part do its work once, unmeasured."""
        two_waits(self.served, 1, self.engine.worker)
        self._floor(1)
        without_prefect(self.unserved, 1)

    def round(self, batch: int) -> Round:
        """Run each way once, one after the other."""
        two = self._way(two_waits, batch)
        floor = spent(
            self.engine, batch, lambda: self._floor(batch), program=self.floor.pid
        )
        every = self._way(every_wait, batch)
        return Round(two, every, floor, without_prefect(self.unserved, batch))

    def _way(
        self,
        way: Callable[[Rehearsal, int, int], Taken],
        batch: int,
    ) -> Spent:
        taken: list[Dossier] = []

        def work() -> Stopwatch:
            watch, dossiers = way(self.served, batch, self.engine.worker)
            taken.extend(dossiers)
            return watch

        found = spent(self.engine, batch, work)
        return replace(found, waits=waits(self.engine, self.served, taken))

    def _floor(self, batch: int) -> Stopwatch:
        self.floor.ask(str(batch))
        return Stopwatch()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Open two homes, serve one of them, start the floor; everything warmed up."""
    home = folder / "served"
    with (
        rehearsal(home) as served,
        rehearsal(folder / "unserved") as unserved,
        engine(home) as one,
        script(
            "floor.py", lean(folder / "floor", one.url), folder / "floor.log"
        ) as low,
    ):
        made = Stage(one, served, unserved, low)
        made.warm()
        yield made


def measure(folder: Path, rounds: int, batch: int, *, stock_runs: int) -> list[Case]:
    """Measure the whole way with papers on; `stock_runs` 0 leaves stock out."""
    with ExitStack() as stack:
        with told("starting Prefect's server and the worker"):
            here = stack.enter_context(stage(folder))
        found = []
        for number in range(rounds):
            with told(f"the whole way, round {number + 1} of {rounds}"):
                found.append(here.round(batch))
        cases = _told(found)
        if stock_runs:
            with told(f"Prefect's stock process worker, {stock_runs} runs"):
                ms = _stock(here.engine, folder, stock_runs)
            ours = [(ms, one.two.engine) for one in found]
            note = "stock with 5 empty tasks, 2 suspensions : ours with papers"
            name = "stock-against-whole-way"
            cases.append(
                compared(name, "ms CPU/dossier", ours, goal=_STOCK_GOAL, note=note)
            )
        return cases


def _told(found: list[Round]) -> list[Case]:
    unit = "ms CPU/dossier"
    few = mean(one.two.waits for one in found)
    many = mean(one.every.waits for one in found)
    floor = "5 empty tasks called directly, worker + server"
    return [
        compared(
            "whole-way-against-floor",
            unit,
            [(one.two.engine, one.floor.engine) for one in found],
            goal=_FLOOR_GOAL,
            note=f"papers on, {few:.1f} waits : {floor}",
        ),
        compared(
            "whole-way-every-wait",
            unit,
            [(one.every.engine, one.floor.engine) for one in found],
            note=f"papers on, {many:.1f} waits : {floor}",
        ),
        compared(
            "whole-way-worker",
            unit,
            [(one.two.worker, one.floor.worker) for one in found],
            note="the worker's part : the floor's process",
        ),
        compared(
            "whole-way-server",
            unit,
            [(one.two.server, one.floor.server) for one in found],
            note="Prefect's server's part of both",
        ),
        compared(
            "whole-way-against-steps",
            unit,
            [(one.two.engine + one.two.officer, one.alone_ms) for one in found],
            note="with the officers' process : the same without Prefect, papers on",
        ),
        alone(
            "whole-way-officers",
            unit,
            [one.two.officer for one in found],
            note="submit, receive, process, sign, seal, return in the CLI's process",
        ),
        alone(
            "whole-way-speed",
            "dossiers/s",
            [1 / one.two.wall_s for one in found],
            note="wall time, one officer's process",
        ),
    ]


def _rest(pid: int) -> None:
    """Wait until a program that starts has come to rest."""
    until, before = time.monotonic() + _STOCK_START_S, 0.0
    time.sleep(_SETTLE_S)
    while cpu_of(pid) - before > _RESTING_MS and time.monotonic() < until:
        before = cpu_of(pid)
        time.sleep(1.0)


def _stock(one: Engine, folder: Path, runs: int) -> float:
    settings = stock(folder / "stock", one.url)
    with script("stock.py", settings, folder / "stock.log") as driver:
        driver.ask("declare")
        with stock_worker(_STOCK_POOL, settings, folder / "stock-worker.log") as pid:
            _rest(pid)

            def work() -> Stopwatch:
                driver.ask(str(runs))
                return Stopwatch()

            return spent(one, runs, work, program=pid).engine
