#!/usr/bin/env python3
"""
`nambuoc bench run engine`: what the engine costs, as ratios measured side by side.

The machine may be busy: CPU time is what is compared, never wall time, and each
ratio is the median of rounds that alternate with their baseline.
"""

import argparse
import json
import os
import platform
import signal
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

import counter
import ledger
import whole
from infra.clock import SystemClock
from measure import Case


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds and dossiers a round, acts, stock runs."""

    rounds: int
    ledger: int
    acts: int
    way_rounds: int
    way: int
    stock: int


FULL = Extent(rounds=5, ledger=30, acts=100, way_rounds=5, way=4, stock=2)
QUICK = Extent(rounds=5, ledger=6, acts=10, way_rounds=1, way=2, stock=0)


def measure(folder: Path, extent: Extent) -> list[Case]:
    """Measure every case in a folder of its own."""
    return [
        *ledger.measure(folder, extent.rounds, extent.ledger),
        *counter.measure(folder / "counter", extent.rounds, extent.acts),
        *whole.measure(folder, extent.way_rounds, extent.way, stock_runs=extent.stock),
    ]


def report(place: Path, *, quick: bool) -> dict[str, object]:
    """Measure and write everything down, with what the machine was doing."""
    began, load = time.monotonic(), os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="work-", dir=place) as folder:
        cases = measure(Path(folder), QUICK if quick else FULL)
    return {
        "name": "engine",
        "at": SystemClock().now().astimezone(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {
            "cpus": os.cpu_count(),
            "load_before": round(load[0], 2),
            "load_after": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "prefect": version("prefect"),
        },
        "wall_s": round(time.monotonic() - began, 1),
        "goals": {
            "met": [case.name for case in cases if case.met is True],
            "missed": [case.name for case in cases if case.met is False],
        },
        "cases": [case.document for case in cases],
    }


def main() -> None:
    """Measure; the JSON document goes to a file, or to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="where the result is written")
    parser.add_argument("--quick", action="store_true", help="less of it, no stock")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the engine is stopped too
    place = asked.out.parent if asked.out else Path(tempfile.gettempdir())
    place.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report(place, quick=asked.quick), ensure_ascii=False, indent=2)
    if asked.out is None:
        sys.stdout.write(text + "\n")
        return
    part = asked.out.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(asked.out)


if __name__ == "__main__":
    main()
