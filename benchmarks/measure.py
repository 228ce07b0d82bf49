"""What a measurement is: rounds side by side, their median, and the goal."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that the median must keep."""

    bound: float
    wants: Literal["at_most", "at_least"] = "at_most"

    def met(self, value: float) -> bool:
        """Whether the value keeps the bound."""
        if self.wants == "at_most":
            return value <= self.bound
        return value >= self.bound


@dataclass(frozen=True, slots=True)
class Case:
    """
    One figure of the report.

    `value` and `baseline` are medians in `unit`; `ratio` is the median of the ratios
    of single rounds; min, median and max are of the ratio, without one of the value;
    so is the goal.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    goal: float | None
    goal_wants: str | None
    met: bool | None
    runs: int
    min: float
    median: float
    max: float
    note: str

    @property
    def document(self) -> dict[str, object]:
        """The case as JSON, figures rounded to four places that count."""
        return {
            key: float(f"{value:.4g}") if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }


def compared(
    name: str,
    unit: str,
    rounds: Sequence[tuple[float, float]],
    *,
    goal: Goal | None = None,
    note: str = "",
) -> Case:
    """Compare what is measured with its baseline, round by round."""
    ratios = [value / baseline for value, baseline in rounds]
    case = alone(name, unit, ratios, goal=goal, note=note)
    return replace(
        case,
        value=median(value for value, _ in rounds),
        baseline=median(baseline for _, baseline in rounds),
        ratio=case.median,
    )


def alone(
    name: str,
    unit: str,
    values: Sequence[float],
    *,
    goal: Goal | None = None,
    note: str = "",
) -> Case:
    """Tell a figure that has no counterpart."""
    middle = median(values)
    return Case(
        name=name,
        value=middle,
        unit=unit,
        baseline=None,
        ratio=None,
        goal=goal.bound if goal else None,
        goal_wants=goal.wants if goal else None,
        met=goal.met(middle) if goal else None,
        runs=len(values),
        min=min(values),
        median=middle,
        max=max(values),
        note=note,
    )


@dataclass(slots=True)
class Stopwatch:
    """Adds up wall and CPU time of what is done `with` it, in milliseconds."""

    wall_ms: float = 0.0
    cpu_ms: float = 0.0

    def __enter__(self) -> None:
        """Start."""
        self.wall_ms -= time.perf_counter() * 1000
        self.cpu_ms -= time.process_time() * 1000

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.cpu_ms += time.process_time() * 1000
        self.wall_ms += time.perf_counter() * 1000


def cpu_ms(work: Callable[[], object]) -> float:
    """Measure the CPU milliseconds that this process spends on some work."""
    before = time.process_time()
    work()
    return (time.process_time() - before) * 1000


def cpu_of(pid: int) -> float:
    """Read a process's CPU in ms with its ended children; proc(5), ticks of 10 ms."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    ticks = told.rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) * 1000 / os.sysconf("SC_CLK_TCK")


def share(values: Sequence[float], part: float) -> float:
    """Find the value below which this part of all values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


@contextmanager
def told(text: str) -> Iterator[None]:
    """Say on standard error what runs and how long it took."""
    began = time.monotonic()
    sys.stderr.write(f"  {text} … ")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write(f"{time.monotonic() - began:.1f} s\n")
        sys.stderr.flush()
