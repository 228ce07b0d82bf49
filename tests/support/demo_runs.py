"""Runs of the demo as a user starts them: cases of the sample, kills, reports."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra import running, supervisor
from portal.demo.run import SAMPLE

PROGRAM = (sys.executable, "-P", "-c", "from portal.cli import main; main()")
PLACES = {
    "supervisor": running.SUPERVISOR,
    "worker": running.ENGINE,
    "server": running.SERVER,
}
LIMIT_S = 240.0
Report = Mapping[str, object]


def cases_of_sample(path: Path, wanted: Iterable[str]) -> Path:
    """Write an arrivals' file with these cases only, line by line as they stand."""
    names = set(wanted)
    with (SAMPLE / "arrivals.csv").open(encoding="utf-8", newline="") as whole:
        rows = list(csv.DictReader(whole))
    with path.open("w", encoding="utf-8", newline="") as some:
        writer = csv.DictWriter(some, rows[0])
        writer.writeheader()
        writer.writerows(row for row in rows if row["case:concept:name"] in names)
    return path


@dataclass(frozen=True, slots=True)
class DemoHome:
    """One home with its database: SQLite inside, or PostgreSQL at an address."""

    path: Path
    database: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user who works on this home."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        there = {"NAMBUOC_DATABASE_URL": self.database} if self.database else {}
        return kept | {"NAMBUOC_HOME": str(self.path)} | there

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `nambuoc demo run` with these options; stdout is its report."""
        log = (self.path.parent / f"{self.path.name}.log").open("a", encoding="utf-8")
        with log:
            return subprocess.Popen(
                [*PROGRAM, "demo", "run", "--json", "--lang", "en", *words],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, *words: str) -> Report:
        """Ask `nambuoc` for one document about this home."""
        done = subprocess.run(
            [*PROGRAM, *words, "--json", "--lang", "en"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
        found: dict[str, object] = json.loads(done.stdout)
        return found | {"exit": done.returncode}

    def run(self, *words: str, code: int = 0) -> Report:
        """Run it to its end, demand the exit code, read the report."""
        return finished(self.start(*words), code=code)

    def events(self) -> int:
        """Count the journal's events so far; SQLite only."""
        file = self.path / "nambuoc.db"
        if not file.exists():
            return 0
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            (size,) = database.execute("SELECT size FROM log_head").fetchone()
        except (sqlite3.OperationalError, TypeError):
            return 0  # not migrated yet
        finally:
            database.close()
        return int(size)

    def wait_for(self, size: int, demo: subprocess.Popen[str]) -> None:
        """Wait until the journal has so many events, or the demo has ended."""
        until = time.monotonic() + LIMIT_S
        while self.events() < size and demo.poll() is None:
            assert time.monotonic() < until, "the journal does not grow"
            time.sleep(0.01)

    def kill(self, *roles: str) -> None:
        """Kill -9 what runs on this home in these roles."""
        for role in roles:
            if found := running.running(self.path / PLACES[role]):
                os.kill(found.pid, signal.SIGKILL)

    def clear(self) -> None:
        """End whatever still runs on this home."""
        supervisor.stop(self.path)


def finished(demo: subprocess.Popen[str], *, code: int = 0) -> Report:
    """Wait for a started run, demand its exit code, read its one document."""
    output, _ = demo.communicate(timeout=LIMIT_S)
    assert demo.returncode == code, output
    found: dict[str, object] = json.loads(output)
    return found
