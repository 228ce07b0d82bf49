"""One running process a role and home; only its living holder is ever ended."""

import os
import sys
import time
from pathlib import Path

import pytest

from dossiers.errors import ConflictError
from infra import running

SLEEPER = """
import sys, time
from pathlib import Path
from infra import running
kept = running.hold(Path(sys.argv[1]), sys.argv[2])
time.sleep(60)
"""


def sleeper(place: Path, role: str) -> int:
    command = (sys.executable, "-c", SLEEPER, str(place), role)
    child = running.spawn(command, place.with_suffix(".log"))
    deadline = time.monotonic() + 20
    while running.running(place) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return child


def test_names_its_holder_and_refuses_another(tmp_path: Path) -> None:
    place = tmp_path / "engine.lock"

    with running.hold(place, "worker"):
        found = running.running(place)
        with pytest.raises(ConflictError, match=f"worker .pid {os.getpid()}"):
            running.hold(place, "reconcile")

    assert found is not None
    assert (found.role, found.pid) == ("worker", os.getpid())


def test_forgets_a_holder_that_is_gone(tmp_path: Path) -> None:
    place = tmp_path / "engine.lock"
    running.hold(place, "worker").close()

    assert running.running(place) is None
    assert "worker" in place.read_text()


def test_ends_the_holder_of_the_asked_role_only(tmp_path: Path) -> None:
    place = tmp_path / "engine.lock"
    child = sleeper(place, "worker")

    assert running.end(place, "prefect server", limit_s=1) is False
    assert running.ended(child) is None
    assert running.end(place, "worker", limit_s=20) is True

    assert running.running(place) is None
    assert os.waitpid(child, 0)[0] == child


def test_never_ends_a_stranger_with_the_pid_of_a_dead_holder(tmp_path: Path) -> None:
    place = tmp_path / "engine.lock"
    place.write_text(f'{{"role": "worker", "pid": {os.getpid()}, "since": 0}}')

    assert running.end(place, "worker", limit_s=1) is False


def test_a_reader_sees_the_old_or_the_new_whole(tmp_path: Path) -> None:
    path = tmp_path / "run" / "prefect.json"
    assert running.read(path) == {}

    running.write(path, {"port": 1})
    running.write(path, {"port": 2})

    assert running.read(path) == {"port": 2}
    assert [found.name for found in path.parent.iterdir()] == ["prefect.json"]
