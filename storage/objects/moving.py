"""
One object store out of two while objects move from the one to the other.

New objects go to the new store. A question asks the nearer one first: the local
directory, which knows at once what it has not; what it does not know, the other may.
An object is gone only when both say so.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from heapq import merge
from operator import attrgetter
from typing import BinaryIO

from dossiers.errors import NotFoundError
from storage.objects.store import (
    Capabilities,
    Health,
    ObjectStore,
    Stat,
    Stored,
    taken,
)


class MovingObjects:
    """Two stores as one; `near` is the one of them that answers at once."""

    def __init__(
        self, new: ObjectStore, old: ObjectStore, *, near: ObjectStore
    ) -> None:
        """Keep both."""
        self.new = new
        self.old = old
        self._asked = (new, old) if near is new else (old, new)

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store in the new one; a key that the old one holds is taken too."""
        if self.old.stat(key) is not None:
            raise taken(key)
        return self.new.put(key, stream, size)

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open where it lies; NotFoundError when it lies in neither."""
        first, second = self._asked
        with suppress(NotFoundError):
            return first.open(key, start, version_id=version_id)
        return second.open(key, start, version_id=version_id)

    def stat(self, key: str, version_id: str | None = None) -> Stat | None:
        """Describe it where it lies; None when it lies in neither."""
        first, second = self._asked
        return first.stat(key, version_id) or second.stat(key, version_id)

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """Keep it where it lies; NotFoundError when it lies in neither."""
        first, second = self._asked
        with suppress(NotFoundError):
            return first.lock(key, version_id, until)
        return second.lock(key, version_id, until)

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Delete in both: a copy must not outlive the original; LockedError."""
        self.new.delete(key, version_id)
        self.old.delete(key)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List both in byte order, each key once."""
        last = ""
        both = (self.new.list(prefix, after), self.old.list(prefix, after))
        for found in merge(*both, key=attrgetter("key")):
            if found.key != last:
                yield found
            last = found.key

    def probe(self) -> Capabilities:
        """Tell what the new one does: what is stored from now on lies there."""
        return self.new.probe()

    def health(self) -> Health:
        """Tell the worse of both."""
        new = self.new.health()
        return new if not new.ok else self.old.health()
