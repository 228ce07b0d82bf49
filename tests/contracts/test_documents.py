"""One suite for documents: stored once, encrypted, found again; and the ingest."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import BinaryIO

import pytest
from sqlalchemy import Engine, Table, func, select

from dossiers.document_events import DocumentStored
from dossiers.envelope import decode
from dossiers.errors import (
    ConflictError,
    NotFoundError,
    TamperedError,
    UnavailableError,
)
from dossiers.ports import Documents, Journal, NewDocument
from infra.clock import SystemClock
from storage.collecting import collect
from storage.documents import SqlDocuments
from storage.encryption.keys import FileKeys
from storage.journal import SqlJournal
from storage.memory.kernel import Memory
from storage.objects.memory import InMemoryObjects
from storage.objects.store import Stored
from storage.paper_tables import BLOB, DOCUMENT, UPLOAD_INTENT
from tests.support.changes import START
from tests.support.databases import IDS, KINDS, sql_engine

PAPER = b"%PDF-1.7 giay khai sinh"
ABOUT = NewDocument(
    upload="c1:G17-KQ1",
    owner="p1",
    type_code="G17-KQ1",
    media_type="application/pdf",
    at=START,
)


@dataclass(frozen=True, slots=True)
class Store:
    """The port under test and the journal it writes to."""

    documents: Documents
    journal: Journal


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        memory = Memory(IDS, SystemClock().now)
        return Store(memory.documents, memory.journal)
    engine = sql_engine(request, request.param)
    keys: FileKeys = request.getfixturevalue("keys")
    documents = SqlDocuments(engine, InMemoryObjects(), keys, IDS)
    return Store(documents, SqlJournal(engine))


def about(number: int) -> NewDocument:
    later = START + timedelta(minutes=number)
    return replace(ABOUT, upload=f"c{number}:x", at=later)


@pytest.mark.parametrize("content", [PAPER, b"", bytes(1 << 20)])
def test_gives_back_what_was_put(store: Store, content: bytes) -> None:
    put = store.documents.put(content, ABOUT)

    assert store.documents.open(put.id) == content
    assert store.documents.find(put.id) == put
    assert (put.size, put.stored_at, put.state) == (len(content), START, "valid")


def test_an_upload_is_stored_once_whatever_comes_again(store: Store) -> None:
    first = store.documents.put(PAPER, ABOUT)

    assert store.documents.put(b"other bytes", ABOUT) == first
    assert store.journal.head().size == 1


def test_eight_threads_with_one_upload_get_one_document(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: store.documents.put(PAPER, ABOUT), range(8)))

    assert len(made) == 1
    assert store.journal.head().size == 1


def test_an_arrival_is_an_event_of_the_documents_own_stream(store: Store) -> None:
    put = store.documents.put(PAPER, replace(ABOUT, source_dossier="d1"))

    (row,) = store.journal.read()
    event = decode(row.body)

    assert (row.stream, row.version, row.command) == (f"document:{put.id}", 1, None)
    assert isinstance(event.fact, DocumentStored)
    assert (event.fact.sha256, event.fact.source_dossier) == (put.sha256, "d1")


def test_candidates_are_all_of_the_owners_newest_first(store: Store) -> None:
    put = store.documents.put
    old, new = put(PAPER, about(1)), put(b"newer", about(2))
    put(PAPER, replace(about(3), owner="p2"))
    put(PAPER, replace(about(4), type_code="other"))
    put(PAPER, replace(about(5), state="draft"))
    doubtful = put(PAPER, replace(about(6), state="quarantined"))

    found = store.documents.candidates("p1", ("G17-KQ1", "x"))

    assert found == (doubtful, new, old)
    assert all(store.documents.is_present(one.id) for one in found)
    assert store.documents.candidates("p1", ()) == ()


def test_knows_nothing_of_a_document_that_never_came(store: Store) -> None:
    for ask in (store.documents.find, store.documents.open):
        with pytest.raises(NotFoundError, match="nothing"):
            ask("nothing")


class Objects(InMemoryObjects):
    """Objects that can be away, or come back changed."""

    away = False
    changed = False

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open, with the last bit flipped when it was changed."""
        sealed = super().open(key, start, version_id=version_id).read()
        last = sealed[-1] ^ 1 if self.changed else sealed[-1]
        return io.BytesIO(sealed[:-1] + bytes([last]))

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store, or be away."""
        if self.away:
            text_ = "the store is away"
            raise UnavailableError(text_, text_)
        return super().put(key, stream, size)


@pytest.fixture
def objects() -> Objects:
    return Objects()


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        asked = select(func.count()).select_from(table)
        return connection.execute(asked).scalar_one()


def test_the_same_bytes_of_an_owner_share_one_object_and_no_other_owners(
    engine: Engine, keys: FileKeys, objects: Objects
) -> None:
    documents = SqlDocuments(engine, objects, keys, IDS)
    for number in (1, 2):
        documents.put(PAPER, about(number))
    documents.put(PAPER, replace(about(3), owner="p2"))
    documents.put(PAPER, replace(about(4), retention="reuse"))

    assert count(engine, DOCUMENT) == 4
    assert len(list(objects.list())) == count(engine, BLOB) == 3


def test_a_store_that_is_away_leaves_an_intent_and_nobody_saw_an_id(
    engine: Engine, keys: FileKeys, objects: Objects
) -> None:
    documents = SqlDocuments(engine, objects, keys, IDS)
    objects.away = True
    with pytest.raises(UnavailableError):
        documents.put(PAPER, ABOUT)
    assert count(engine, UPLOAD_INTENT) == 1
    assert count(engine, DOCUMENT) == count(engine, BLOB) == 0

    objects.away = False

    assert documents.open(documents.put(PAPER, ABOUT).id) == PAPER
    assert count(engine, UPLOAD_INTENT) == 1, "only the collector ends the old one"


def test_what_lies_in_the_store_is_sealed_and_a_change_is_found(
    engine: Engine, keys: FileKeys, objects: Objects
) -> None:
    documents = SqlDocuments(engine, objects, keys, IDS)
    put = documents.put(PAPER, ABOUT)
    (stat,) = objects.list()
    with objects.open(stat.key) as stream:
        sealed = stream.read()
    assert b"PDF" not in sealed

    objects.changed = True

    with pytest.raises(TamperedError):
        documents.open(put.id)


class Raced(Objects):
    """Objects whose collector runs between the object and its row."""

    engine: Engine | None = None

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store, then let the collector be faster once."""
        stored = super().put(key, stream, size)
        if self.engine is not None:
            engine, self.engine = self.engine, None
            collect(engine, self, grace_s=0)
        return stored


def test_the_collector_takes_what_nobody_owns_and_nothing_else(
    engine: Engine, keys: FileKeys, objects: Objects
) -> None:
    documents = SqlDocuments(engine, objects, keys, IDS)
    put = documents.put(PAPER, ABOUT)
    objects.away = True
    with pytest.raises(UnavailableError):
        documents.put(b"given up", about(2))

    assert collect(engine, objects, grace_s=3600) == 0
    assert collect(engine, objects, grace_s=0) == 1
    assert count(engine, UPLOAD_INTENT) == 0
    assert documents.open(put.id) == PAPER


def test_an_upload_that_meets_the_collector_is_refused_and_tried_again(
    engine: Engine, keys: FileKeys
) -> None:
    objects = Raced()
    objects.engine = engine
    documents = SqlDocuments(engine, objects, keys, IDS)

    with pytest.raises(ConflictError, match="try again"):
        documents.put(PAPER, ABOUT)

    assert documents.open(documents.put(PAPER, ABOUT).id) == PAPER
    assert len(list(objects.list())) == 1
