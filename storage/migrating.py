"""
Objects moved from one store to another while work goes on.

1. Each object whose row names the old store is copied, read back and compared (size and
   SHA-256 of the sealed bytes); then its row names the new one. A copy that an
   interrupted run left behind is compared the same way and adopted.
2. Only when no row names the old store any more may its copies be removed, each after
   one more look at the new one.

Until then the old store still holds everything, and `MovingObjects` reads from both.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    bindparam,
    func,
    select,
    update,
)

from dossiers.errors import (
    ConflictError,
    LockedError,
    MalformedError,
    NotFoundError,
    RefusedError,
    TamperedError,
)
from storage.encryption.container import sealed_size
from storage.engine import reading, writing
from storage.objects.moving import MovingObjects
from storage.objects.store import LOCAL, ObjectStore, Stat
from storage.paper_tables import BLOB
from storage.tables import instant

_PAGE = 100
_CHUNK = 1 << 20
_LIVE = BLOB.c.state == "live"


class Target(StrEnum):
    """Where objects go."""

    S3 = "s3"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Finding:
    """An object that could not be moved, and why, in Vietnamese and in English."""

    key: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Migration:
    """How many objects a run moved, how many are left, what it could not move."""

    moved: int
    left: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Clearing:
    """How many old copies were removed, and how many their term keeps."""

    removed: int
    kept: int


def _elsewhere(target: Target) -> ColumnElement[bool]:
    """Tell the rows whose object is not where it shall be."""
    here = BLOB.c.store_id == LOCAL
    return _LIVE & (here if target is Target.S3 else ~here)


def count_left(engine: Engine, target: Target) -> int:
    """Count the live objects that are not in the target yet."""
    asked = select(func.count()).select_from(BLOB).where(_elsewhere(target))
    with reading(engine) as connection:
        return connection.execute(asked).scalar_one()


def migrate_objects(
    engine: Engine,
    stores: MovingObjects,
    target: Target,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Migration:
    """
    Move every live object; go on after an interruption by calling it again.

    `progress` is told how many are moved and how many are left. An object that is
    missing or not as recorded stays where it is and becomes a finding. Raises
    UnavailableError when a store goes away: what is moved stays moved.
    """
    left, moved = count_left(engine, target), 0
    findings: list[Finding] = []
    for row in _rows(engine, target):
        try:
            found = _copied(stores, row)
        except (NotFoundError, TamperedError, MalformedError) as error:
            findings.append(Finding(row.key, error.vi, error.en))
            continue
        _settle(engine, row, found)
        moved += 1
        progress(moved, max(0, left - moved))
    return Migration(moved, count_left(engine, target), tuple(findings))


def clear_old(engine: Engine, stores: MovingObjects, target: Target) -> Clearing:
    """
    Remove the old copies of what was moved; RefusedError while anything is left.

    What has no row stays: it belongs to the garbage collector.
    """
    if left := count_left(engine, target):
        raise _unfinished(left)
    removed = kept = 0
    for old in stores.old.list():
        if not _is_moved(engine, stores.new, old.key, target):
            continue
        try:
            stores.old.delete(old.key)
        except LockedError:
            kept += 1
        else:
            removed += 1
    return Clearing(removed, kept)


def _rows(engine: Engine, target: Target) -> Iterator[Row[tuple[object, ...]]]:
    """Walk through what is to be moved, in the order of keys; new rows too."""
    after = ""
    asked = (
        select(BLOB)
        .where(_elsewhere(target), BLOB.c.key > bindparam("after"))
        .order_by(BLOB.c.key)
        .limit(_PAGE)
    )
    while True:
        with reading(engine) as connection:
            page = connection.execute(asked, {"after": after}).all()
        if not page:
            return
        yield from page
        after = page[-1].key


def _copied(stores: MovingObjects, row: Row[tuple[object, ...]]) -> Stat:
    """Copy one object and read the copy back; TamperedError when it differs."""
    key, version = row.key, row.version_id
    try:
        with stores.old.open(key, version_id=version) as source:
            sent = stores.new.put(key, source, sealed_size(row.size)).sha256
    except ConflictError:  # an earlier run was interrupted behind its copy
        sent = _digest(stores.old, key, version)
    found = stores.new.stat(key)
    if found is None or _digest(stores.new, key, found.version_id) != sent:
        vi = f"bản sao của {key} khác bản gốc; bản gốc còn nguyên, hãy kiểm tra kho mới"
        en = f"the copy of {key} is not like the original, which stays; check the store"
        raise TamperedError(vi, en)
    with suppress(MalformedError):  # a term that is over needs no lock
        if row.locked_until is not None:
            stores.new.lock(key, found.version_id, instant(row.locked_until))
    return found


def _digest(store: ObjectStore, key: str, version_id: str | None) -> str:
    digest = hashlib.sha256()
    with store.open(key, version_id=version_id) as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _settle(engine: Engine, row: Row[tuple[object, ...]], found: Stat) -> None:
    """Let the row name the new place, unless somebody else moved it meanwhile."""
    moved = (
        update(BLOB)
        .where(BLOB.c.key == row.key, BLOB.c.store_id == row.store_id)
        .values(store_id=found.store_id, version_id=found.version_id)
    )
    with writing(engine) as connection:
        connection.execute(moved)


def _is_moved(engine: Engine, new: ObjectStore, key: str, target: Target) -> bool:
    """Whether a live row names the new store, and the object is really there."""
    asked = select(BLOB).where(BLOB.c.key == key, _LIVE, ~_elsewhere(target))
    with reading(engine) as connection:
        row = connection.execute(asked).first()
    if row is None:
        return False
    found = new.stat(key, row.version_id)
    return found is not None and found.size == sealed_size(row.size)


def _unfinished(left: int) -> RefusedError:
    return RefusedError(
        f"còn {left} tệp chưa chuyển; hãy chạy lại `nambuoc store migrate` trước",
        f"{left} objects are not moved yet; run `nambuoc store migrate` again first",
        rule="store-migration",
    )
