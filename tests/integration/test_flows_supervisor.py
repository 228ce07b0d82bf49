"""The detached supervisor keeps Prefect's server and the worker alive."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dossiers.errors import ConflictError
from infra import running, supervisor
from tests.support.prefect_server import until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    supervisor.start(home, demo_poll=True)
    yield home
    supervisor.stop(home)


def pid(home: Path, place: str) -> int:
    found = running.running(home / place)
    return found.pid if found else 0


def is_whole(home: Path) -> bool:
    return bool(supervisor.status(home)["healthy"])


def test_says_what_runs_and_since_when(home: Path) -> None:
    status = supervisor.status(home)

    server, worker = status["server"], status["worker"]
    assert isinstance(server, dict)
    assert isinstance(worker, dict)
    assert status["healthy"] is True
    assert server["pid"] == pid(home, running.SERVER)
    assert server["url"] == running.read(home / "run" / "prefect.json")["url"]
    assert worker["pid"] == pid(home, running.ENGINE)
    assert datetime.fromisoformat(str(worker["since"])).tzinfo is not None


def test_refuses_a_second_start(home: Path) -> None:
    with pytest.raises(ConflictError, match="supervisor"):
        supervisor.start(home)


@pytest.mark.parametrize("place", [running.SERVER, running.ENGINE, running.RELAY])
def test_starts_a_killed_part_again(home: Path, place: str) -> None:
    before, address = pid(home, place), running.read(home / "run" / "prefect.json")

    os.kill(before, signal.SIGKILL)

    until(lambda: pid(home, place) not in (0, before) and is_whole(home))
    assert running.read(home / "run" / "prefect.json") == address


def test_starts_the_server_again_when_its_database_is_deleted(home: Path) -> None:
    before = pid(home, running.SERVER)

    (home / "prefect" / "prefect.db").unlink()

    until(lambda: pid(home, running.SERVER) not in (0, before) and is_whole(home))


def test_leaves_nothing_behind_even_when_it_was_killed(home: Path) -> None:
    os.kill(pid(home, running.SUPERVISOR), signal.SIGKILL)

    assert supervisor.stop(home) is True

    places = (running.SUPERVISOR, running.SERVER, running.ENGINE, running.RELAY)
    assert [pid(home, place) for place in places] == [0, 0, 0, 0]
    assert supervisor.stop(home) is False
