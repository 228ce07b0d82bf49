"""
`audit replay`: every dossier anew from the events alone, as of an instant or a seq.

A replay that is interrupted keeps what it has (states, tree, seq) beside its output; a
resumed one reads the events up to there again, but only to hash them.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Self

from pydantic import BaseModel, ConfigDict, TypeAdapter

from dossiers.dossier import Dossier
from dossiers.envelope import decode
from dossiers.errors import MalformedError, TamperedError
from dossiers.fold import after
from dossiers.values import iso
from dossiers.views import digest_of, state
from infra.audit.findings import BROKEN, told
from infra.audit.sources import Read
from storage.merkle import CompactRange

_BATCH = 1_000
_STATES: TypeAdapter[Dossier] = TypeAdapter(Dossier)
Tell = Callable[[str, int], None]


class _Head(BaseModel):
    """The first line of what an interrupted replay keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    compact: str
    at: str | None
    source: str
    closed: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """What the events taken so far make: a tree, states by stream, ended prefixes."""

    source: str
    at: datetime | None = None
    tree: CompactRange = field(default_factory=CompactRange)
    states: dict[str, Dossier] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def run(
        self,
        events: Iterable[Read],
        tell: Tell = lambda _, __: None,
        *,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        Take events in seq order until the last one, or until it is stopped.

        Those that were taken before a replay was resumed must be the same. Raises
        TamperedError naming the event that cannot be.
        """
        rest = iter(events)
        self._pass_over(rest)
        with unhurried():
            while not stopped() and (batch := list(islice(rest, _BATCH))):
                self._take(batch)
                tell("events", self.tree.size)

    def _pass_over(self, events: Iterator[Read]) -> None:
        known, tree = self.tree, CompactRange()
        while tree.size < known.size:
            batch = list(islice(events, min(_BATCH, known.size - tree.size)))
            if not batch:
                break
            tree = tree.grown(one.leaf for one in batch)
        if tree != known:
            vi = f"{known.size} sự kiện đầu không còn như lúc dừng; chạy lại từ đầu"
            en = f"the first {known.size} events are not those of before; begin anew"
            raise TamperedError(vi, en)

    def _take(self, batch: list[Read]) -> None:
        """Fold some events; where one is wrong, it is named and nothing goes on."""
        for one in batch:
            try:
                self._fold(one)
            except BROKEN as error:
                raise wrong(one, error) from error
        self.tree = self.tree.grown(one.leaf for one in batch)

    def _fold(self, one: Read) -> None:
        event = decode(one.body)
        stream = event.stream
        if not stream.startswith("dossier:") or stream in self.closed:
            return
        if self.at is not None and event.occurred_at > self.at:
            self.closed.add(stream)
            return
        self.states[stream] = after(self.states.get(stream), event)

    def summary(self) -> dict[str, object]:
        """Tell size, root and counts; the digest covers what events say."""
        states = self.states.values()
        return {
            "from": self.source,
            "size": self.tree.size,
            "root": self.tree.root.hex(),
            "events": sum(one.version for one in states),
            "dossiers": len(states),
            "state_digest": digest_of(states),
        }

    def lines(self) -> Iterator[str]:
        """Write each state as a line of JSON, in order of arrival."""
        for one in self.states.values():
            yield json.dumps(state(one), ensure_ascii=False)

    @classmethod
    def resumed(cls, notes: Iterable[str], source: str, at: datetime | None) -> Self:
        """
        Go on from what `notes` wrote; MalformedError when it is of another replay.

        What it holds is as good as who kept it: a replay from 1 is the stronger word.
        """
        try:
            first, *rest = notes
            head = _Head.model_validate_json(first)
            states = [_STATES.validate_json(line) for line in rest]
            tree = CompactRange.read(head.size, bytes.fromhex(head.compact))
        except ValueError as error:
            vi = "tệp chạy dở đã hỏng; hãy chạy lại từ đầu, không có --resume"
            en = "what the interrupted replay kept is damaged; run without --resume"
            raise MalformedError(vi, en) from error
        if (head.source, head.at) != (source, at and iso(at)):
            vi = f"lần chạy dở đọc từ {head.source}, đến {head.at}; dùng đúng như thế"
            en = f"the interrupted replay read {head.source} up to {head.at}; do so too"
            raise MalformedError(vi, en)
        kept = {f"dossier:{one.id}": one for one in states}
        return cls(source, at, tree, kept, set(head.closed))

    def notes(self) -> Iterator[str]:
        """Write all that a resumed replay needs: one line, then the states."""
        head = _Head(
            size=self.tree.size,
            compact=self.tree.written.hex(),
            at=self.at and iso(self.at),
            source=self.source,
            closed=tuple(sorted(self.closed)),
        )
        yield head.model_dump_json()
        yield from self.lines()


@contextmanager
def unhurried() -> Iterator[None]:
    """Keep the collector away: nothing here makes cycles, and it halves the speed."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def wrong(one: Read, error: BaseException) -> TamperedError:
    """Build the refusal of an event that cannot follow, naming its place."""
    en = f"{one.place}: event {one.seq} cannot be replayed: {told(error)}"
    vi = f"{one.place}: không dựng lại được sự kiện {one.seq}: "
    return TamperedError(vi + getattr(error, "vi", told(error)), en)
