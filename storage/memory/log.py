"""The journal as a list."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from threading import RLock

from dossiers.envelope import Event, encode
from dossiers.ports import Head, Recorded
from storage.merkle import CompactRange, leaf_of


class Log:
    """All streams in one list; `lock` is what a transaction is in a database."""

    def __init__(self, now: Callable[[], datetime], site: str) -> None:
        self.lock = RLock()
        self.streams: dict[str, list[Recorded]] = {}
        self.commands: dict[str, tuple[str, int]] = {}
        self._all: list[Recorded] = []
        self._now = now
        self._site = site
        self._tree = CompactRange()

    def record(self, events: Sequence[Event], command: str | None = None) -> None:
        """Append events of one stream; the command id stands on the first."""
        bodies = [encode(event, self._site) for event in events]
        recorded_at = self._now()
        for place, (event, body) in enumerate(zip(events, bodies, strict=True)):
            row = Recorded(
                seq=len(self._all) + 1,
                stream=event.stream,
                version=event.version,
                command=None if place else command,
                recorded_at=recorded_at,
                body=body,
                leaf=leaf_of(body),
            )
            self._all.append(row)
            self.streams.setdefault(event.stream, []).append(row)
            self._tree = self._tree.grown([row.leaf])
        if command is not None:
            self.commands[command] = (events[0].stream, events[-1].version)

    def read(self, from_seq: int = 1, to_seq: int | None = None) -> Iterator[Recorded]:
        """Read events in seq order, without gaps."""
        first = max(from_seq, 1) - 1
        yield from tuple(self._all[first:to_seq])

    def head(self) -> Head:
        """Compute the present tree head."""
        with self.lock:
            return Head(self._tree.size, self._tree.root.hex())
