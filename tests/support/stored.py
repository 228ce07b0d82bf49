"""A small document store in a folder, and how to see whether it is whole."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine, select

from dossiers.errors import ConflictError
from dossiers.ports import Document, NewDocument
from storage.blobs import Blobs
from storage.collecting import collect
from storage.documents import SqlDocuments
from storage.encryption.keys import FileKeys
from storage.engine import open_database
from storage.objects.local import LocalStore
from storage.objects.store import ObjectStore
from storage.paper_tables import BLOB, UPLOAD_INTENT
from storage.schema import migrate
from storage.scrubbing import scrub
from tests.support.changes import START
from tests.support.databases import IDS
from tests.support.seeds import Draws

ABOUT = NewDocument("u", "p1", "paper", "application/pdf", START, retention="reuse")


@dataclass(frozen=True, slots=True)
class Site:
    """One process's view of the store in a folder."""

    folder: Path
    engine: Engine
    objects: ObjectStore
    keys: FileKeys

    @property
    def documents(self) -> SqlDocuments:
        """The documents of this store."""
        return SqlDocuments(self.engine, self.objects, self.keys, IDS)

    @property
    def blobs(self) -> Blobs:
        """The sealed objects of this store."""
        return Blobs(self.engine, self.objects, self.keys)

    def put(self, upload: str, content: bytes, owner: str = "p1") -> Document:
        """Put as a caller does: again when the collector was faster."""
        while True:
            try:
                about = replace(ABOUT, upload=upload, owner=owner)
                return self.documents.put(content, about)
            except ConflictError:
                continue

    def demand_whole(self) -> int:
        """Every blob reads as recorded, no object is left over; counts blobs."""
        collect(self.engine, self.objects, grace_s=0)
        found = scrub(self.engine, self.blobs)
        assert found.findings == ()
        with self.engine.connect() as connection:
            keys = set(connection.execute(select(BLOB.c.key)).scalars())
            assert connection.execute(select(UPLOAD_INTENT)).all() == []
        assert {stat.key for stat in self.objects.list()} == keys
        return found.read


@contextmanager
def site(folder: Path, objects: ObjectStore | None = None) -> Iterator[Site]:
    """Open the store of a folder, made at first use; objects: other than there."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(f"sqlite:///{folder / 'nambuoc.db'}")
    try:
        migrate(engine)
        keys = FileKeys(folder / "keys" / "master.json", must_exist=False)
        yield Site(folder, engine, objects or LocalStore(folder / "store"), keys)
    finally:
        engine.dispose()


def upload_for_ever(folder: Path, acknowledged: Path, seed: int) -> None:
    """Put papers and note each when it is acknowledged, until killed."""
    draws = Draws(seed)
    with site(folder) as store, acknowledged.open("ab", buffering=0) as log:
        for number in range(1_000_000):
            content = os.urandom(draws.one_of([0, 3_000, 60_000]))
            put = store.put(f"{seed}:{os.getpid()}:{number}", content)
            log.write(f"{put.id} {hashlib.sha256(content).hexdigest()}\n".encode())


def demand_acknowledged(store: Site, acknowledged: Path) -> int:
    """Every acknowledged paper is there with its bytes; counts them."""
    lines = acknowledged.read_text().split("\n")[:-1]
    for line in lines:
        document, sha256 = line.split()
        content = store.documents.open(document)
        assert hashlib.sha256(content).hexdigest() == sha256
    return len(lines)
