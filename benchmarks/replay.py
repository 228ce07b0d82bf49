"""A long log, made quickly; replaying and verifying it beside the bare work."""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import orjson
from pydantic import TypeAdapter

import way
from dossiers.dossier import Dossier
from dossiers.envelope import Cover, Event, encode
from dossiers.events import AnyFact, Discriminated
from dossiers.fold import after
from dossiers.values import Actor
from infra.audit.replay import Replay
from infra.audit.sources import JOURNAL, read
from infra.audit.together import summarized
from infra.audit.verify import MANY, MOST_PROCESSES, verify
from infra.house import House
from infra.settings import Settings
from infra.wiring import open_house
from measure import Case, Goal, compared, cpu_ms, told
from storage.journal import part_of
from storage.merkle import CompactRange, leaf_of
from storage.tables import micros

MILLION = 1_000_000
MOST = 200_000
"""Events whose bodies are kept in memory for the bare decoding."""
_AT_ONCE = 200
_ROW = (
    "INSERT INTO event (seq, event_id, stream, version, command_id, type, occurred_at,"
    " recorded_at, part, body, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FACTS: TypeAdapter[AnyFact] = TypeAdapter(Discriminated)
Row = tuple[int, str, str, int, str | None, str, int, int, int, bytes, bytes]


def measure(folder: Path, rounds: int, events: int) -> list[Case]:
    """Measure replay and verification on a log of at least so many events."""
    home = folder / "long"
    home.mkdir()
    settings = Settings(home, f"sqlite:///{home}/nambuoc.db", "")
    with open_house(settings) as house:
        with told(f"a log of {events} events"):
            size = fill(home / "nambuoc.db", events)
        with told("replay against decoding alone"):
            cases = _replay(house, min(rounds, 3), min(size, MOST))
        with told("verification of the log against SHA-256 alone"):
            cases += [_verify(house, min(rounds, 3))]
    return cases


def fill(database: Path, events: int) -> int:
    """Write dossiers side by side, as a counter sees them come; tells the size."""
    whole = _history()
    bodies = [encode(event, "nambuoc.local") for event in whole]
    tree = CompactRange()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for first in range(0, events // len(whole) + 1, _AT_ONCE):
            rows = list(_rows(whole, bodies, first, tree.size))
            connection.executemany(_ROW, rows)
            tree = tree.grown(row[-1] for row in rows)
        head = "UPDATE log_head SET size = ?, compact = ?"
        connection.execute(head, (tree.size, tree.written))
        connection.commit()
    return tree.size


def _history() -> list[Event]:
    change = way.submission(7)
    events: list[Event] = []
    state: Dossier | None = None
    groups = iter(way.steps(7))
    while True:
        ids = tuple(f"E{len(events) + n:02d}" for n in range(len(change.facts)))
        for event in change.events(ids):
            state = after(state, event)
            events.append(event)
        group = next(groups, None)
        if state is None or group is None:
            return events
        change = way.next_change(state, group)


def _rows(
    whole: list[Event], bodies: list[bytes], first: int, size: int
) -> Iterator[Row]:
    """Write the same history for many dossiers, event by event."""
    seq, before = size, ""
    for place, (event, body) in enumerate(zip(whole, bodies, strict=True)):
        for number in range(first, first + _AT_ONCE):
            seq += 1
            own = str(UUID(int=(7 << 76) + (number << 20)))
            made = _body(body, own, number, place)
            name, stream = _id(own, place), f"dossier:{own}"
            at = micros(event.occurred_at)
            command = None
            if event.command != before:
                command = event.command.replace("b7", own)
            part, leaf = part_of(stream), leaf_of(made)
            kind = event.fact.type
            yield (
                *(seq, name, stream, event.version, command, kind, at, at, part),
                *(made, leaf),
            )
        before = event.command


def _id(own: str, place: int) -> str:
    return f"{own[:-4]}{place:04x}"


def _body(body: bytes, own: str, number: int, place: int) -> bytes:
    made = body.replace(b"b7", own.encode()).replace(b"-00007", b"-%05d" % number)
    made = made.replace(b'"number":7', b'"number":%d' % (number + 1))
    for event in (place, place - 1):
        made = made.replace(b'"E%02d"' % event, f'"{_id(own, event)}"'.encode())
    return made


def _replay(house: House, rounds: int, last: int) -> list[Case]:
    bodies = [one.body for one in read(house, JOURNAL, last)]
    size = house.journal.head().size
    share = min(os.cpu_count() or 1, MOST_PROCESSES) if size >= MANY else 1
    together, alone = [], []
    for _ in range(rounds):
        bare = last / cpu_ms(lambda: [_decoded(body) for body in bodies]) * 1000
        began = _cpu_s()
        summarized(house, None)
        together.append((size * share / (_cpu_s() - began), bare))
        alone.append((last / cpu_ms(lambda: _replayed(house, last)) * 1000, bare))
    note = "from SQL to the states' digest : orjson and the models, nothing kept"
    goal = Goal(0.75, "at_least") if share > 1 else None
    spread = f"{share} processes, CPU of all / {share}; {note}"
    return [
        compared("replay", "events/s CPU", together, goal=goal, note=spread),
        compared("replay-alone", "events/s CPU", alone, note=f"one process; {note}"),
    ]


def _cpu_s() -> float:
    """Count the CPU seconds of this process and of those that it has ended."""
    times = os.times()
    return sum(times[:4])


def _replayed(house: House, last: int) -> dict[str, object]:
    work = Replay(JOURNAL)
    work.run(read(house, JOURNAL, last))
    return work.summary()


def _decoded(body: bytes) -> None:
    """Decode as plainly as these models can be: no checks of ours, no upcasting."""
    cover = Cover.model_validate(orjson.loads(body), strict=False)
    Event(
        id=cover.id,
        stream=cover.stream,
        version=cover.streamversion,
        occurred_at=cover.time,
        actor=Actor(
            id=cover.actor,
            position=cover.position,
            agency=cover.agency,
            on_behalf_of=cover.onbehalfof,
        ),
        command=cover.correlationid,
        cause=cover.causationid,
        procedure_version=cover.procedureversion,
        fact=_FACTS.validate_python({"type": cover.type, **cover.content}),
    )


def _verify(house: House, rounds: int) -> Case:
    size = house.journal.head().size
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = verify(house, None, log_only=True)
        ours = time.perf_counter() - began
        if not answer["ok"] or answer["events"] != size:
            raise AssertionError(answer["findings"])
        began = time.perf_counter()
        _hashed(house)
        found.append((ours, time.perf_counter() - began))
    note = f"{size} events: bodies, seqs, versions, tree : SHA-256 over the bytes"
    return compared("verify-log", "s", found, note=note)


def _hashed(house: House) -> None:
    """Read every body from SQL and hash it, nothing more."""
    path = house.settings.home / "nambuoc.db"
    with closing(sqlite3.connect(path)) as connection:
        for (body,) in connection.execute("SELECT body FROM event ORDER BY seq"):
            hashlib.sha256(body).digest()
