"""Objects moved between stores: verified, resumable, nothing removed too early."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import Engine, insert, select, update

from dossiers.errors import LockedError, RefusedError, UnavailableError
from storage.encryption.container import sealed_size
from storage.engine import writing
from storage.migrating import (
    Clearing,
    Target,
    clear_old,
    count_left,
    migrate_objects,
)
from storage.objects.local import LocalStore
from storage.objects.memory import InMemoryObjects
from storage.objects.moving import MovingObjects
from storage.objects.store import ObjectStore, Stored
from storage.paper_tables import BLOB
from storage.tables import micros

NOW = datetime(2025, 1, 1, tzinfo=UTC)
KEYS = ["l/outcome", *(f"o/{number}" for number in range(7))]


class Shaky(InMemoryObjects):
    """A store that goes away for good after so many calls."""

    left = 1_000_000

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            text = "the store is away"
            raise UnavailableError(text)

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store, and then perhaps lose the answer."""
        self._count()
        stored = super().put(key, stream, size)
        self._count()
        return stored

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open, when it is not away."""
        self._count()
        return super().open(key, start, version_id=version_id)


class Rotten(InMemoryObjects):
    """A store that gives other bytes than it was given."""

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Flip the first bit."""
        content = super().open(key, start, version_id=version_id).read()
        return io.BytesIO(bytes([content[0] ^ 1]) + content[1:])


@dataclass(frozen=True, slots=True)
class Home:
    """A database whose blobs lie in a directory, and an empty store."""

    engine: Engine
    local: LocalStore

    def moving(self, new: ObjectStore) -> MovingObjects:
        """Both as one while objects move to the new one."""
        return MovingObjects(new, self.local, near=self.local)

    def add(self, key: str) -> None:
        """Keep an object in the directory, with its row."""
        size = len(key) * 1000
        self.local.put(key, io.BytesIO(_sealed(key)), sealed_size(size))
        row = {"key": key, "owner": "p", "retention": key, "size": size}
        with writing(self.engine) as connection:
            connection.execute(
                insert(BLOB).values(sha256=b"", wrapped=b"", state="live", **row)
            )

    def places(self) -> dict[str, tuple[str, str | None]]:
        """Tell where each row says its object lies."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(BLOB)).all()
        return {row.key: (row.store_id, row.version_id) for row in rows}


def _sealed(key: str) -> bytes:
    size = sealed_size(len(key) * 1000)
    return (key.encode() * size)[:size]


@pytest.fixture
def home(engine: Engine, tmp_path: Path) -> Home:
    found = Home(engine, LocalStore(tmp_path / "store"))
    for key in KEYS:
        found.add(key)
    return found


def read(store: ObjectStore, key: str, version_id: str | None) -> bytes:
    with store.open(key, version_id=version_id) as stream:
        return stream.read()


def demand_readable(home: Home, store: ObjectStore) -> None:
    """Every object is what it was, under the version that its row names."""
    for key, (_, version) in home.places().items():
        assert read(store, key, version) == _sealed(key)


def test_moves_everything_and_then_clears_the_old(home: Home) -> None:
    new, told = InMemoryObjects(), []
    moving = home.moving(new)

    done = migrate_objects(
        home.engine, moving, Target.S3, lambda *counts: told.append(counts)
    )

    assert (done.moved, done.left, done.findings) == (8, 0, ())
    assert told == [(n, 8 - n) for n in range(1, 9)]
    assert {store for store, _ in home.places().values()} == {"memory"}
    demand_readable(home, new)
    assert [found.key for found in home.local.list()] == KEYS
    assert clear_old(home.engine, moving, Target.S3) == Clearing(8, 0)
    assert list(home.local.list()) == []
    demand_readable(home, moving)


@pytest.mark.parametrize("calls", range(24))
def test_an_interruption_anywhere_is_gone_on_from(home: Home, calls: int) -> None:
    new = Shaky()
    moving, new.left = home.moving(new), calls

    with pytest.raises(UnavailableError):
        migrate_objects(home.engine, moving, Target.S3)
    new.left = 1_000_000
    demand_readable(home, moving)
    done = migrate_objects(home.engine, moving, Target.S3)

    assert done.left == count_left(home.engine, Target.S3) == 0
    demand_readable(home, new)


def test_a_copy_that_differs_is_not_taken_and_nothing_is_cleared(home: Home) -> None:
    moving = home.moving(Rotten())

    done = migrate_objects(home.engine, moving, Target.S3)

    assert (done.moved, done.left) == (0, 8)
    assert [found.key for found in done.findings] == KEYS
    with pytest.raises(RefusedError, match="8 objects"):
        clear_old(home.engine, moving, Target.S3)
    demand_readable(home, home.local)


def test_a_missing_original_is_said_and_holds_the_clearing_back(home: Home) -> None:
    home.local.delete("o/3")
    moving = home.moving(InMemoryObjects())

    done = migrate_objects(home.engine, moving, Target.S3)

    assert (done.moved, done.left) == (7, 1)
    assert [found.key for found in done.findings] == ["o/3"]
    with pytest.raises(RefusedError):
        clear_old(home.engine, moving, Target.S3)


def test_clearing_looks_again_and_leaves_what_has_no_row(home: Home) -> None:
    new = InMemoryObjects()
    moving = home.moving(new)
    migrate_objects(home.engine, moving, Target.S3)
    home.local.put("o/orphan", io.BytesIO(b"1"), 1)
    new.delete("o/3")

    assert clear_old(home.engine, moving, Target.S3) == Clearing(7, 0)

    assert [found.key for found in home.local.list()] == ["o/3", "o/orphan"]


def test_what_comes_while_it_moves_is_read_and_moved_too(home: Home) -> None:
    new = InMemoryObjects()
    moving = home.moving(new)

    def work(moved: int, _: int) -> None:
        if moved == 2:
            home.add("o/9-an-older-process")
        stored = moving.put(f"o/new-{moved}", io.BytesIO(b"1"), 1)
        assert stored.store_id == "memory"
        demand_readable(home, moving)

    done = migrate_objects(home.engine, moving, Target.S3, work)

    assert (done.moved, done.left) == (9, 0)
    assert len(list(moving.list())) == 18


def test_a_term_moves_with_its_outcome(home: Home) -> None:
    until = micros(NOW + timedelta(days=365))
    with writing(home.engine) as connection:
        outcome = update(BLOB).where(BLOB.c.key == "l/outcome")
        connection.execute(outcome.values(locked_until=until))
        over = update(BLOB).where(BLOB.c.key == "o/1")
        connection.execute(over.values(locked_until=micros(NOW) - 1))
    new = InMemoryObjects()

    assert migrate_objects(home.engine, home.moving(new), Target.S3).moved == 8
    with pytest.raises(LockedError):
        new.delete("l/outcome")
    new.delete("o/1")


def test_goes_back_as_it_came(home: Home) -> None:
    new = InMemoryObjects()
    moving = home.moving(new)
    migrate_objects(home.engine, moving, Target.S3)
    clear_old(home.engine, moving, Target.S3)
    back = MovingObjects(home.local, new, near=home.local)

    done = migrate_objects(home.engine, back, Target.LOCAL)

    assert (done.moved, done.left) == (8, 0)
    assert set(home.places().values()) == {("local", None)}
    assert clear_old(home.engine, back, Target.LOCAL) == Clearing(8, 0)
    demand_readable(home, home.local)
