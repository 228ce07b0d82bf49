"""
Collects what uploads left behind that nobody finished: ownership first, then deletion.

An intent older than the grace is condemned in SQL; only then its object is deleted, and
the row last. Whoever still writes under it meets the fence of `storage.documents` and
begins anew under another key, so no live document is ever deleted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Engine, Text, bindparam, delete, select, union_all, update

from dossiers.crashpoints import crashpoint
from storage.engine import DatabaseClock, reading, writing
from storage.objects.store import ObjectStore
from storage.tables import BLOB, UPLOAD_INTENT, instant

_BATCH = 500
_MICROSECOND = timedelta(microseconds=1)
_I = UPLOAD_INTENT.c
_NOW = DatabaseClock()
_CONDEMN = (
    update(UPLOAD_INTENT)
    .where(_I.state == "open", _I.created_at <= _NOW - bindparam("grace"))
    .values(state="condemned")
)
_CONDEMNED = select(_I.key).where(_I.state == "condemned").order_by(_I.key)
_END = delete(UPLOAD_INTENT).where(_I.key == bindparam("id"))
_WANTED = bindparam("keys", type_=Text, expanding=True)
_KNOWN = union_all(
    select(BLOB.c.key).where(BLOB.c.key.in_(_WANTED)),
    select(_I.key).where(_I.key.in_(_WANTED)),
)


@dataclass(frozen=True, slots=True)
class Collected:
    """How many expired intents ended, and objects without any row were deleted."""

    intents: int
    strays: int


@dataclass(frozen=True, slots=True)
class Orphans:
    """The collector of one database and its object store."""

    engine: Engine
    objects: ObjectStore

    def collect(self, grace: timedelta) -> Collected:
        """
        Collect what is older than the grace, by the database's clock.

        A kill at any moment leaves work for the next call, never a lost document.
        Raises UnavailableError, LockedError, FaultError of the store.
        """
        with writing(self.engine) as connection:
            connection.execute(_CONDEMN, {"grace": grace // _MICROSECOND})
            keys = list(connection.scalars(_CONDEMNED))
            now = connection.scalars(select(_NOW)).one()
        for key in keys:
            crashpoint("after-condemn")
            self.objects.delete(key)
            crashpoint("after-removal")
            with writing(self.engine) as connection:
                connection.execute(_END, {"id": key})
        strays = 0
        for key in self._strays(instant(now) - grace):
            self.objects.delete(key)
            strays += 1
        return Collected(len(keys), strays)

    def _strays(self, before: datetime) -> Iterator[str]:
        """
        Find objects that have neither blob nor intent, and never can have.

        Listed first, looked up afterwards: an intent is older than its object.
        """
        old = (
            stored.key
            for stored in self.objects.list()
            if stored.stored_at.astimezone(UTC) <= before
        )
        while keys := list(islice(old, _BATCH)):
            yield from sorted(set(keys) - self._known(keys))

    def _known(self, keys: Iterable[str]) -> set[str]:
        with reading(self.engine) as connection:
            return set(connection.scalars(_KNOWN, {"keys": list(keys)}))
