"""Disks that fail and fill up, keys and objects that go missing, copies restored."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dossiers.errors import DossierError, FaultError, UnavailableError
from storage.encryption.keys import FileKeys
from storage.objects.local import LocalStore
from storage.scrubbing import missing, scrub, unowned
from tests.faults.test_local_store import tiny_disk
from tests.support.seeds import Draws
from tests.support.stored import Site, site

__all__ = ["tiny_disk"]
PAPER = b"giay khai sinh " * 1000
FSYNCS = 6
"""What the first paper of a folder flushes: the file, and the folders above it."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "home") as found:
        yield found


def failing(at: int) -> Callable[[int], None]:
    """Make an fsync that fails at its n-th call, as a dying disk does."""
    real, calls = os.fsync, iter(range(1, 1_000))

    def fsync(descriptor: int) -> None:
        if next(calls) == at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    return fsync


@pytest.mark.parametrize("at", range(1, FSYNCS + 1))
def test_no_paper_is_acknowledged_when_a_flush_fails(
    store: Site, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(at))
        with pytest.raises((FaultError, UnavailableError)):
            store.put("lost", PAPER)

    again = store.put("lost", PAPER)

    assert store.documents.open(again.id) == PAPER
    assert store.demand_whole() == 1


def test_a_paper_is_flushed_as_often_as_the_test_above_fails_it(
    store: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)

    store.put("counted", PAPER)

    assert len(calls) == FSYNCS


def test_a_full_disk_refuses_papers_and_keeps_those_it_has(tiny_disk: Path) -> None:
    with site(tiny_disk / "home") as store:
        kept, refused = [store.put("u0", PAPER)], None
        for number in range(1, 400):
            try:
                kept.append(store.put(f"u{number}", PAPER + str(number).encode()))
            except DossierError as error:
                refused = error
                break

        assert isinstance(refused, FaultError)
        assert list((tiny_disk / "home/store/.tmp").iterdir()) == []
        assert len({store.documents.open(one.id) for one in kept}) == len(kept)
        assert list(missing(store.engine, store.blobs)) == []


def test_a_store_restored_from_an_old_copy_is_told_paper_by_paper(
    store: Site, tmp_path: Path
) -> None:
    first, objects = store.put("old", PAPER), store.folder / "store"
    shutil.copytree(objects, tmp_path / "old")
    second = store.put("new", b"after the copy")
    shutil.move(objects, tmp_path / "newest")
    shutil.copytree(tmp_path / "old", objects)

    found = list(missing(store.engine, store.blobs))

    assert [one.documents for one in found] == [(second.id,)]
    assert scrub(store.engine, store.blobs).findings[0].kind == "missing"
    assert store.documents.open(first.id) == PAPER
    shutil.copytree(tmp_path / "newest", objects, dirs_exist_ok=True)
    assert list(missing(store.engine, store.blobs)) == []
    assert store.documents.open(second.id) == b"after the copy"


def test_a_database_restored_from_an_old_copy_shows_what_it_does_not_know(
    store: Site, tmp_path: Path
) -> None:
    kept = store.put("old", PAPER)
    copied(store.folder / "nambuoc.db", tmp_path / "copy" / "nambuoc.db")
    shutil.copytree(store.folder / "keys", tmp_path / "copy" / "keys")
    store.put("new", b"after the copy")

    with site(tmp_path / "copy", LocalStore(store.folder / "store")) as restored:
        strangers = unowned(restored.engine, restored.objects, grace_s=0)

        assert len(strangers) == 1
        assert unowned(restored.engine, restored.objects, grace_s=3600) == ()
        assert restored.documents.open(kept.id) == PAPER


def copied(source: Path, target: Path) -> None:
    """Copy a database that others may be writing to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(source)) as open_one,
        closing(sqlite3.connect(target)) as copy,
    ):
        open_one.backup(copy)


def test_what_scrubs_were_cut_short_is_read_by_the_next(store: Site) -> None:
    for number in range(10):
        store.put(f"u{number}", PAPER + bytes([number]))

    read = [scrub(store.engine, store.blobs, percent=30).read for _ in range(4)]
    with store.engine.connect() as connection:
        never = connection.exec_driver_sql(
            "SELECT count(*) FROM blob WHERE last_verified IS NULL"
        ).scalar_one()

    assert (read, never) == ([3, 3, 3, 3], 0)


def test_a_changed_object_is_found_and_left_alone(store: Site) -> None:
    put, sound = store.put("u1", PAPER), store.put("u2", b"sound")
    path = max(
        (store.folder / "store/o").rglob("*"), key=lambda one: one.stat().st_size
    )
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[Draws(1).below(len(content))] ^= 1
    path.write_bytes(content)

    (found,) = scrub(store.engine, store.blobs).findings

    assert (found.kind, found.documents) == ("altered", (put.id,))
    assert path.read_bytes() == content
    assert store.documents.open(sound.id) == b"sound"


def test_a_home_without_its_key_file_makes_no_new_one(store: Site) -> None:
    store.put("u1", PAPER)
    path = store.folder / "keys" / "master.json"
    path.unlink()

    with pytest.raises(FaultError, match="restore the key file"):
        FileKeys(path, must_exist=True)
    assert not path.exists()
