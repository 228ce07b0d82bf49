"""The local store under kill -9, many writers and a full disk."""

import ctypes
import io
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from dossiers.errors import ConflictError, FaultError
from storage.encryption.container import seal, unseal
from storage.objects.local import LocalStore

FORK = get_context("fork")
KEY = bytes(32)
SIZE = 300_000


def write_for_ever(root: Path, acknowledged: Path) -> None:
    store = LocalStore(root)
    with acknowledged.open("a", buffering=1) as log:
        for number in range(100_000):
            key = f"o/{number % 7}/{os.getpid()}-{number}"
            content = seal(KEY, key, bytes(SIZE))
            store.put(key, io.BytesIO(content), len(content))
            log.write(f"{key}\n")


def test_kill_minus_9_leaves_no_partial_object(tmp_path: Path) -> None:
    root, acknowledged = tmp_path / "kho", tmp_path / "acknowledged"
    for milliseconds in (60, 90, 120, 150, 180, 210):
        writers = [
            FORK.Process(target=write_for_ever, args=(root, acknowledged))
            for _ in range(2)
        ]
        for writer in writers:
            writer.start()
        time.sleep(milliseconds / 1000)
        for writer in writers:
            os.kill(writer.pid or 0, signal.SIGKILL)
            writer.join()

    store = LocalStore(root)
    found = {stat.key for stat in store.list()}
    assert len(found) > 0
    assert found >= set(acknowledged.read_text().split("\n")[:-1])
    for key in found:
        with store.open(key) as stream:
            assert unseal(KEY, key, stream.read()) == bytes(SIZE)
    assert list((root / ".tmp").iterdir()) == []


def race(root: Path, winners: Path) -> None:
    store = LocalStore(root)
    for number in range(40):
        content = str(os.getpid()).encode()
        try:
            store.put(f"o/{number}", io.BytesIO(content), len(content))
        except ConflictError:
            continue
        with winners.open("a") as log:
            log.write(f"o/{number} {os.getpid()}\n")


def test_of_many_processes_exactly_one_gets_a_name(tmp_path: Path) -> None:
    winners = tmp_path / "winners"
    racers = [
        FORK.Process(target=race, args=(tmp_path / "kho", winners)) for _ in range(4)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    won = [line.split() for line in winners.read_text().splitlines()]
    assert sorted(key for key, _ in won) == sorted(f"o/{n}" for n in range(40))
    store = LocalStore(tmp_path / "kho")
    for key, winner in won:
        with store.open(key) as stream:
            assert stream.read() == winner.encode()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Lend a file system of 2 MiB; needs the right to mount."""
    libc, place = ctypes.CDLL(None, use_errno=True), str(tmp_path).encode()
    if libc.mount(b"tmpfs", place, b"tmpfs", 0, b"size=2m"):
        pytest.skip(
            "NOT TESTED: a full disk; mounting a tiny file system is not permitted: "
            + os.strerror(ctypes.get_errno())
        )
    try:
        yield tmp_path
    finally:
        libc.umount2(place, 2)


def test_a_full_disk_is_said_and_leaves_nothing(tiny_disk: Path) -> None:
    store = LocalStore(tiny_disk / "kho")
    store.put("o/kept", io.BytesIO(b"x" * 1000), 1000)

    with pytest.raises(FaultError, match="no space left"):
        store.put("o/big", io.BytesIO(bytes(4 << 20)), 4 << 20)

    assert list((tiny_disk / "kho/.tmp").iterdir()) == []
    assert [stat.key for stat in store.list()] == ["o/kept"]
    assert store.probe().durable is False
    with store.open("o/kept") as stream:
        assert stream.read() == b"x" * 1000
