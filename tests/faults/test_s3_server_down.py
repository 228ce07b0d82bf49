"""A real MinIO that is killed, stopped, emptied, or comes back older."""

import hashlib
import io
import itertools
import random
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from dossiers.errors import NotFoundError, UnavailableError
from infra.clock import SystemClock
from storage.objects.s3 import S3Objects
from tests.support.s3_servers import S3Server, s3_server, took

NOW = SystemClock().now


@pytest.fixture
def seed() -> int:
    chosen = random.SystemRandom().randrange(1 << 32)
    sys.stdout.write(f"seed {chosen}\n")
    return chosen


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts without pause, whatever happens; notes what was acknowledged."""

    objects: S3Objects
    seed: int
    noted: list[tuple[str, str | None, str]]

    def write(self, ends: float) -> None:
        """Put until then."""
        for count in itertools.count():
            if time.monotonic() > ends:
                return
            chance = hashlib.sha256(f"{self.seed}:{count}".encode()).digest()
            content = chance * (1 + int.from_bytes(chance[:2]) // 10)
            key = f"o/{self.seed}/{count}"
            try:
                told = self.objects.put(key, io.BytesIO(content), len(content))
            except UnavailableError:
                continue
            self.noted.append((key, told.version_id, told.sha256))


def test_a_killed_server_keeps_all_that_it_acknowledged(seed: int) -> None:
    ends = time.monotonic() + 6
    with s3_server("minio") as server, ThreadPoolExecutor() as threads:
        objects = S3Objects(server.place(), NOW)
        objects.provision()
        writers = [Writer(objects, seed + number, []) for number in range(4)]
        done = [threads.submit(writer.write, ends) for writer in writers]
        while time.monotonic() < ends - 1:
            time.sleep(0.2 + seed % 700 / 1000)
            server.kill()
            server.start()
        for end in done:
            end.result()
        noted = [one for writer in writers for one in writer.noted]
        for key, version, sha256 in noted:
            with objects.open(key, version_id=version) as stream:
                assert hashlib.sha256(stream.read()).hexdigest() == sha256
    assert len(noted) > 50


@pytest.fixture(scope="module")
def own_server() -> Iterator[S3Server]:
    with s3_server("minio") as server:
        yield server


@pytest.fixture
def own(own_server: S3Server) -> S3Objects:
    objects = S3Objects(own_server.place(), NOW)
    objects.provision()
    objects.put("o/x", io.BytesIO(b"giay"), 4)
    return objects


def test_a_stopped_server_is_away_and_nothing_is_lost(
    own_server: S3Server, own: S3Objects
) -> None:
    own_server.stop()

    for act in (lambda: own.open("o/x"), lambda: own.stat("o/x"), own.probe):
        seconds, failed = took(act)
        assert isinstance(failed, UnavailableError)
        assert seconds < 3
    assert not own.health().ok
    own_server.start()
    with own.open("o/x") as stream:
        assert stream.read() == b"giay"


def test_a_server_restored_from_an_old_copy_lacks_what_came_later(
    own_server: S3Server, own: S3Objects, tmp_path: Path
) -> None:
    own_server.stop()
    shutil.copytree(own_server.folder, tmp_path / "copy")
    own_server.start()
    later = own.put("o/later", io.BytesIO(b"1"), 1)
    own_server.stop()
    shutil.rmtree(own_server.folder)
    shutil.copytree(tmp_path / "copy", own_server.folder)
    own_server.start()

    with pytest.raises(NotFoundError):
        own.open("o/later", version_id=later.version_id)
    with own.open("o/x") as stream:
        assert stream.read() == b"giay"


def test_an_emptied_server_is_away_not_a_store_that_lost_all(
    own_server: S3Server, own: S3Objects
) -> None:
    own_server.stop()
    shutil.rmtree(own_server.folder)
    own_server.folder.mkdir()
    own_server.start()

    for act in (
        lambda: own.open("o/x"),
        lambda: own.stat("o/x"),
        lambda: own.put("o/y", io.BytesIO(b"1"), 1),
        lambda: list(own.list()),
    ):
        assert isinstance(took(act)[1], UnavailableError)
    assert "bucket" in own.health().reason
