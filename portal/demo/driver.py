"""The demo's officers at work: acts of the plan, in order, on a virtual clock."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from dossiers.dossier import Dossier, Status
from dossiers.errors import UnavailableError
from infra.house import House
from portal.demo.acts import Cast, perform
from portal.demo.deeds import Act
from portal.demo.sweep import Sweep

PATIENCE_S = 120.0
AWAITED = {
    "receive": Status.IN_PROCESS,
    "process": Status.PREPARED,
    "seal": Status.ISSUED,
}


@dataclass(slots=True)
class Progress:
    """How far the run is; `tell` shows it."""

    total: int
    tell: Callable[[int, int], None]
    done: int = 0

    def step(self) -> None:
        """Count one act."""
        self.done += 1
        self.tell(self.done, self.total)


@dataclass(slots=True)
class Driver:
    """Performs acts on one house; keeps each case's dossier id and newest state."""

    house: House
    cast: Cast
    progress: Progress
    sweep: Sweep
    dossiers: dict[str, Dossier] = field(default_factory=dict)

    def run(self, acts: Iterable[Act]) -> None:
        """Perform all acts in order, with the 08:00 sweep of each working day."""
        last: datetime | None = None
        for act in acts:
            self._sweep_until(act.at)
            self.perform(act)
            self.progress.step()
            last = act.at
        if last is not None:
            self._sweep_until(last)
            self.house.turn(last, stored=True)

    def alone(self) -> "Driver":
        """Make a driver with its own cases and sweep on the same house."""
        sweep = Sweep(self.sweep.calendar)
        return Driver(self.house, self.cast, self.progress, sweep)

    def perform(self, act: Act) -> None:
        """Do one act once, then wait for the automatic rest it brought about."""
        self.house.turn(act.at)
        known = self.dossiers.get(act.case_id)
        dossier = perform(self.house, self.cast, act, known)
        awaited = AWAITED.get(act.kind)
        if awaited is not None:
            dossier = self._await(dossier, awaited)
        self.dossiers[act.case_id] = dossier
        self.sweep.note(dossier)

    def _await(self, dossier: Dossier, status: Status) -> Dossier:
        """Poll our own database until the engine has done the rest."""
        until = time.monotonic() + PATIENCE_S
        version = dossier.version
        while dossier.status is not status and _before(dossier.status, status):
            if time.monotonic() > until:
                code = dossier.code
                vi = f"máy không làm tiếp hồ sơ {code}; xem `nambuoc ops stuck`"
                en = f"the engine does not go on with {code}; see `nambuoc ops stuck`"
                raise UnavailableError(vi, en)
            if self.house.listing.version_of(dossier.id) == version:
                time.sleep(0.004)
                continue
            dossier = self.house.office.dossiers.find(dossier.id)
            version = dossier.version
        return dossier

    def _sweep_until(self, at: datetime) -> None:
        for moment, dossier_id in self.sweep.due_before(at):
            self.house.turn(moment)
            self.sweep.note(self.sweep.apologize(self.house, dossier_id, moment))


_ORDER = tuple(Status)


def _before(one: Status, other: Status) -> bool:
    return _ORDER.index(one) < _ORDER.index(other)


def run_all(driver: Driver, acts: tuple[Act, ...], threads: int) -> None:
    """
    Perform the acts in order, or each case in its own order on several threads.

    Several threads give up the order of events between cases, never an invariant.
    """
    if threads <= 1:
        driver.run(acts)
        return
    shares: list[list[Act]] = [[] for _ in range(threads)]
    for act in acts:
        shares[crc32(act.case_id.encode()) % threads].append(act)
    with ThreadPoolExecutor(threads) as pool:
        runs = [pool.submit(driver.alone().run, share) for share in shares if share]
        for run in runs:
            run.result()
