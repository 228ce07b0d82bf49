"""`nambuoc bench`: a child measures, its result is kept and shown."""

import json
from pathlib import Path

import pytest

from dossiers.errors import FaultError, NotFoundError
from portal.commands import bench
from portal.output import SPEECH

CASE = {
    "name": "append",
    "value": 0.61,
    "unit": "ms CPU",
    "baseline": 0.5,
    "ratio": 1.22,
    "goal": 1.5,
    "goal_wants": "at_most",
    "met": True,
    "runs": 5,
    "min": 1.1,
    "median": 1.22,
    "max": 1.3,
}
REPORT: dict[str, object] = {
    "name": "engine",
    "at": "2025-03-03T01:00:00+00:00",
    "machine": {"cpus": 2, "load_before": 1.5, "load_after": 2.5},
    "cases": [CASE],
}
WRITES = f"""
import sys
assert sys.argv[1:2] + sys.argv[3:] == ["--out", "--quick"], sys.argv
open(sys.argv[2], "w").write({json.dumps(REPORT)!r})
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NAMBUOC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bench, "SCRIPTS", tmp_path)
    monkeypatch.setattr(SPEECH, "as_json", True)
    monkeypatch.setattr(SPEECH, "quiet", True)
    return tmp_path / "home"


def test_the_checkout_has_a_script_for_every_benchmark() -> None:
    scripts = Path(__file__).parents[3] / "benchmarks"

    there = [name for name in bench.BENCHES if (scripts / f"{name}.py").is_file()]
    assert there == list(bench.BENCHES)


def test_a_run_tells_and_keeps_what_its_script_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "engine.py").write_text(WRITES)

    bench.run("engine", quick=True)
    bench.card("engine")

    document = json.dumps(REPORT, indent=2)
    assert capsys.readouterr().out == f"{document}\n" * 2


def test_a_script_that_fails_is_a_fault_with_its_log(
    tmp_path: Path, home: Path
) -> None:
    (tmp_path / "engine.py").write_text("raise SystemExit('no disk')")

    with pytest.raises(FaultError, match="ended with 1"):
        bench.run("engine")

    assert (home / "bench" / "engine.log").read_text() == "no disk\n"
    assert not (home / "bench" / "engine.json").exists()


def test_without_a_checkout_nothing_can_be_run() -> None:
    with pytest.raises(NotFoundError, match="checkout") as refused:
        bench.run("engine")

    assert refused.value.exit_code == 3


@pytest.mark.parametrize("name", ["engine", "motor"])
def test_a_card_of_nothing_measured_is_not_found(name: str) -> None:
    with pytest.raises(NotFoundError):
        bench.card(name)


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, "1.22    ≤ 1.5 ✔"),
        ({"ratio": 1.7, "met": False}, "1.7     ≤ 1.5 ✘"),
        ({"goal": 1, "goal_wants": "at_least"}, "1.22    ≥ 1 ✔"),
        ({"goal": None, "met": None}, "1.22              1.1 … 1.3"),
    ],
)
def test_the_table_says_which_goals_are_met(
    changed: dict[str, object], shown: str
) -> None:
    head, _, row = bench.lines(REPORT | {"cases": [CASE | changed]})

    assert "load 1.5 → 2.5" in head
    assert row.startswith("append ")
    assert shown in row
