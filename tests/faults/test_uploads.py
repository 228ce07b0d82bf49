"""Uploads in parts under kill -9, a full disk and a disk that fails to flush."""

import errno
import hashlib
import os
import shutil
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from dossiers.errors import FaultError
from dossiers.ports import NewDocument
from storage.documents import SqlDocuments
from storage.encryption.keys import FileKeys
from storage.engine import open_database
from storage.objects.local import LocalStore
from storage.uploads import Upload, Uploads
from tests.faults.test_local_store import tiny_disk
from tests.support.databases import IDS

__all__ = ["tiny_disk"]
FORK = get_context("fork")
AT = datetime(2025, 3, 3, tzinfo=UTC)
SEED, PART = b"2025-11-25", 40_000
LOST = 9


def content_of(number: int) -> bytes:
    return hashlib.shake_256(SEED + b"%d" % number).digest(150_000 + number)


class Client:
    """One who uploads papers in parts, and notes what was acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "acknowledged"
        self.uploads = Uploads(folder / "spool")
        self.engine = open_database(f"sqlite:///{folder}/nambuoc.db")
        self.documents = SqlDocuments(
            self.engine,
            LocalStore(folder / "store"),
            FileKeys(folder / "keys", must_exist=False),
            IDS,
        )

    def note(self, *words: object) -> None:
        with self.notes.open("a") as notes:
            notes.write(" ".join(map(str, words)) + "\n")

    def noted(self, kind: str) -> list[list[str]]:
        """List the whole lines of this kind."""
        whole = (
            self.notes.read_text().rpartition("\n")[0] if self.notes.exists() else ""
        )
        lines = (line.split() for line in whole.splitlines())
        return [line[1:] for line in lines if line[0] == kind]

    def run(self) -> None:
        """Go on where the notes end, for ever."""
        number = len({line[0] for line in self.noted("kept")})
        while True:
            self.upload(number)
            number += 1

    def upload(self, number: int) -> None:
        """Upload one paper to its end: parts, digest, ingest, removal."""
        content, name = content_of(number), f"upload-{number}"
        parts = [int(line[1]) for line in self.noted("part") if line[0] == str(number)]
        came = self.uploads.create(Upload(name, "owner", len(content))).came
        if came < max(parts, default=0):
            os._exit(LOST)
        while came < len(content):
            pieces = [content[came : came + PART // 2], content[came + PART // 2 :]]
            pieces[1] = pieces[1][: PART // 2]
            came = self.uploads.append(name, came, pieces).came
            self.note("part", number, came)
        digest = hashlib.sha256(content).hexdigest()
        with self.uploads.finish(name, digest) as file:
            about = NewDocument(name, "owner", "paper", "application/pdf", AT, "reuse")
            document = self.documents.put(file.read(), about)
        self.note("kept", number, document.id)
        self.uploads.remove(name)


def go(folder: Path) -> None:
    Client(folder).run()


def length(notes: Path) -> int:
    return notes.stat().st_size if notes.exists() else 0


def kill_often(folder: Path, kills: int, budget_s: float) -> int:
    """Kill the client while it is at work, as often as the budget allows; counts."""
    until, killed, notes = time.monotonic() + budget_s, 0, folder / "acknowledged"
    for instant in hashlib.shake_256(SEED).digest(kills):
        if time.monotonic() > until:
            break
        before = length(notes)
        client = FORK.Process(target=go, args=(folder,))
        client.start()
        while length(notes) == before and client.is_alive():
            time.sleep(0.001)
        time.sleep(0.03 * instant / 255)
        os.kill(client.pid or 0, signal.SIGKILL)
        client.join()
        assert client.exitcode == -signal.SIGKILL
        killed += 1
    return killed


def demand_nothing_lost(folder: Path) -> None:
    """Open every paper that was acknowledged; go on with the one under way."""
    client = Client(folder)
    kept = client.noted("kept")
    assert len(kept) > 1
    client.upload(len({line[0] for line in kept}))
    for number, document in client.noted("kept"):
        assert client.documents.open(document) == content_of(int(number))
    client.uploads.sweep(-9)
    assert [path.name for path in (folder / "spool").iterdir()] == ["clock"]
    client.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "nambuoc.db")
    return tmp_path


def test_kill_minus_9_loses_no_acknowledged_byte(folder: Path) -> None:
    killed = kill_often(folder, 200, 25)

    assert killed >= 20
    demand_nothing_lost(folder)


@pytest.mark.long
def test_two_thousand_kills_lose_no_acknowledged_byte(folder: Path) -> None:
    assert kill_often(folder, 2_000, 240) >= 400
    demand_nothing_lost(folder)


def fill(disk: Path) -> None:
    """Leave no free block on a small disk."""
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass


def test_a_full_disk_keeps_what_was_acknowledged(tiny_disk: Path) -> None:
    uploads, content = Uploads(tiny_disk / "spool"), content_of(0) * 20
    uploads.create(Upload("full", "owner", len(content)))
    came = uploads.append("full", 0, [content[:PART]]).came

    with pytest.raises(FaultError, match="no space left"):
        uploads.append("full", came, [content[PART:]])
    assert uploads.find("full").came == PART
    fill(tiny_disk)
    with pytest.raises(FaultError, match="no space left"):
        uploads.create(Upload("none", "owner", 1))
    uploads.remove("full")
    assert uploads.sweep(-9) == 0


def test_a_disk_that_cannot_flush_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads(tmp_path / "spool")
    uploads.create(Upload("eio", "owner", 100))
    uploads.append("eio", 0, [bytes(60)])

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FaultError, match="failed"):
        uploads.append("eio", 60, [bytes(40)])
    monkeypatch.undo()
    assert uploads.find("eio").came == 60
    assert uploads.append("eio", 60, [bytes(40)]).came == 100
