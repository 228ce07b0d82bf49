"""The local directory: what only a file system can get wrong."""

import errno
import io
import os
import stat
import struct
from fcntl import ioctl
from multiprocessing import Process
from pathlib import Path

import pytest

from dossiers.errors import FaultError, LockedError, UnavailableError
from storage.objects.local import LocalStore
from storage.objects.mounts import file_system_of

MOUNTS = (
    "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "22 21 0:40 / /srv/kho\\040so rw shared:1 - nfs4 nas:/kho rw\n"
    "23 22 0:41 / /srv/kho\\040so/nhanh rw - tmpfs tmpfs rw\n"
)


def put(store: LocalStore, key: str = "o/aa/bb/h/1") -> None:
    store.put(key, io.BytesIO(b"giay"), 4)


def test_an_object_is_read_only_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "kho")
    put(store)

    assert stat.S_IMODE((tmp_path / "kho/o/aa/bb/h/1").stat().st_mode) == 0o440
    assert stat.S_IMODE((tmp_path / "kho").stat().st_mode) == 0o700
    assert list((tmp_path / "kho/.tmp").iterdir()) == []


def test_flushes_the_file_and_every_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, flushed = LocalStore(tmp_path), list[str]()

    def fsync(descriptor: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    monkeypatch.setattr(os, "fsync", fsync)
    put(store)
    names = ["o/aa/bb/h", "o/aa/bb", "o/aa", "o", ""]
    assert flushed[0].startswith(f"{tmp_path}/.tmp/")
    assert flushed[1:] == [str(tmp_path / name) for name in names]
    put(store, "o/aa/bb/h/2")
    assert flushed[-2:] == [str(tmp_path / name) for name in names[:2]]
    assert len(flushed) == 9


@pytest.mark.parametrize("failing", range(6))
def test_acknowledges_nothing_when_a_flush_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    store, calls = LocalStore(tmp_path), iter(range(99))

    def fsync(_: int) -> None:
        if next(calls) == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FaultError, match="Input/output"):
        put(store)
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_sweeps_the_files_of_dead_writers_only(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    dead = Process(target=int)
    dead.start()
    dead.join()
    for name in (f"{dead.pid}-aa", f"{os.getpid()}-bb", "1-cc", "note"):
        (tmp_path / ".tmp" / name).touch()

    assert store.sweep() == 1
    left = {path.name for path in (tmp_path / ".tmp").iterdir()}
    assert left == {f"{os.getpid()}-bb", "1-cc", "note"}


def test_a_store_that_went_away_is_not_an_empty_store(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "kho")
    put(store)
    (tmp_path / "kho").rename(tmp_path / "elsewhere")

    for ask in (put, LocalStore.open, LocalStore.stat, LocalStore.delete):
        with pytest.raises(UnavailableError):
            ask(store, "o/aa/bb/h/1")
    with pytest.raises(UnavailableError):
        list(store.list())
    assert not store.health().ok


def test_a_put_outlives_a_delete_that_empties_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, real = LocalStore(tmp_path), os.link
    put(store)

    def link(source: Path, target: Path) -> None:
        monkeypatch.undo()
        store.delete("o/aa/bb/h/1")
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    put(store, "o/aa/bb/h/2")
    assert [found.key for found in store.list()] == ["o/aa/bb/h/2"]


def set_immutable(path: Path, flags: int) -> None:
    """Do what `chattr +i` does (FS_IOC_SETFLAGS, FS_IMMUTABLE_FL)."""
    with path.open("rb") as stream:
        ioctl(stream, 0x40086602, struct.pack("l", flags))


def test_says_that_a_locked_object_may_not_be_deleted(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    put(store)
    path = tmp_path / "o/aa/bb/h/1"
    try:
        set_immutable(path, 0x10)
    except OSError as error:
        pytest.skip(f"files cannot be made immutable here: {error}")
    try:
        with pytest.raises(LockedError):
            store.delete("o/aa/bb/h/1")
    finally:
        set_immutable(path, 0)


def test_knows_the_file_system_of_a_folder(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)

    assert file_system_of(Path("/srv"), table) == "ext4"
    assert file_system_of(Path("/srv/kho so/a"), table) == "nfs4"
    assert file_system_of(Path("/srv/kho so/nhanh/a"), table) == "tmpfs"
    assert file_system_of(Path("/srv"), tmp_path / "missing") == ""


def test_refuses_a_network_mount_unless_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.objects.local.file_system_of", lambda _: "nfs4")

    with pytest.raises(FaultError, match="network mount"):
        LocalStore(tmp_path)
    assert not LocalStore(tmp_path, allow_network=True).probe().durable
