"""
Choose the sample of real arrivals from the whole log, always the same cases.

    python -m portal.demo.sample.make_arrivals RECEIPT.csv ARRIVALS.csv

First, for every trait a demo should show, the shortest case that has it and no other
chosen case has; then ordinary cases at even distances up to the size asked for.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from portal.demo.activities import Meaning
from portal.demo.arrivals import Case, read

SIZE = 60
_SOME = 3


def traits(case: Case) -> Iterator[str]:
    """Name what the case shows: activities, channel, department, rework, its end."""
    yield from (event.activity for event in case.events)
    yield case.channel
    yield case.department
    yield from _rework(case)
    yield from _ending(case)
    if case.events[0].at < case.start:
        yield "an activity before the start"


def _rework(case: Case) -> Iterator[str]:
    meanings = [event.meaning for event in case.events]
    for count in range(1, meanings.count(Meaning.SUPPLEMENT) + 1)[:_SOME]:
        yield f"supplement {count}"
    if Meaning.HOLD in meanings and Meaning.SUPPLEMENT in meanings:
        yield "suspended, then supplemented"
    if meanings[-1] is Meaning.SUPPLEMENT:
        yield "ends with a supplement"


def _ending(case: Case) -> Iterator[str]:
    held = any(event.meaning is Meaning.HOLD for event in case.events)
    kind = "suspended" if held else "plain"
    if case.end is None:
        yield f"open, {kind}, {min(len(case.events), 2)}"
    elif len(case.events) == 1:
        yield "withdrawn"
    else:
        yield f"solved, {kind}, {'late' if case.end > case.deadline else 'in time'}"
        if case.end < case.events[-1].at:
            yield "an activity after the end"


def choose(cases: Sequence[Case], size: int = SIZE) -> frozenset[str]:
    """Choose case ids: every trait first, then ordinary cases at even distances."""
    chosen: dict[str, None] = {}
    shown: set[str] = set()
    for case in sorted(cases, key=lambda one: (len(one.events), one.id)):
        new = set(traits(case)) - shown
        if new and len(chosen) < size:
            chosen[case.id] = None
            shown |= new
    left = [case.id for case in cases if case.id not in chosen]
    missing = max(0, min(size - len(chosen), len(left)))
    chosen |= dict.fromkeys(left[n * len(left) // missing] for n in range(missing))
    return frozenset(chosen)


def sample(source: Path) -> bytes:
    """Copy the header and every line of the chosen cases, as they stand."""
    chosen = choose(read(source).cases)
    header, *lines = source.read_bytes().splitlines(keepends=True)
    column = header.decode().strip().split(",").index("case:concept:name")
    kept = (line for line in lines if line.split(b",")[column].decode() in chosen)
    return b"".join((header, *kept))


def main(arguments: Sequence[str]) -> int:
    """Write the sample; both paths are needed."""
    source, target = arguments
    Path(target).write_bytes(sample(Path(source)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
