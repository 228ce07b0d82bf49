"""
Signed outcomes are kept: locked in the store until their term is over.

The lock comes after the commit, so that an object that nobody owns can be deleted. What
a store that was away did not lock is locked by the next `lock_due`.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Engine, func, select

from dossiers.errors import LockedError, UnavailableError
from dossiers.values import LOCAL
from storage.blobs import LIVE, Blobs
from storage.engine import reading
from storage.objects.store import Stored
from storage.paper_tables import BLOB, DOCUMENT
from storage.tables import instant

MANIFEST = "manifest"
YEARS: Mapping[str, int] = MappingProxyType({"outcome": 10, MANIFEST: 10})
"""
Whole years after the year in which a paper of a class was made (TT 10/2022/TT-BNV
counts from its end). The periods of single fields are not settled: ten is the longest
of those that are not for ever.
"""
FINAL = frozenset(YEARS)
_OPEN = (
    select(BLOB.c.key, BLOB.c.version_id, BLOB.c.retention)
    .add_columns(func.min(DOCUMENT.c.stored_at).label("stored_at"))
    .join(DOCUMENT, DOCUMENT.c.blob_key == BLOB.c.key)
    .where(
        BLOB.c.retention.in_(FINAL),
        BLOB.c.state == LIVE,
        BLOB.c.locked_until.is_(None),
        DOCUMENT.c.state == "valid",
    )
    .group_by(BLOB.c.key, BLOB.c.version_id, BLOB.c.retention)
    .order_by(BLOB.c.key)
)


def term(retention: str, stored_at: datetime) -> datetime:
    """Until when a paper of this class must be kept: the end of a local year."""
    year = stored_at.astimezone(LOCAL).year + 1 + YEARS[retention]
    return datetime(year, 1, 1, tzinfo=LOCAL)


def lock_new(blobs: Blobs, stored: Stored, retention: str, at: datetime) -> None:
    """Lock an object just owned; left to `lock_due` when the store is away."""
    with suppress(UnavailableError):
        blobs.lock(stored.key, stored.version_id, term(retention, at))


def lock_due(engine: Engine, blobs: Blobs) -> int:
    """Lock every outcome that is not locked yet; counts; UnavailableError."""
    with reading(engine) as connection:
        rows = connection.execute(_OPEN).all()
    for row in rows:
        until = term(row.retention, instant(row.stored_at))
        with suppress(LockedError):  # it is locked for longer already
            blobs.lock(row.key, row.version_id, until)
    return len(rows)
