"""The demo's officers at work: acts of the plan, in order, on a virtual clock."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from dossiers.dossier import Dossier, Status
from dossiers.errors import UnavailableError
from dossiers.values import local
from infra.house import VIRTUAL, House
from portal.demo.acts import Cast, perform
from portal.demo.deeds import Act, Submit
from portal.demo.sweep import Sweep

PATIENCE_S = 180.0
LOOK_S = 0.004
RESTING = {
    "receive": frozenset({Status.RECEIVED, Status.OFFERED}),
    "process": frozenset({Status.PROCESSED}),
    "seal": frozenset({Status.SIGNED}),
}
"""Where a dossier stands while the automatic rest of an act is not done yet."""


@dataclass(slots=True)
class Progress:
    """How far all threads are; `tell` shows it."""

    total: int
    tell: Callable[[int, int], None]
    done: int = 0
    failed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self) -> None:
        """Count one act."""
        with self._lock:
            self.done += 1
            self.tell(self.done, self.total)


class Tide:
    """Virtual time for every process of the home: once a day, never back."""

    def __init__(self, house: House) -> None:
        """Go on from the instant where an earlier run stood."""
        stored = house.meta.get(VIRTUAL)
        self._house = house
        self._high = datetime.fromisoformat(stored) if stored else None
        self._lock = threading.Lock()

    def rise(self, at: datetime) -> None:
        """Let the other processes see that a new day has begun."""
        with self._lock:
            if self._high is None or local(at).date() > local(self._high).date():
                self._put(at)

    def end(self, at: datetime) -> None:
        """Let everybody, this thread too, live at the last instant of all runs."""
        with self._lock:
            self._put(at if self._high is None else max(at, self._high))

    def _put(self, at: datetime) -> None:
        self._house.turn(at, stored=True)
        self._high = at


@dataclass(slots=True)
class Driver:
    """Performs acts on one house; keeps each case's dossier id and newest state."""

    house: House
    cast: Cast
    progress: Progress
    tide: Tide
    sweep: Sweep
    dossiers: dict[str, Dossier] = field(default_factory=dict)

    def run(self, acts: Iterable[Act], until: datetime) -> None:
        """Perform all acts in order, with the 08:00 sweep of each working day."""
        for act in acts:
            if self.progress.failed.is_set():
                return
            self._sweep_until(act.at)
            self.perform(act)
            self.progress.step()
        self._sweep_until(until)

    def alone(self) -> "Driver":
        """Make a driver with its own cases and sweep on the same house."""
        sweep = Sweep(self.sweep.calendar)
        return Driver(self.house, self.cast, self.progress, self.tide, sweep)

    def perform(self, act: Act) -> None:
        """Do one act once, then wait for the automatic rest it brought about."""
        self.tide.rise(act.at)
        self.house.turn(act.at)
        known = self.dossiers.get(act.case_id)
        dossier = perform(self.house, self.cast, act, known)
        dossier = self._await(dossier, RESTING.get(act.kind, frozenset()))
        self.dossiers[act.case_id] = dossier
        self.sweep.note(dossier)

    def _await(self, dossier: Dossier, resting: frozenset[Status]) -> Dossier:
        """
        Poll our own database until the engine has done the rest.

        A repeated act gives an old state; the dossier may stand anywhere by now.
        """
        until = time.monotonic() + PATIENCE_S
        version = dossier.version
        while dossier.status in resting:
            if time.monotonic() > until:
                raise _stuck(dossier)
            if self.house.listing.version_of(dossier.id) == version:
                time.sleep(LOOK_S)
                continue
            dossier = self.house.office.dossiers.find(dossier.id)
            version = dossier.version
        return dossier

    def _sweep_until(self, at: datetime) -> None:
        for moment, dossier_id in self.sweep.due_before(at):
            self.tide.rise(moment)
            self.house.turn(moment)
            self.sweep.note(self.sweep.apologize(self.house, dossier_id, moment))


def _stuck(dossier: Dossier) -> UnavailableError:
    see = "nambuoc server status, nambuoc ops stuck"
    again = "nambuoc demo run"
    return UnavailableError(
        f"máy không làm tiếp hồ sơ {dossier.code}; xem: {see}; chạy lại {again} là "
        f"làm tiếp từ chỗ này",
        f"the engine does not go on with {dossier.code}; see: {see}; {again} goes on "
        f"from here",
    )


def run_all(driver: Driver, acts: tuple[Act, ...], threads: int) -> None:
    """
    Perform the acts in order, or each owner's in their own order on several threads.

    Several threads give up the order of events between owners, never an invariant
    or a total: a paper is reused by its owner only.
    """
    last = acts[-1].at
    if threads <= 1:
        driver.run(acts, last)
    else:
        with ThreadPoolExecutor(threads) as pool:
            shares = _shares(acts, threads)
            runs = [pool.submit(_share, driver.alone(), one, last) for one in shares]
        for run in runs:
            run.result()
    driver.tide.end(last)


def _share(driver: Driver, acts: list[Act], until: datetime) -> None:
    try:
        driver.run(acts, until)
    except BaseException:
        driver.progress.failed.set()  # the other threads end after their act
        raise


def _shares(acts: tuple[Act, ...], threads: int) -> list[list[Act]]:
    owners = {a.case_id: a.deed.owner for a in acts if isinstance(a.deed, Submit)}
    shares: list[list[Act]] = [[] for _ in range(threads)]
    for act in acts:
        shares[owners[act.case_id] % threads].append(act)
    return [share for share in shares if share]
