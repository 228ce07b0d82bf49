#!/usr/bin/env python3
"""
`nambuoc bench run engine`: what the engine costs, as ratios measured side by side.

The machine may be busy: CPU time is what is compared, never wall time, and each
ratio is the median of rounds that alternate with their baseline.
"""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import counter
import ledger
import whole
from card import run
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


def measure(folder: Path, *, quick: bool) -> list[Case]:
    """Measure every case in a folder of its own."""
    extent = QUICK if quick else FULL
    return [
        *ledger.measure(folder, extent.rounds, extent.ledger),
        *counter.measure(folder / "counter", extent.rounds, extent.acts),
        *whole.measure(folder, extent.way_rounds, extent.way, stock_runs=extent.stock),
    ]


if __name__ == "__main__":
    run("engine", measure, prefect=version("prefect"))
