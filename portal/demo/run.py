"""`nambuoc demo run`: the main job on real records, from import to report."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.confirmation_rules import clean_decisions, obstacles
from dossiers.errors import RefusedError
from dossiers.procedure import Procedure
from dossiers.publication import publish
from dossiers.values import local
from infra import running, supervisor
from infra.house import House
from portal.demo.acts import Cast
from portal.demo.arrivals import Case, read
from portal.demo.driver import Driver, Progress, run_all
from portal.demo.offices import register
from portal.demo.plan import plan
from portal.demo.sweep import Sweep

SAMPLE = Path(__file__).with_name("sample")
CONFIRMER = "demo-confirmer"
LOCK = "run/demo.lock"


@dataclass(frozen=True, slots=True)
class Script:
    """What a run is asked for: files (None: the sample), cases, seed, threads."""

    arrivals: Path
    procedures: Path
    dossiers: int | None
    seed: str
    shift_weeks: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What the run leaves for the report; `began` is a monotonic instant."""

    began: float
    engine_cpu_s: float
    cases: int
    broken: int
    procedures: int
    published: int


def play(house: House, script: Script, tell: Callable[[int, int], None]) -> Finished:
    """
    Run the whole demo on this home; goes on where an earlier run was killed.

    Raises ConflictError when a demo already runs here.
    """
    with running.hold(house.settings.home / LOCK, "demo"):
        began = time.monotonic()
        arrivals = read(script.arrivals, shift_weeks=script.shift_weeks)
        chosen = list(arrivals.cases[: script.dossiers])
        if not chosen:
            text = f"{script.arrivals}: không có hồ sơ nào để chạy"
            raise RefusedError(text, f"{script.arrivals}: no case to run")
        seed = script.seed.encode()
        house.turn(chosen[0].arrived_at)
        drafts, published = _catalogue(house, script.procedures, chosen)
        house.add_register(register(arrivals.cases, seed))
        acts = plan(chosen, seed)
        driver = Driver(
            house,
            Cast(seed, published),
            Progress(len(acts), tell),
            Sweep(house.office.calendars.current()),
        )
        run_all(driver, acts, script.concurrency)
        house.settled(patience_s=600.0)
        spent = supervisor.cpu_seconds(house.settings.home)
        return Finished(
            began, spent, len(chosen), len(arrivals.broken), drafts, len(published)
        )


def _catalogue(
    house: House, path: Path, cases: list[Case]
) -> tuple[int, tuple[Procedure, ...]]:
    with path.open("rb") as lines:
        drafts = [
            one.procedure for one in import_lines(lines) if isinstance(one, Draft)
        ]
    house.catalogue.add_drafts(drafts)
    at = cases[0].arrived_at
    day = local(at).date().replace(month=1, day=1)
    published = tuple(
        publish(draft, clean_decisions(draft, day), confirmer=CONFIRMER, at=at)
        for draft in sorted(drafts, key=lambda one: one.reference)
        if not obstacles(draft)
    )
    for one in published:
        house.catalogue.publish(one)
    return len(drafts), published


def served(house: House) -> bool:
    """Start the engine unless it already runs; says whether this call did."""
    home = house.settings.home
    if supervisor.status(home)["healthy"]:
        return False
    supervisor.start(home, demo_poll=True, prefect_url=house.settings.prefect_url)
    return True
