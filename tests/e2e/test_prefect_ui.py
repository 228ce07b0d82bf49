"""Prefect's own pages in a real browser: five tasks under a dossier's code."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dossiers.values import STEPS
from infra import supervisor
from tests.support.demo_runs import PROGRAM, DemoHome
from tests.support.prefect_server import Site

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=15000",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One dossier of the demo, its home served; the folder of the browser beside."""
    home = DemoHome(tmp_path_factory.mktemp("ui") / "home")
    try:
        home.run("--dossiers", "1")
        up = [*PROGRAM, "demo", "up"]
        subprocess.run(up, env=home.environment, check=True, capture_output=True)
        yield home.path
    finally:
        home.clear()


def page(home: Path, place: str) -> str:
    """Open a page in the browser; tell its text as a person reads it."""
    site = str(supervisor.prefect_url(home)).removesuffix("/api")
    profile = f"--user-data-dir={home.parent / 'browser'}"
    command = [str(BROWSER), *QUIET, profile, "--dump-dom", f"{site}/{place}"]
    shown = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    body = shown.stdout.partition("<body")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.mark.skipif(BROWSER is None, reason="no chromium: Prefect's pages not seen")
def test_the_browser_shows_five_tasks_under_the_dossiers_code(served: Path) -> None:
    site = Site(served)
    (run,) = site.rows("flow_runs")
    tasks = {task["name"]: task["id"] for task in site.rows("task_runs")}

    shown = page(served, f"runs/flow-run/{run['id']}")

    assert f"Runs {run['name']} " in shown
    assert "Returned" in shown
    assert "5 Task runs" in shown
    for step in STEPS:
        told = page(served, f"runs/task-run/{tasks[step.value]}")
        assert f"Runs {run['name']} {step.value} Completed" in told
