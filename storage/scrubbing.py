"""
Papers read again: is each as it was recorded, and does store and rows agree.

What was read longest ago comes first and is marked when it is clean, so a scrub that
was cut goes on where it was. A row without its object is an alarm and is never removed;
an object without a row belongs to the collector.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, Row, bindparam, func, select, tuple_, update

from dossiers.errors import DossierError, NotFoundError, TamperedError
from storage.blobs import LIVE, Blobs
from storage.collecting import strays
from storage.engine import DatabaseClock, reading, writing
from storage.objects.store import ObjectStore
from storage.paper_tables import BLOB, DOCUMENT

_PAGE = 100
_PIECE = 1 << 20
_READ_AT = func.coalesce(BLOB.c.last_verified, 0)
_LIVE = BLOB.c.state == LIVE
_NOW = select(DatabaseClock())
_DUE = (
    select(BLOB, _READ_AT.label("read_at"))
    .where(
        _LIVE,
        bindparam("began") > _READ_AT,
        tuple_(_READ_AT, BLOB.c.key) > tuple_(bindparam("read_at"), bindparam("key")),
    )
    .order_by(_READ_AT, BLOB.c.key)
    .limit(_PAGE)
)
_BY_KEY = select(BLOB).where(BLOB.c.key == bindparam("k"))
_IN_ORDER = (
    select(BLOB).where(_LIVE, BLOB.c.key > bindparam("k")).order_by(BLOB.c.key)
).limit(_PAGE)
_READ = (
    update(BLOB)
    .where(BLOB.c.key == bindparam("k"))
    .values(last_verified=DatabaseClock())
)
_DOCUMENTS = (
    select(DOCUMENT.c.document_id)
    .where(DOCUMENT.c.blob_key == bindparam("k"))
    .order_by(DOCUMENT.c.document_id)
)
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A blob that is `missing` or `altered`, and the documents that lie in it."""

    key: str
    kind: str
    documents: tuple[str, ...]
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How many blobs of how many were read, how many bytes, what was found."""

    read: int
    live: int
    size: int
    findings: tuple[Finding, ...]


def scrub(
    engine: Engine,
    blobs: Blobs,
    *,
    percent: float = 100,
    tell: Tell = lambda _, __: None,
) -> Scrubbed:
    """
    Read that share of all blobs, decrypt them, compare digest and size.

    `tell` hears how many are read and how many there are to read. Raises
    UnavailableError when the store goes away: nothing is judged lost then.
    """
    live = _count(engine)
    wanted = min(live, -int(-live * percent // 100))
    read = size = 0
    findings: list[Finding] = []
    for row in _due(engine, wanted):
        found = _judged(engine, blobs, row)
        if found is None:
            size += row.size
            with writing(engine) as connection:
                connection.execute(_READ, {"k": row.key})
        else:
            findings.append(found)
        read += 1
        tell(read, wanted)
    return Scrubbed(read, live, size, tuple(findings))


def missing(engine: Engine, blobs: Blobs) -> Iterator[Finding]:
    """Find the rows whose object is not in the store; UnavailableError."""
    after = ""
    while True:
        with reading(engine) as connection:
            page = connection.execute(_IN_ORDER, {"k": after}).all()
        if not page:
            return
        for row in page:
            if not blobs.is_there(row) and not _moved(engine, row):
                yield _finding(engine, row, _gone(row.key))
        after = page[-1].key


def unowned(engine: Engine, objects: ObjectStore, *, grace_s: float) -> tuple[str, ...]:
    """List the objects older than the grace that no row and no upload knows."""
    with reading(engine) as connection:
        now = connection.execute(_NOW).scalar_one()
    return tuple(strays(engine, objects, before=now - round(grace_s * 1_000_000)))


def _count(engine: Engine) -> int:
    asked = select(func.count()).select_from(BLOB).where(_LIVE)
    with reading(engine) as connection:
        return connection.execute(asked).scalar_one()


def _due(engine: Engine, wanted: int) -> Iterator[Row[tuple[object, ...]]]:
    """Give the blobs that were read longest ago, each once, not more than wanted."""
    with reading(engine) as connection:
        place = {"began": connection.execute(_NOW).scalar_one(), "read_at": -1}
    key = ""
    while wanted > 0:
        with reading(engine) as connection:
            page = connection.execute(_DUE, place | {"key": key}).all()[:wanted]
        if not page:
            return
        yield from page
        wanted -= len(page)
        place["read_at"], key = page[-1].read_at, page[-1].key


def _judged(
    engine: Engine, blobs: Blobs, row: Row[tuple[object, ...]]
) -> Finding | None:
    """Read one blob; one that was moved or erased meanwhile is read anew or left."""
    try:
        _read(engine, blobs, row)
    except (NotFoundError, TamperedError) as error:
        if _moved(engine, row):
            return _again(engine, blobs, row.key)
        return _finding(engine, row, error)
    return None


def _again(engine: Engine, blobs: Blobs, key: str) -> Finding | None:
    with reading(engine) as connection:
        row = connection.execute(_BY_KEY, {"k": key}).first()
    if row is None or row.state != LIVE:
        return None
    try:
        _read(engine, blobs, row)
    except (NotFoundError, TamperedError) as error:
        return _finding(engine, row, error)
    return None


def _read(engine: Engine, blobs: Blobs, row: Row[tuple[object, ...]]) -> None:
    """Read a blob to its end; NotFoundError, TamperedError, UnavailableError."""
    with reading(engine) as connection:
        data_key = blobs.key_of(connection, row)
    digest, size = hashlib.sha256(), 0
    with blobs.open(row, data_key) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    if digest.digest() != row.sha256 or size != row.size:
        raise _differs(row.key)


def _moved(engine: Engine, row: Row[tuple[object, ...]]) -> bool:
    """Whether the row says something else by now: moved to another store, erased."""
    with reading(engine) as connection:
        now = connection.execute(_BY_KEY, {"k": row.key}).first()
    told = ("state", "store_id", "version_id")
    return now is None or any(getattr(now, at) != getattr(row, at) for at in told)


def _finding(
    engine: Engine, row: Row[tuple[object, ...]], error: DossierError
) -> Finding:
    with reading(engine) as connection:
        documents = tuple(connection.execute(_DOCUMENTS, {"k": row.key}).scalars())
    kind = "missing" if isinstance(error, NotFoundError) else "altered"
    return Finding(row.key, kind, documents, error.vi, error.en)


def _gone(key: str) -> NotFoundError:
    vi = f"kho không còn đối tượng {key}; khôi phục kho từ bản sao lưu"
    en = f"object {key} is not in the store; restore the store from a backup"
    return NotFoundError(vi, en)


def _differs(key: str) -> TamperedError:
    vi = f"đối tượng {key} không còn đúng mã băm đã ghi; khôi phục từ bản sao lưu"
    en = f"object {key} differs from its recorded digest; restore it from a backup"
    return TamperedError(vi, en)
