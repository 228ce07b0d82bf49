"""`store rotate-key` killed at its named points: run again, it is done and whole."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import from_environment
from infra.store_care import verify_store
from infra.wiring import open_house
from tests.faults.test_documents_restore import put_papers

MAIN = "from portal.cli import main; main()"
KEY_FILE = "master.json"


def rotate(home: Path, point: str = "", *words: str) -> int:
    told = {"NAMBUOC_HOME": str(home), "NAMBUOC_CRASHPOINT": point}
    command = [sys.executable, "-c", MAIN, "store", "rotate-key", *words]
    return subprocess.run(
        command, env=os.environ | told, capture_output=True, check=False
    ).returncode


def masters(home: Path) -> dict[str, str]:
    text = (home / "keys" / KEY_FILE).read_text()
    found: dict[str, str] = json.loads(text)["masters"]
    return found


@pytest.mark.parametrize(
    ("point", "kept"), [("before-key-file", 1), ("after-key-batch", 2)]
)
def test_a_rotation_killed_at_a_point_is_finished_by_the_next(
    point: str, kept: int, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    put_papers(home, 0, 20)

    assert rotate(home, point) == -signal.SIGKILL
    assert len(masters(home)) == kept
    with open_house(from_environment(home)) as house:
        found = verify_store(house, lambda _, __: None, percent=100, deep=True)
        assert found["findings"] == []
    assert [rotate(home), rotate(home, "", "--retire")] == [0, 0]

    assert len(masters(home)) == 1
    assert [one.name for one in (home / "keys").iterdir()] == [KEY_FILE]
    with open_house(from_environment(home)) as house:
        assert house.keys.kek_id in masters(home)
        again = verify_store(house, lambda _, __: None, percent=100, deep=True)
    assert (again["findings"], again["documents"]) == ([], again["live"])
