"""Objects in memory, for tests and trials; held to the same contract."""

import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import BinaryIO

from storage.objects.store import (
    Capabilities,
    Health,
    Stat,
    Stored,
    checked_key,
    checked_term,
    locked,
    no_object,
    shortened,
    taken,
    wrong_size,
)

_ID = "memory"


@dataclass(slots=True)
class _Held:
    """One object, its description, and the instant until which it is locked."""

    content: bytes
    described: Stat
    until: datetime | None = None


class InMemoryObjects:
    """The object store that forgets; time comes from the caller's clock."""

    def __init__(
        self, now: Callable[[], datetime] = lambda: datetime(2025, 1, 1, tzinfo=UTC)
    ) -> None:
        """Begin empty."""
        self._now = now
        self._held: dict[str, _Held] = {}
        self._lock = Lock()

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Keep exactly `size` bytes under a name that was free."""
        content = stream.read(size + 1)
        if len(content) != size:
            raise wrong_size(checked_key(key), size, len(content))
        version = secrets.token_hex(16)
        described = Stat(checked_key(key), size, self._now(), version, _ID)
        with self._lock:
            if key in self._held:
                raise taken(key)
            self._held[key] = _Held(content, described)
        return Stored(key, size, hashlib.sha256(content).hexdigest(), version, _ID)

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open for reading from byte `start`; NotFoundError."""
        return io.BytesIO(self._found(key, version_id).content[start:])

    def stat(self, key: str, version_id: str | None = None) -> Stat | None:
        """Describe an object; None when there is none."""
        held = self._version(key, version_id)
        return held.described if held else None

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """Keep one version until then; a term is never shortened."""
        held = self._found(key, version_id)
        term = checked_term(key, until, self._now())
        with self._lock:
            if held.until is not None and term < held.until:
                raise shortened(key)
            held.until = term
        return True

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Forget, also when it is gone already; LockedError."""
        with self._lock:
            held = self._version(key, version_id)
            if held is None:
                return
            if held.until is not None and held.until > self._now():
                raise locked(key)
            del self._held[key]

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List the keys in byte order."""
        for key, held in sorted(self._held.items()):
            if key.startswith(prefix) and key > after:
                yield held.described

    def probe(self) -> Capabilities:
        """Nothing survives the process."""
        return Capabilities(
            durable=False, create_only=True, versioning=True, object_lock=True
        )

    def health(self) -> Health:
        """Memory always answers."""
        return Health(ok=True)

    def _version(self, key: str, version_id: str | None) -> _Held | None:
        held = self._held.get(checked_key(key))
        same = held and version_id in {None, held.described.version_id}
        return held if same else None

    def _found(self, key: str, version_id: str | None) -> _Held:
        held = self._version(key, version_id)
        if held is None:
            raise no_object(key)
        return held
