"""Case 5: the whole way through Prefect, against the floor, stock, and no Prefect."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import mean
from urllib.parse import urlsplit

from dossiers.dossier import Dossier
from measure import Case, Goal, Stopwatch, alone, compared, told
from programs import Program, lean, script, stock, stock_worker
from rehearsal import Rehearsal, rehearsal
from served import Engine, Spent, engine, held, rest, spent

_STOCK_POOL = "stock"
_FLOOR_GOAL = Goal(3.2)
_STOCK_GOAL = Goal(15, "at_least")


Taken = tuple[Stopwatch, list[Dossier]]
"""The officers' own CPU, and the dossiers."""


def two_waits(office: Rehearsal, batch: int, worker: int) -> Taken:
    """Let officers act in three goes, so that a run waits exactly twice."""
    watch = Stopwatch()
    with held(worker, office.database), watch:
        dossiers = [office.receive(office.submit(number)) for number in range(batch)]
    office.engine_done()
    with held(worker, office.database), watch:
        for one in dossiers:
            office.process(one)
    office.engine_done()
    with held(worker, office.database), watch:
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


def _stock(one: Engine, folder: Path, runs: int) -> float:
    settings = stock(folder / "stock", one.url)
    with script("stock.py", settings, folder / "stock.log") as driver:
        driver.ask("declare")
        with stock_worker(_STOCK_POOL, settings, folder / "stock-worker.log") as pid:
            rest(pid)

            def work() -> Stopwatch:
                driver.ask(str(runs))
                return Stopwatch()

            return spent(one, runs, work, program=pid).engine
