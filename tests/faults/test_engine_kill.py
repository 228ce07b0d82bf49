"""Whatever is killed, nothing is lost and nothing is done twice."""

from collections.abc import Iterator
from itertools import count

import pytest

from dossiers.values import STEPS
from infra.notices import delivered
from infra.reconciling import reconcile
from tests.support import flows_engine as small
from tests.support.changes import code
from tests.support.flows_engine import SmallEngine
from tests.support.prefect_server import Site, site, until, wait_for

NUMBERS = count(1)
MANY = 5


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def engine(prefect: Site) -> Iterator[SmallEngine]:
    with small.open_engine(prefect.home) as found:
        yield found


@pytest.fixture
def arrived(engine: SmallEngine) -> list[int]:
    """Hand in some dossiers."""
    numbers = [next(NUMBERS) for _ in range(MANY)]
    for number in numbers:
        small.submit(engine, number)
    return numbers


def after_acts(
    prefect: Site, engine: SmallEngine, numbers: list[int], acts: range
) -> None:
    """Let all go through these of the four acts, each when its turn has come."""
    for turn in acts:
        for number in numbers:
            wait_for(prefect, code(number), small.WAITS[turn])
            small.ACTS[turn](engine, number)


def demand_whole(prefect: Site, engine: SmallEngine, numbers: list[int]) -> None:
    """All returned: every event once, every notice once, five completed tasks."""
    until(lambda: all(prefect.state(code(n)) == "Returned" for n in numbers))
    report = reconcile(prefect.home, closed=False)
    assert report["drift"] == 0
    for number in numbers:
        assert small.has_happened(engine, number) == small.WAY
        assert set(prefect.completed_tasks(code(number))) == set(STEPS)
    until(lambda: not engine.effects.counts().get("waiting"))
    keys = delivered(prefect.home / "outbox").keys
    assert len(keys) == len(set(keys)) == engine.effects.counts()["sent"]


@pytest.mark.parametrize("moment", ["slow-before", "slow-after"])
def test_the_worker_is_killed_inside_a_task(
    prefect: Site, engine: SmallEngine, arrived: list[int], moment: str
) -> None:
    (prefect.home / moment).write_text("60")
    after_acts(prefect, engine, arrived, range(1))
    entered = [prefect.home / f"{small.name(number)}.entered" for number in arrived]
    until(lambda: all(path.exists() for path in entered))

    prefect.kill_worker()
    (prefect.home / moment).unlink()
    prefect.start_worker()

    after_acts(prefect, engine, arrived, range(1, 4))
    demand_whole(prefect, engine, arrived)


def test_the_worker_is_killed_while_dossiers_wait_and_officers_act(
    prefect: Site, engine: SmallEngine, arrived: list[int]
) -> None:
    after_acts(prefect, engine, arrived, range(1))
    wait_for(prefect, code(arrived[-1]), "process:")

    prefect.kill_worker()
    after_acts(prefect, engine, arrived, range(1, 2))
    prefect.start_worker()

    after_acts(prefect, engine, arrived, range(2, 4))
    demand_whole(prefect, engine, arrived)


def test_the_server_is_killed_while_officers_act(
    prefect: Site, engine: SmallEngine, arrived: list[int]
) -> None:
    prefect.kill_server()
    for number in arrived:
        small.receive(engine, number)
    prefect.start_server()

    after_acts(prefect, engine, arrived, range(1, 4))
    demand_whole(prefect, engine, arrived)


def test_both_are_killed_and_officers_act_meanwhile(
    prefect: Site, engine: SmallEngine, arrived: list[int]
) -> None:
    after_acts(prefect, engine, arrived, range(1))
    for number in arrived:
        wait_for(prefect, code(number), "process:")
    prefect.kill_server()
    prefect.kill_worker()
    for number in arrived:
        small.decide(engine, number)
    prefect.start_server()
    prefect.start_worker()

    after_acts(prefect, engine, arrived, range(2, 4))
    demand_whole(prefect, engine, arrived)


def test_prefects_database_is_lost(
    prefect: Site, engine: SmallEngine, arrived: list[int]
) -> None:
    after_acts(prefect, engine, arrived, range(1))
    wait_for(prefect, code(arrived[-1]), "process:")

    prefect.kill_server()
    for path in (prefect.home / "prefect").glob("prefect.db*"):
        path.unlink()
    prefect.start_server()

    after_acts(prefect, engine, arrived, range(1, 4))
    demand_whole(prefect, engine, arrived)
    report = reconcile(prefect.home, closed=True)
    assert report["drift"] == 0
    assert report["runs"] == report["dossiers"]
