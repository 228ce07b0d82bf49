"""Chance that comes again: the same seed gives the same draws everywhere."""

import hashlib
from collections.abc import Sequence
from itertools import count
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """An endless row of draws; the seed stands in the test's name."""

    def __init__(self, seed: int) -> None:
        """Begin the row of this seed."""
        self._seed = seed
        self._count = count()

    def below(self, bound: int) -> int:
        """Draw a whole number from 0 to below the bound."""
        told = f"{self._seed}:{next(self._count)}".encode()
        return int.from_bytes(hashlib.sha256(told).digest()[:8], "big") % bound

    def between(self, least: float, most: float) -> float:
        """Draw a number of thousandths between two."""
        return least + (most - least) * self.below(1001) / 1000

    def one_of(self, values: Sequence[T]) -> T:
        """Draw one of these."""
        return values[self.below(len(values))]
