"""A revocation that is killed reached every dossier, or none: never half of them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import from_environment
from infra.wiring import open_house
from steps.act import Order
from steps.receive import submit
from steps.sharing import share
from tests.support.whole_way import furnish, submission

HELD = 3
REVOKE = "from portal.cli import main; main()"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    furnish(tmp_path / "home")
    return tmp_path / "home"


def shared(home: Path) -> tuple[str, list[str]]:
    """Let dossiers share one paper; its id, and theirs."""
    with open_house(from_environment(home)) as house:
        office = house.office
        first = submit(office, submission(), Order("canbo1", "c0"))
        paper = first.components[0]
        others = []
        for number in range(1, HELD):
            made = submit(office, submission(), Order("canbo1", f"c{number}"))
            order, code = Order("canbo1", f"s{number}"), paper.code
            share(office, paper.document or "", made.id, order, component=code)
            others.append(made.id)
    return paper.document or "", [first.id, *others]


def revoke(home: Path, document: str, point: str | None) -> int:
    """Revoke by command line in a process of its own; its exit code."""
    words = ["store", "revoke", document, "--reason", "cấp sai", "--as", "lanhdao"]
    known = os.environ | {"NAMBUOC_HOME": str(home)}
    if point is not None:
        known["NAMBUOC_CRASHPOINT"] = point
    argv = [sys.executable, "-c", REVOKE, *words]
    return subprocess.run(argv, env=known, check=False, capture_output=True).returncode


def standings(home: Path, document: str, dossiers: list[str]) -> tuple[str, set[str]]:
    """Tell the paper's state, and how the dossiers see it."""
    with open_house(from_environment(home)) as house:
        told: set[str] = {
            one.standing
            for dossier in dossiers
            for one in house.office.dossiers.find(dossier).components
            if one.document == document
        }
        return house.office.documents.find(document).state, told


def test_a_killed_revocation_happened_wholly_or_not_at_all(home: Path) -> None:
    document, dossiers = shared(home)
    for count in range(1, HELD + 1):
        assert revoke(home, document, f"before-commit:{count}") == -signal.SIGKILL
        assert standings(home, document, dossiers) == ("valid", {"valid"})

    assert revoke(home, document, None) == 0

    assert standings(home, document, dossiers) == ("revoked", {"revoked"})
    with open_house(from_environment(home)) as house:
        waiting = house.listing.effect_keys()
    assert sum("notice-paper-revoked" in key for key in waiting) == HELD
