#!/usr/bin/env python3
"""
`nambuoc bench run documents`: what encryption, rows and events cost beside a bare put.

Each round puts (or gets) the same sealed sizes bare and as documents, in turn, so that
what else the machine does falls on both. The MinIO is the tests' own; without one its
cases are left out and the report says so.
"""

import io
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

sys.path.insert(1, str(Path(__file__).parents[1]))

from card import run
from dossiers.ports import NewDocument
from infra.clock import SystemClock
from infra.ids import Ids
from matching import matching
from measure import Case, Goal, alone, compared, told
from storage.documents import SqlDocuments
from storage.encryption.container import sealed_size
from storage.encryption.keys import FileKeys, object_key
from storage.engine import open_database
from storage.objects.local import LocalStore
from storage.objects.s3 import S3Objects
from storage.objects.s3_client import S3Place
from storage.objects.store import ObjectStore
from storage.schema import migrate
from tests.support.s3_parts import S3MissingError
from tests.support.s3_servers import s3_server

_MB, _CLIENTS, _CLIENT_SIZE = 1 << 20, 4, 200_000
_LARGE, _AT_ONCE = 25 << 20, 10
AT = datetime(2025, 3, 3, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds, papers a round, papers of the four clients."""

    rounds: int
    papers: int
    clients: int
    matched: int


FULL = Extent(rounds=15, papers=10, clients=400, matched=1_000_000)
QUICK = Extent(rounds=5, papers=5, clients=80, matched=100_000)


@dataclass(frozen=True, slots=True)
class Store:
    """Documents over one object store, and that store itself."""

    name: str
    documents: SqlDocuments
    objects: ObjectStore

    def put(self, content: bytes) -> str:
        """Store a paper of which nothing is known yet; its id."""
        upload = str(uuid4())
        about = NewDocument(upload, "p1", "paper", "application/pdf", AT)
        return self.documents.put(content, about).id

    def bare(self, content: bytes) -> str:
        """Put the same number of sealed bytes, durably, and nothing else; its key."""
        key = object_key(bytes(32), "bench", uuid4().hex)
        self.objects.put(key, io.BytesIO(content), len(content))
        return key

    def get(self, key: str) -> bytes:
        """Read an object, and nothing else."""
        with self.objects.open(key) as stream:
            return stream.read()


@contextmanager
def opened(folder: Path, name: str, objects: ObjectStore) -> Iterator[Store]:
    """Make an empty document store over an object store."""
    folder.mkdir()
    engine = open_database(f"sqlite:///{folder / 'nambuoc.db'}")
    try:
        migrate(engine)
        keys = FileKeys(folder / "master.json", must_exist=False)
        documents = SqlDocuments(engine, objects, keys, Ids(b"bench", None))
        yield Store(name, documents, objects)
    finally:
        engine.dispose()


def ingest(store: Store, extent: Extent, bound: float) -> Case:
    """Compare the full ingest of 1 MB with the bare durable put of its container."""

    def once() -> tuple[float, float]:
        papers = [os.urandom(_MB) for _ in range(extent.papers)]
        sealed = [os.urandom(sealed_size(_MB)) for _ in papers]
        bare = full = 0.0
        for paper, container in zip(papers, sealed, strict=True):
            began = time.perf_counter()
            store.bare(container)
            bare += time.perf_counter() - began
            began = time.perf_counter()
            store.put(paper)
            full += time.perf_counter() - began
        return full * 1000 / len(papers), bare * 1000 / len(papers)

    once()
    rounds = [once() for _ in range(extent.rounds)]
    name = f"ingest of 1 MB, {store.name}"
    return compared(name, "ms", rounds, goal=Goal(bound), note="bare durable put")


def read(store: Store, extent: Extent, bound: float | None) -> Case:
    """Compare a checked, decrypting read of 1 MB with the bare get of its container."""
    ids = [store.put(os.urandom(_MB)) for _ in range(extent.papers)]
    keys = [store.bare(os.urandom(sealed_size(_MB))) for _ in ids]

    def once() -> tuple[float, float]:
        full = bare = 0.0
        for document, key in zip(ids, keys, strict=True):
            began = time.perf_counter()
            store.get(key)
            bare += time.perf_counter() - began
            began = time.perf_counter()
            store.documents.open(document)
            full += time.perf_counter() - began
        return full * 1000 / len(ids), bare * 1000 / len(ids)

    once()
    rounds = [once() for _ in range(extent.rounds)]
    goal = None if bound is None else Goal(bound)
    return compared(
        f"read of 1 MB, {store.name}", "ms", rounds, goal=goal, note="bare get"
    )


def clients(store: Store, extent: Extent) -> Case:
    """Count the papers of 200 kB that four clients store in a second."""
    papers = [os.urandom(_CLIENT_SIZE) for _ in range(extent.clients)]
    rates = []
    for _ in range(3):
        with ThreadPoolExecutor(_CLIENTS) as pool:
            began = time.perf_counter()
            list(pool.map(store.put, papers))
            rates.append(len(papers) / (time.perf_counter() - began))
        papers = [paper[1:] + b"x" for paper in papers]
    goal = Goal(40.0, "at_least")
    name = f"200 kB papers, {store.name}"
    return alone(name, "a second", rates, goal=goal, note="four clients")


def memory(folder: Path, place: S3Place | None) -> Case:
    """Measure the largest memory of a process with ten uploads of 25 MB at once."""
    folder.mkdir()
    with get_context("spawn").Pool(1) as pool:
        most = pool.apply(upload, (folder, place))
    name = f"ten uploads of 25 MB, {'local' if place is None else 'MinIO'}"
    return alone(name, "MB", [most], goal=Goal(300.0))


def upload(folder: Path, place: S3Place | None) -> float:
    """Store ten large files at once in this process; its largest memory in MB."""
    files = [folder / f"{number}.bin" for number in range(_AT_ONCE)]
    for file in files:
        with file.open("wb") as stream:
            for _ in range(_LARGE // _MB):
                stream.write(os.urandom(_MB))
    objects = LocalStore(folder / "store") if place is None else bucket(place)
    with opened(folder / "home", "", objects) as store:

        def put(file: Path) -> str:
            about = NewDocument(file.name, "p1", "paper", "application/pdf", AT)
            with file.open("rb") as stream:
                return store.documents.put(stream, about).id

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(put, files))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def bucket(place: S3Place) -> S3Objects:
    """Open a bucket, made at first use."""
    objects = S3Objects(place, SystemClock().now)
    objects.provision()
    return objects


def near(folder: Path, extent: Extent) -> list[Case]:
    """Measure the embedded store: a directory of this machine."""
    folder.mkdir()
    objects = LocalStore(folder / "store")
    with told("local store"), opened(folder / "home", "local", objects) as store:
        cases = [ingest(store, extent, 1.3), read(store, extent, None)]
        cases.append(clients(store, extent))
    with told("local store, large files"):
        return [*cases, memory(folder / "large", None)]


def far(folder: Path, extent: Extent) -> list[Case]:
    """Measure a real MinIO; nothing when there is none, and that is said."""
    folder.mkdir()
    try:
        with s3_server("minio") as server:
            objects = bucket(server.place())
            with told("MinIO"), opened(folder / "home", "MinIO", objects) as store:
                cases = [ingest(store, extent, 1.7), read(store, extent, 1.3)]
                cases.append(clients(store, extent))
            with told("MinIO, large files"):
                return [*cases, memory(folder / "large", server.place())]
    except S3MissingError as error:
        sys.stderr.write(f"  NOT MEASURED: {error}\n")
        return []


def measure(folder: Path, *, quick: bool) -> list[Case]:
    """Measure every case in a folder of its own."""
    extent = QUICK if quick else FULL
    cases = [*near(folder / "near", extent), *far(folder / "far", extent)]
    with told("matching"):
        cases += matching(folder / "matching", extent.matched)
    return cases


if __name__ == "__main__":
    run("documents", measure)
