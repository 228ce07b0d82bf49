"""The collector of objects that no document came to own."""

from sqlalchemy import Engine, bindparam, delete, select, update

from storage.engine import DatabaseClock, reading, writing
from storage.objects.store import ObjectStore
from storage.tables import UPLOAD_INTENT

_SECOND = 1_000_000
_INTENT = UPLOAD_INTENT.c
_CONDEMN = (
    update(UPLOAD_INTENT)
    .where(
        _INTENT.state == "open",
        _INTENT.created_at <= DatabaseClock() - bindparam("grace"),
    )
    .values(state="condemned")
)
_CONDEMNED = select(_INTENT.key).where(_INTENT.state == "condemned")
_END = delete(UPLOAD_INTENT).where(_INTENT.key == bindparam("k"))


def collect(engine: Engine, objects: ObjectStore, *, grace_s: float) -> int:
    """
    Delete objects whose upload was given up longer ago than the grace; counts them.

    Ownership first, deletion second: an upload that finds its intent condemned rolls
    back and is tried again, so no document ever loses its object.
    """
    with writing(engine) as connection:
        connection.execute(_CONDEMN, {"grace": round(grace_s * _SECOND)})
    with reading(engine) as connection:
        keys = list(connection.execute(_CONDEMNED).scalars())
    for key in keys:
        objects.delete(key)
        with writing(engine) as connection:
            connection.execute(_END, {"k": key})
    return len(keys)
