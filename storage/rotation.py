"""
A new master key: every key it wraps is wrapped anew, no object is touched.

`rotate` may be killed at any moment and goes on when it is called again; uploads go on
beside it, for an old master unwraps until `retire` has seen that no row needs it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, bindparam, func, select, update

from dossiers.crashpoints import crashpoint
from dossiers.errors import RefusedError
from storage import journal, owner_keys, private
from storage.encryption.keys import FileKeys
from storage.engine import reading, writing
from storage.paper_tables import OWNER_KEY
from storage.tables import DOSSIER_KEY

_BATCH = 500
_LABELS: tuple[tuple[Table, Callable[..., bytes]], ...] = (
    (OWNER_KEY, owner_keys.label),
    (DOSSIER_KEY, private.label),
)
"""Each table of wrapped keys: what its primary key says is what a key is bound to."""
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """The present master key, how many keys were wrapped anew, and older masters."""

    kek_id: str
    wrapped: int
    older: tuple[str, ...]


def rotate(engine: Engine, keys: FileKeys, tell: Tell = lambda _, __: None) -> Rotated:
    """
    Make a master key and wrap all keys under it; finishes an interrupted run first.

    `tell` hears how many are done and how many are left.
    """
    left = _left(engine, keys.kek_id)
    kek_id = keys.kek_id if left else keys.rotate()
    left, done = left or _left(engine, kek_id), 0
    for table, label in _LABELS:
        while wrapped := _batch(engine, keys, table, label):
            crashpoint("after-key-batch")
            done += wrapped
            tell(done, max(0, left - done))
    return Rotated(kek_id, done, tuple(keys.older()))


def retire(engine: Engine, keys: FileKeys) -> tuple[str, ...]:
    """
    Forget the older master keys; RefusedError while a row needs one of them.

    The key file is changed under the journal's lock: whoever wraps a key holds it too,
    from reading the name of the present master until his commit.
    """
    with writing(engine) as connection:
        journal.lock(connection)
        left = _count(connection, keys.kek_id)
        if left:
            raise _needed(left)
        return keys.retire()


def _left(engine: Engine, kek_id: str) -> int:
    with reading(engine) as connection:
        return _count(connection, kek_id)


def _count(connection: Connection, kek_id: str) -> int:
    asked = [
        select(func.count()).select_from(table).where(table.c.kek_id != kek_id)
        for table, _ in _LABELS
    ]
    return sum(connection.execute(one).scalar_one() for one in asked)


def _batch(
    engine: Engine, keys: FileKeys, table: Table, label: Callable[..., bytes]
) -> int:
    """Wrap some keys anew, in one transaction; counts them."""
    named = tuple(table.primary_key.columns)
    asked = select(table).where(table.c.kek_id != keys.kek_id).order_by(*named)
    known = [column == bindparam(f"b_{column.name}") for column in named]
    with writing(engine) as connection:
        rows = connection.execute(asked.limit(_BATCH).with_for_update()).all()
        anew = []
        for row in rows:
            place = [getattr(row, column.name) for column in named]
            bound = label(*place)
            key = keys.unwrap(row.wrapped, bound, row.kek_id)
            name, wrapped = keys.wrap(key, bound)
            where = {
                f"b_{column.name}": one
                for column, one in zip(named, place, strict=True)
            }
            anew.append(where | {"kek_id": name, "wrapped": wrapped})
        if anew:
            connection.execute(update(table).where(*known), anew)
    return len(rows)


def _needed(left: int) -> RefusedError:
    return RefusedError(
        f"còn {left} khóa được bọc bằng khóa chủ cũ; chạy `nambuoc store rotate-key`",
        f"{left} keys need an older master key; run `nambuoc store rotate-key` first",
        rule="key-rotation",
    )
