"""The real worker killed at its points: one run, five tasks, nothing done twice."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dossiers.values import STEPS
from infra import running
from infra.audit.verify import verify
from infra.house import House
from infra.notices import delivered
from infra.settings import from_environment
from infra.wiring import open_house
from tests.support.prefect_server import PYTHON, Site
from tests.support.whole_way import FACTS, clicks, dossier_of, furnish

POINTS = ("after-run", "after-mark", "after-settle", "after-segment", "after-delivery")
PACE = ("--poll", "0.02", "--lease", "1", "--reconcile-every", "1")
LIMIT_S = 180.0
NOTICES = 4
NAME = "run"


@dataclass
class Duty:
    """A worker that dies at one point after the other and is started again."""

    home: Path
    kills: int = 0
    worker: int = 0

    def start(self, patch: pytest.MonkeyPatch) -> None:
        """Arm it for the next point, if there is one left."""
        armed = (*POINTS, "")[self.kills]
        patch.setenv("NAMBUOC_CRASHPOINT", armed)
        command = (*PYTHON, "flows.worker", "--home", str(self.home), *PACE)
        self.worker = running.spawn(command, self.home / "log" / "worker.log")
        patch.setenv("NAMBUOC_CRASHPOINT", "")

    def look(self, patch: pytest.MonkeyPatch) -> None:
        """Start it again when it is dead; only SIGKILL may have ended it."""
        code = running.ended(self.worker)
        if code is not None:
            assert code == -signal.SIGKILL
            self.kills += 1
            self.start(patch)

    def idle(self, house: House, patch: pytest.MonkeyPatch) -> None:
        """Wait until nothing automatic is due, whoever dies meanwhile."""
        deadline = time.monotonic() + LIMIT_S
        while house.listing.is_owed() or house.effects.counts()["waiting"]:
            assert time.monotonic() < deadline, "automatic parts remain"
            self.look(patch)
            time.sleep(0.05)

    def end(self) -> None:
        """Let it finish what it holds and leave."""
        os.kill(self.worker, signal.SIGTERM)
        while running.ended(self.worker) is None:
            time.sleep(0.05)


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("runs") / "home"
    furnish(home)
    found = Site(home)
    try:
        found.start_server()
        yield found
    finally:
        found.stop()


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("NAMBUOC_CRASHPOINT", "")
    return monkeypatch


@contextmanager
def opened(home: Path) -> Iterator[House]:
    with open_house(from_environment(home)) as house:
        yield house


def test_a_worker_killed_at_each_point_gives_one_run_with_five_tasks(
    prefect: Site, patch: pytest.MonkeyPatch
) -> None:
    duty = Duty(prefect.home)
    duty.start(patch)
    with opened(prefect.home) as house:
        try:
            for click in clicks(NAME):
                click(house)
                duty.idle(house, patch)
            drift = house.reconcile(closed=True)["drift"]
        finally:
            duty.end()
        dossier = dossier_of(house, NAME)
        found = verify(house, None)

    sent = delivered(prefect.home / "outbox")
    assert duty.kills == len(POINTS)
    assert (drift, found["findings"]) == (0, [])
    assert dossier.version == len(FACTS)
    assert (len(sent.keys), sent.repeated) == (NOTICES, 0)
    assert sent.offered_again == 1
    assert prefect.completed_tasks(dossier.code) == sorted(STEPS)
