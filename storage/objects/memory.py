"""Objects in memory, for tests and trials; held to the same contract."""

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import BinaryIO

from storage.objects.store import (
    Capabilities,
    Health,
    Stat,
    Stored,
    checked_key,
    no_object,
    taken,
    wrong_size,
)


class InMemoryObjects:
    """The object store that forgets; time comes from the caller's clock."""

    def __init__(
        self, now: Callable[[], datetime] = lambda: datetime(2025, 1, 1, tzinfo=UTC)
    ) -> None:
        """Begin empty."""
        self._now = now
        self._held: dict[str, tuple[bytes, Stat]] = {}
        self._lock = Lock()

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Keep exactly `size` bytes under a name that was free."""
        content = stream.read(size + 1)
        if len(content) != size:
            raise wrong_size(checked_key(key), size, len(content))
        described = Stat(checked_key(key), size, self._now())
        with self._lock:
            if key in self._held:
                raise taken(key)
            self._held[key] = (content, described)
        return Stored(key, size, hashlib.sha256(content).hexdigest())

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Open for reading from byte `start`; NotFoundError."""
        held = self._held.get(checked_key(key))
        if held is None:
            raise no_object(key)
        return io.BytesIO(held[0][start:])

    def stat(self, key: str) -> Stat | None:
        """Describe an object; None when there is none."""
        held = self._held.get(checked_key(key))
        return held[1] if held else None

    def delete(self, key: str) -> None:
        """Forget, also when it is gone already."""
        self._held.pop(checked_key(key), None)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List the keys in byte order."""
        for key, (_, described) in sorted(self._held.items()):
            if key.startswith(prefix) and key > after:
                yield described

    def probe(self) -> Capabilities:
        """Nothing survives the process."""
        return Capabilities(durable=False, create_only=True)

    def health(self) -> Health:
        """Memory always answers."""
        return Health(ok=True)
