"""What every bench shares: measure in a folder, tell it with the machine's state."""

import argparse
import json
import os
import platform
import signal
import sqlite3
import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path
from typing import Protocol

from infra.clock import SystemClock
from measure import Case

_ENDED = 143


class Measure(Protocol):
    """What a bench does."""

    def __call__(self, folder: Path, *, quick: bool) -> list[Case]:
        """Measure every case in a folder of its own; `quick`: less of it."""


def run(name: str, measure: Measure, **versions: str) -> None:
    """Measure; the JSON document goes to a file, or to standard output."""
    parser = argparse.ArgumentParser(prog=f"benchmarks/{name}.py")
    parser.add_argument("--out", type=Path, help="where the result is written")
    parser.add_argument("--quick", action="store_true", help="less of it")
    asked = parser.parse_args()
    # What was started (engine, brokers) is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_ENDED))
    place = asked.out.parent if asked.out else Path(tempfile.gettempdir())
    place.mkdir(parents=True, exist_ok=True)
    told = {"name": name} | _report(place, measure, versions, quick=asked.quick)
    text = json.dumps(told, ensure_ascii=False, indent=2)
    if asked.out is None:
        sys.stdout.write(text + "\n")
        return
    part = asked.out.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(asked.out)


def _report(
    place: Path, measure: Measure, versions: dict[str, str], *, quick: bool
) -> dict[str, object]:
    """Measure and write everything down, with what the machine was doing."""
    began, load = time.monotonic(), os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="work-", dir=place) as folder:
        cases = measure(Path(folder), quick=quick)
    return {
        "at": SystemClock().now().astimezone(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {
            "cpus": os.cpu_count(),
            "load_before": round(load[0], 2),
            "load_after": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **versions,
        },
        "wall_s": round(time.monotonic() - began, 1),
        "goals": {
            "met": [case.name for case in cases if case.met is True],
            "missed": [case.name for case in cases if case.met is False],
        },
        "cases": [case.document for case in cases],
    }
