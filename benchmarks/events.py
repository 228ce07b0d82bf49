#!/usr/bin/env python3
"""
`nambuoc bench run events`: what publishing and replaying the log costs.

Real Kafka of one and of three nodes is started here, from the jars that the tests keep;
each ratio is the median of rounds that alternate with their baseline.
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
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

import relaying
import replay
from infra.clock import SystemClock
from measure import Case
from relaying import Amount
from tests.support import kafka_parts

FULL = Amount(rounds=5, events=20_000, seconds=20)
QUICK = Amount(rounds=3, events=10_000, seconds=4)


def measure(folder: Path, *, quick: bool) -> list[Case]:
    """Measure every case in a folder of its own."""
    long = 20_000 if quick else replay.MILLION
    amount = QUICK if quick else FULL
    return [
        *relaying.measure(folder / "relay", amount),
        *replay.measure(folder, amount.rounds, long),
    ]


def report(place: Path, *, quick: bool) -> dict[str, object]:
    """Measure and write everything down, with what the machine was doing."""
    began, load = time.monotonic(), os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="work-", dir=place) as folder:
        cases = measure(Path(folder), quick=quick)
    return {
        "name": "events",
        "at": SystemClock().now().astimezone(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {
            "cpus": os.cpu_count(),
            "load_before": round(load[0], 2),
            "load_after": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "kafka": kafka_parts.VERSION,
            "kafka_python": version("kafka-python"),
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
    parser.add_argument("--quick", action="store_true", help="less of it")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the brokers end too
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
