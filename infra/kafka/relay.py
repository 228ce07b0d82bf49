"""
The relay: what the journal holds is published to Kafka, in order, exactly once.

- Whoever makes a publisher fences the one before; the resume point is read after that,
  so a relay may be killed anywhere and started anywhere.
- Kafka away or slow: wait, at most two seconds between attempts; the journal goes on.
- An event that Kafka refuses, a record that is not ours, a right that is missing: the
  line stops, nothing is skipped, until a person has acted and started it again.
- A fenced relay has a successor: it ends.
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Literal

from dossiers.crashpoints import crashpoint
from dossiers.errors import DossierError, NotFoundError, TamperedError
from dossiers.ports import Recorded
from infra import running
from infra.checkpoints import Checkpoint
from infra.kafka.errors import FencedError
from infra.kafka.publishing import Publisher, publisher
from infra.kafka.tail import KafkaAheadError, resume_point
from infra.settings import KafkaSettings
from storage.journal import SqlJournal
from storage.marks import Marks
from storage.merkle import leaf_of

MARK = "relay"
STATE_FILE = "relay.json"
"""In HOME/run: what the relay of this home says of itself, see `Told`."""
BATCH = 500
MARK_S = 1.0
"""Seconds between two marks in SQL."""
_SHORTEST_S, _LONGEST_S = 0.02, 0.1
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_WORD_S = 10.0
_NOT_A_ROW = (ArithmeticError, AttributeError, TypeError, ValueError)

State = Literal["off", "waiting", "running", "stopped", "fenced"]
logger = logging.getLogger("nambuoc.relay")


@dataclass(frozen=True, slots=True)
class Source:
    """What is relayed: the journal, its marks, its site, its newest checkpoint."""

    journal: SqlJournal
    marks: Marks
    site: str
    latest: Callable[[], Checkpoint | None]


class Relay:
    """One that may lead; `told` is the file in which its state is shown."""

    def __init__(self, source: Source, settings: KafkaSettings, told: Path) -> None:
        self._source = source
        self._settings = settings
        self._told = told
        name = f"{source.site}-relay-0"
        self._id = f"{settings.prefix}.{name}" if settings.prefix else name
        self._reached: int | None = None
        self._checkpoint = 0
        self._marked: int | None = None
        self._next_mark = self._next_word = 0.0

    def run(self, stopping: Event) -> State:
        """
        Relay until told to stop, or until a person must act; tells which.

        Raises FencedError when another relay took over.
        """
        pause = _FIRST_PAUSE_S
        while not stopping.is_set():
            before = self._reached
            try:
                self._lead(stopping)
            except FencedError as error:
                self._tell("fenced", error)
                raise
            except DossierError as error:
                if not _passes(error):
                    if not self._held(error, stopping):
                        return "stopped"
                    continue
                self._tell("waiting", error)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                pause = pause if self._reached == before else _FIRST_PAUSE_S
                stopping.wait(pause)
        return self._tell("waiting")

    def _held(self, error: DossierError, stopping: Event) -> bool:
        """Stop the line; True when the hold that this made has been lifted."""
        self._tell("stopped", error)
        if not isinstance(error, KafkaAheadError):
            return False
        journal = self._source.journal
        journal.hold(error.reason)
        while journal.held() is not None:
            if stopping.wait(_LONGEST_PAUSE_S):
                break
        return True

    def _lead(self, stopping: Event) -> None:
        source = self._source
        with publisher(self._settings, self._id) as out:
            mark = source.marks.get(MARK)
            seq = mark.seq if mark else None
            self._reached = resume_point(self._settings, source.journal, mark=seq)
            logger.warning("relays behind seq %d", self._reached)
            self._tell("running")
            idle = _SHORTEST_S
            while not stopping.is_set():
                count = self._step(out, self._reached)
                idle = _SHORTEST_S if count else min(idle * 1.5, _LONGEST_S)
                if count < BATCH:
                    stopping.wait(idle)

    def _step(self, out: Publisher, after: int) -> int:
        """Publish the next events and a checkpoint that they reach; counts events."""
        events = _next(self._source.journal, after)
        reached = after + len(events)
        due = self._due(reached)
        if events or due:
            out.publish(events, due.note if due else None, reached=reached)
            self._reached = reached
            self._checkpoint = due.size if due else self._checkpoint
        self._mark(reached, behind=len(events) == BATCH)
        return len(events)

    def _due(self, reached: int) -> Checkpoint | None:
        found = self._source.latest()
        new = found is not None and self._checkpoint < found.size <= reached
        return found if new else None

    def _mark(self, reached: int, *, behind: bool) -> None:
        """Say how far it came, at most once a second."""
        now = time.monotonic()
        if reached == self._marked or now < self._next_mark:
            return
        self._source.marks.put(MARK, reached)
        crashpoint("relay-marked")
        self._marked, self._next_mark = reached, now + MARK_S
        self._tell("running")
        if behind and now > self._next_word:
            self._next_word = now + _WORD_S
            head = self._source.journal.head().size
            logger.warning("published seq %d of %d", reached, head)

    def _tell(self, state: State, error: DossierError | None = None) -> State:
        """Show the state in the file, and in the log when something is wrong."""
        if error is not None:
            logger.warning("%s: %s", state, error.en)
        told = Told(
            state=state,
            pid=os.getpid(),
            relayed=self._reached,
            vi=error.vi if error else None,
            en=error.en if error else None,
        )
        running.write(self._told, asdict(told))
        return state


@dataclass(frozen=True, slots=True)
class Told:
    """The relay's state as `nambuoc ops lag` shows it; the reason in vi and en."""

    state: State
    pid: int
    relayed: int | None = None
    vi: str | None = None
    en: str | None = None


def _passes(error: DossierError) -> bool:
    """Whether it may be well again without us: topics too can still be made."""
    return error.retryable or isinstance(error, NotFoundError)


def _next(journal: SqlJournal, after: int) -> list[Recorded]:
    """Read the next events; TamperedError unless they are what was recorded."""
    seq = after + 1
    try:
        events = list(journal.read(after + 1, after + BATCH))
        for seq, event in enumerate(events, start=after + 1):
            event.stream.encode()
            if event.seq != seq or leaf_of(event.body) != event.leaf:
                raise _changed(seq)
    except _NOT_A_ROW as error:  # somebody wrote what no program of ours writes
        raise _changed(seq) from error
    return events


def _changed(seq: int) -> TamperedError:
    do = "nambuoc audit verify --all"
    vi = f"nhật ký bị thiếu hoặc bị sửa ở seq {seq}; hãy chạy: {do}"
    en = f"the journal has a gap or a changed row at seq {seq}; run: {do}"
    return TamperedError(vi, en)
