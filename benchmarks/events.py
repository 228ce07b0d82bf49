#!/usr/bin/env python3
"""
`nambuoc bench run events`: what publishing and replaying the log costs.

Real Kafka of one and of three nodes is started here, from the jars that the tests keep;
each ratio is the median of rounds that alternate with their baseline.
"""

from importlib.metadata import version
from pathlib import Path

import relaying
import replay
from card import run
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


if __name__ == "__main__":
    versions = {"kafka": kafka_parts.VERSION, "kafka_python": version("kafka-python")}
    run("events", measure, **versions)
