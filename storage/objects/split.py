"""One object store out of two: where outcomes can be locked, and everything else."""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from operator import attrgetter
from typing import BinaryIO

from storage.objects.store import (
    LOCKED_FOLDER,
    Capabilities,
    Health,
    ObjectStore,
    Stat,
    Stored,
)


class SplitObjects:
    """Keys below `l/` lie in the store that locks, all others in the plain one."""

    def __init__(self, plain: ObjectStore, locking: ObjectStore) -> None:
        """Keep both."""
        self._plain = plain
        self._locking = locking

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store exactly `size` bytes durably; never overwrites, never in part."""
        return self._of(key).put(key, stream, size)

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open for reading from byte `start`; NotFoundError."""
        return self._of(key).open(key, start, version_id=version_id)

    def stat(self, key: str, version_id: str | None = None) -> Stat | None:
        """Describe an object; None when there is none."""
        return self._of(key).stat(key, version_id)

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """Keep one version until then; False: the store only advises."""
        return self._of(key).lock(key, version_id, until)

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Delete, also when it is gone already; LockedError."""
        self._of(key).delete(key, version_id)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List both in byte order."""
        both = (self._plain.list(prefix, after), self._locking.list(prefix, after))
        yield from merge(*both, key=attrgetter("key"))

    def probe(self) -> Capabilities:
        """Tell what both do; only the locking one needs to lock."""
        plain, locking = self._plain.probe(), self._locking.probe()
        return Capabilities(
            durable=plain.durable and locking.durable,
            create_only=plain.create_only and locking.create_only,
            private=plain.private and locking.private,
            versioning=plain.versioning and locking.versioning,
            object_lock=locking.object_lock,
            conditional_put=plain.conditional_put and locking.conditional_put,
            clock_skew_s=plain.clock_skew_s,
        )

    def health(self) -> Health:
        """Tell the worse of both."""
        plain = self._plain.health()
        return plain if not plain.ok else self._locking.health()

    def _of(self, key: str) -> ObjectStore:
        return self._locking if key.startswith(LOCKED_FOLDER) else self._plain
