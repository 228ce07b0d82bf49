"""The collector of objects that no document came to own."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from sqlalchemy import Engine, Text, bindparam, delete, select, union_all, update

from dossiers.crashpoints import crashpoint
from dossiers.errors import LockedError
from storage.blobs import SHREDDED
from storage.engine import DatabaseClock, reading, writing
from storage.objects.store import ObjectStore
from storage.paper_tables import BLOB, UPLOAD_INTENT
from storage.tables import instant

_BATCH = 500
_SECOND = 1_000_000
_NOW = DatabaseClock()
_INTENT = UPLOAD_INTENT.c
_CONDEMN = (
    update(UPLOAD_INTENT)
    .where(_INTENT.state == "open", _INTENT.created_at <= _NOW - bindparam("grace"))
    .values(state="condemned")
)
_CONDEMNED = select(_INTENT.key).where(_INTENT.state == "condemned")
_END = delete(UPLOAD_INTENT).where(_INTENT.key == bindparam("k"))
_GONE = "none"
_SHREDDED = select(BLOB.c.key).where(BLOB.c.state == SHREDDED, BLOB.c.store_id != _GONE)
_EMPTY = update(BLOB).where(BLOB.c.key == bindparam("k")).values(store_id=_GONE)
_KEYS = bindparam("keys", type_=Text, expanding=True)
_KNOWN = union_all(
    select(BLOB.c.key).where(BLOB.c.key.in_(_KEYS)),
    select(_INTENT.key).where(_INTENT.key.in_(_KEYS)),
)


def collect(engine: Engine, objects: ObjectStore, *, grace_s: float) -> int:
    """
    End the uploads given up longer ago than the grace, delete their objects; counts.

    Ownership first, deletion second: an upload that finds its intent condemned rolls
    back and is tried again, so no document ever loses its object. What such an upload
    still wrote afterwards has no row at all: found in the store, deleted and counted.
    So are the objects of shredded blobs, which nobody can read any more.
    """
    with writing(engine) as connection:
        connection.execute(_CONDEMN, {"grace": round(grace_s * _SECOND)})
    with reading(engine) as connection:
        keys = list(connection.execute(_CONDEMNED).scalars())
        now = connection.execute(select(_NOW)).scalar_one()
    for key in keys:
        crashpoint("after-condemn")
        objects.delete(key)
        crashpoint("after-removal")
        with writing(engine) as connection:
            connection.execute(_END, {"k": key})
    found = 0
    for key in strays(engine, objects, before=now - round(grace_s * _SECOND)):
        objects.delete(key)
        found += 1
    return len(keys) + found + _empty(engine, objects)


def _empty(engine: Engine, objects: ObjectStore) -> int:
    """Delete what was shredded; what a term keeps waits for its end."""
    with reading(engine) as connection:
        keys = list(connection.execute(_SHREDDED).scalars())
    emptied = 0
    for key in keys:
        with suppress(LockedError):
            objects.delete(key)
            with writing(engine) as connection:
                connection.execute(_EMPTY, {"k": key})
            emptied += 1
    return emptied


def strays(engine: Engine, objects: ObjectStore, *, before: int) -> Iterator[str]:
    """
    Find objects that have neither blob nor intent, and never can have.

    Listed first, looked up afterwards: an intent is older than its object.
    """
    limit = instant(before)
    old = (stored.key for stored in objects.list() if stored.stored_at <= limit)
    while keys := list(islice(old, _BATCH)):
        with reading(engine) as connection:
            known = set(connection.execute(_KNOWN, {"keys": keys}).scalars())
        yield from sorted(set(keys) - known)
