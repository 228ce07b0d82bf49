"""Keys of papers on both databases: rotated, retired, destroyed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from dossiers.document_events import DocumentStateChanged
from dossiers.envelope import decode
from dossiers.errors import (
    ErasedError,
    FaultError,
    LockedError,
    NotFoundError,
    RefusedError,
    TamperedError,
    UnavailableError,
)
from dossiers.values import LOCAL
from storage.blobs import Blobs
from storage.collecting import collect
from storage.documents import SqlDocuments
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.journal import SqlJournal
from storage.locking import lock_due, term
from storage.manifests import check_manifests, write_manifest
from storage.objects.memory import InMemoryObjects
from storage.paper_tables import BINDING, DOCUMENT, OWNER_KEY
from storage.private import PrivateFields
from storage.rotation import retire, rotate
from storage.shredding import Erasure, shred
from tests.contracts.test_documents import PAPER, about
from tests.support.changes import OFFICER, PARTIES, START, submitted
from tests.support.databases import IDS, sql_engine

ERASE = Erasure("p1", "theo yêu cầu của công dân", "erase", OFFICER, START)


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeys:
    return FileKeys(tmp_path_factory.mktemp("keys") / "master.json", must_exist=False)


@pytest.fixture
def objects() -> InMemoryObjects:
    return InMemoryObjects()


@pytest.fixture
def documents(engine: Engine, keys: FileKeys, objects: InMemoryObjects) -> SqlDocuments:
    return SqlDocuments(engine, objects, keys, IDS)


def test_rotation_wraps_every_key_anew_and_touches_no_object(
    engine: Engine,
    keys: FileKeys,
    objects: InMemoryObjects,
    documents: SqlDocuments,
) -> None:
    dossiers = SqlDossiers(engine, IDS, PrivateFields(keys))
    private = dossiers.append(submitted())
    put = [documents.put(PAPER, replace(about(n), owner=f"p{n}")) for n in range(7)]
    before, old = list(objects.list()), keys.kek_id

    done = rotate(engine, keys)
    gone = retire(engine, keys)

    assert (done.wrapped, done.older, gone) == (8, (old,), (old,))
    assert done.kek_id == keys.kek_id != old
    assert list(objects.list()) == before
    assert {documents.open(one.id) for one in put} == {PAPER}
    assert dossiers.private(private.id, "parties") == PARTIES.plaintext
    with engine.connect() as connection:
        used = connection.execute(select(OWNER_KEY.c.kek_id).distinct()).scalars()
        assert list(used) == [keys.kek_id]


def test_an_old_master_stays_while_a_row_needs_it(
    engine: Engine, keys: FileKeys, documents: SqlDocuments
) -> None:
    put = documents.put(PAPER, about(1))
    running = FileKeys(keys.path, must_exist=True)  # a process started before
    keys.rotate()

    with pytest.raises(RefusedError, match="1 keys need"):
        retire(engine, running)
    first = rotate(engine, running)
    retire(engine, running)

    assert first.kek_id == keys.kek_id, "an interrupted rotation goes on, none is new"
    assert documents.open(put.id) == PAPER
    later = documents.put(b"later", replace(about(2), owner="p2"))
    assert documents.open(later.id) == b"later"


def test_what_was_shredded_is_erased_and_the_rest_stays_readable(
    engine: Engine, objects: InMemoryObjects, documents: SqlDocuments
) -> None:
    reuse = documents.put(PAPER, replace(about(1), retention="reuse"))
    record = documents.put(PAPER, replace(about(2), retention="dossier"))
    other = documents.put(PAPER, replace(about(3), retention="reuse", owner="p2"))

    gone = shred(engine, IDS, ERASE)

    assert gone == (reuse.id,)
    with pytest.raises(ErasedError):
        documents.open(reuse.id)
    told = documents.find(reuse.id)
    assert (told.state, told.readable, told.sha256) == ("erased", False, reuse.sha256)
    assert documents.open(record.id) == documents.open(other.id) == PAPER
    assert collect(engine, objects, grace_s=0) == 1
    assert len(list(objects.list())) == 2


def test_an_erasure_is_an_event_with_its_reason_and_happens_once(
    engine: Engine, documents: SqlDocuments
) -> None:
    documents.put(PAPER, replace(about(1), retention="reuse"))
    shred(engine, IDS, ERASE)

    last = decode(list(SqlJournal(engine).read())[-1].body)

    assert isinstance(last.fact, DocumentStateChanged)
    assert (last.fact.state, last.fact.reason) == ("erased", ERASE.reason)
    assert last.actor == OFFICER
    with pytest.raises(NotFoundError, match="no papers"):
        shred(engine, IDS, replace(ERASE, command="again"))


def test_the_same_paper_may_come_again_after_its_erasure(
    engine: Engine, objects: InMemoryObjects, documents: SqlDocuments
) -> None:
    running = documents  # it read the owner's key before
    running.put(PAPER, replace(about(1), retention="reuse"))
    shred(engine, IDS, ERASE)

    again = running.put(PAPER, replace(about(2), retention="reuse"))
    second = running.put(PAPER, replace(about(3), retention="reuse"))

    assert running.open(again.id) == running.open(second.id) == PAPER
    assert collect(engine, objects, grace_s=0) == 1
    assert running.open(again.id) == PAPER


def test_no_paper_is_erased_while_an_open_dossier_holds_it(
    engine: Engine, keys: FileKeys, documents: SqlDocuments
) -> None:
    put = documents.put(PAPER, replace(about(1), retention="reuse"))
    dossier = SqlDossiers(engine, IDS, PrivateFields(keys)).append(submitted())
    bound = {"document_id": put.id, "dossier_id": dossier.id, "component": "x"}
    with engine.begin() as connection:
        connection.execute(BINDING.insert(), bound | {"reused": 1})

    with pytest.raises(RefusedError, match=str(dossier.code)):
        shred(engine, IDS, ERASE)

    assert documents.open(put.id) == PAPER


def test_a_key_that_vanished_without_an_erasure_is_no_erasure(
    engine: Engine, documents: SqlDocuments
) -> None:
    put = documents.put(PAPER, about(1))
    with engine.begin() as connection:
        connection.execute(OWNER_KEY.delete())

    with pytest.raises(TamperedError, match="backup"):
        documents.open(put.id)


def test_no_byte_of_a_destroyed_key_stays_in_sqlites_files(
    request: pytest.FixtureRequest, keys: FileKeys, tmp_path: Path
) -> None:
    engine = sql_engine(request, "sqlite")
    documents = SqlDocuments(engine, InMemoryObjects(), keys, IDS)
    documents.put(PAPER, replace(about(1), retention="reuse"))
    with engine.connect() as connection:
        wrapped = connection.execute(select(OWNER_KEY.c.wrapped)).scalar_one()
    files = [tmp_path / name for name in ("nambuoc.db", "nambuoc.db-wal")]
    assert any(wrapped in file.read_bytes() for file in files)

    shred(engine, IDS, ERASE)

    assert not any(wrapped in file.read_bytes() for file in files)


def test_a_missing_key_file_stops_every_new_paper(
    keys: FileKeys, documents: SqlDocuments
) -> None:
    documents.put(PAPER, about(1))
    keys.path.rename(keys.path.with_name("moved"))

    with pytest.raises(FaultError, match="missing"):
        documents.put(PAPER, replace(about(2), owner="p2"))
    with pytest.raises(FaultError, match="missing"):
        FileKeys(keys.path, must_exist=True)


class Unlocking(InMemoryObjects):
    """Objects in a store that goes away before it locks."""

    away = True

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """Lock, or be away."""
        if self.away:
            text = "the store is away"
            raise UnavailableError(text, text)
        return super().lock(key, version_id, until)


def test_an_outcome_that_could_not_be_locked_is_locked_later(
    engine: Engine, keys: FileKeys
) -> None:
    objects = Unlocking()
    documents = SqlDocuments(engine, objects, keys, IDS)
    put = documents.put(PAPER, replace(about(1), retention="outcome"))
    documents.put(b"draft", replace(about(2), retention="outcome", state="draft"))
    documents.put(b"reuse", replace(about(3), retention="reuse"))
    blobs = Blobs(engine, objects, keys)
    objects.away = False

    assert lock_due(engine, blobs) == 1
    assert lock_due(engine, blobs) == 0
    (locked,) = objects.list("l/")
    with pytest.raises(LockedError):
        objects.delete(locked.key)
    assert documents.open(put.id) == PAPER


def test_terms_count_from_the_end_of_the_local_year() -> None:
    last_second = datetime(2025, 12, 31, 16, 59, 59, tzinfo=UTC)

    assert term("outcome", last_second) == datetime(2036, 1, 1, tzinfo=LOCAL)
    later = last_second + timedelta(seconds=1)
    assert term("outcome", later) == datetime(2037, 1, 1, tzinfo=LOCAL)


def test_manifests_chain_and_show_a_row_that_was_taken_away(
    engine: Engine, documents: SqlDocuments
) -> None:
    made = []
    for number in (1, 2):
        outcome = replace(about(number), retention="outcome")
        documents.put(PAPER + bytes([number]), outcome)
        made.append(write_manifest(engine, documents, START))
    first, second = made
    assert first is not None
    assert second is not None
    assert first.sha256 in documents.open(second.id).decode()
    assert list(check_manifests(engine, documents)) == []

    with engine.begin() as connection:
        connection.execute(DOCUMENT.delete().where(DOCUMENT.c.type_code == "G17-KQ1"))

    found = [manifest for _, manifest in check_manifests(engine, documents)]
    assert [one.split(":")[0] for one in found] == [
        f"manifest {first.id}",
        f"manifest {second.id}",
    ]
