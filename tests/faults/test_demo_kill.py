"""A demo killed at any moment goes on and arrives at the same facts."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import running
from portal.demo.draw import draw
from tests.support.demo_runs import DemoHome, Report, cases_of_sample, finished

CASES = ("case-4592", "case-6751", "case-4024")
EVERYTHING = ("supervisor", "worker", "server")
KILLS = (("driver",), ("driver", "worker"), ("driver", *EVERYTHING))
TOTALS = ("received", "solved", "open", "withdrawn", "events", "documents")


@pytest.fixture(scope="module")
def arrivals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("arrivals") / "arrivals.csv"
    return cases_of_sample(path, CASES)


@pytest.fixture(scope="module")
def whole(arrivals: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Report of a run that nobody disturbed."""
    home = DemoHome(tmp_path_factory.mktemp("whole") / "home")
    return home.run("--arrivals", str(arrivals))


@pytest.fixture
def moments(whole: Report) -> list[int]:
    """Draw three sizes of the journal, in order; the seed is shown on failure."""
    seed = secrets.token_hex(4)
    sys.stdout.write(f"seed {seed}\n")
    below = int(str(whole["size"])) * 4 // 5
    return sorted(draw(seed.encode(), str(n), "kill", below) for n in range(3))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[DemoHome]:
    home = DemoHome(tmp_path / "home")
    yield home
    home.clear()


def assert_same(report: Report, whole: Report) -> None:
    assert report["facts"] == whole["facts"]
    for name in TOTALS:
        assert report[name] == whole[name]
    assert report["drift"] == 0
    assert report["flow_runs"] == whole["flow_runs"]
    effects = report["effects"]
    assert isinstance(effects, dict)
    assert (effects["missing"], effects["repeated"], effects["unpromised"]) == (0, 0, 0)


def test_killed_with_and_without_its_engine_it_goes_on(
    home: DemoHome, arrivals: Path, whole: Report, moments: list[int]
) -> None:
    for moment, roles in zip(moments, KILLS, strict=True):
        demo = home.start("--arrivals", str(arrivals))
        home.wait_for(moment, demo)
        demo.kill()
        demo.communicate()
        home.kill(*roles[1:])

    assert_same(home.run("--arrivals", str(arrivals)), whole)
    assert running.running(home.path / running.SUPERVISOR) is None


def test_a_killed_worker_and_server_do_not_end_the_run(
    home: DemoHome, arrivals: Path, whole: Report, moments: list[int]
) -> None:
    first, second, _ = moments
    demo = home.start("--arrivals", str(arrivals))
    home.wait_for(first, demo)
    home.kill("worker")
    home.wait_for(second, demo)
    home.kill("server", "worker")

    assert_same(finished(demo), whole)
