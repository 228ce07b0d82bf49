"""Add to `events.v1.ndjson`: exact bytes of one event of each type, once for all."""

from datetime import timedelta
from pathlib import Path

from dossiers.envelope import Event, encode, known
from dossiers.values import Actor
from tests.support.changes import AGENCY, START
from tests.support.histories import GROWN, SAMPLES

SITE = "golden.test"
GOLDEN = Path(__file__).with_name("events.v1.ndjson")


def events() -> tuple[Event, ...]:
    """Cover each sample, then what has grown; every second one has all fields."""
    return tuple(
        Event(
            id=f"0198-{index:04d}",
            stream=f"dossier:d{index}",
            version=index,
            occurred_at=START + timedelta(seconds=index, microseconds=index),
            actor=Actor(
                id="cb01",
                position="công chức",
                agency=AGENCY,
                on_behalf_of="ct01" if index % 2 else None,
            ),
            command=f"lệnh-{index}",
            cause=f"0198-{index - 1:04d}" if index % 2 else None,
            procedure_version="5f" * 32 if index % 2 else None,
            fact=known(fact),
        )
        for index, fact in enumerate((*SAMPLES, *GROWN), start=1)
    )


if __name__ == "__main__":
    there = GOLDEN.read_bytes().count(b"\n") if GOLDEN.exists() else 0
    with GOLDEN.open("ab") as file:  # golden bytes are never written over
        file.writelines(encode(event, SITE) + b"\n" for event in events()[there:])
