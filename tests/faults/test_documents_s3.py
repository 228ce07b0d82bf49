"""A real MinIO that goes away while papers are stored: no row without its object."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dossiers.errors import UnavailableError
from infra.clock import SystemClock
from storage.manifests import check_manifests, write_manifest
from storage.objects.s3 import S3Objects
from storage.objects.split import SplitObjects
from storage.scrubbing import missing, scrub, unowned
from storage.shredding import Erasure, shred
from tests.support.changes import OFFICER, START
from tests.support.chaos_proxy import BUSY, ChaosProxy, Fault, chaos_proxy
from tests.support.databases import IDS
from tests.support.s3_servers import S3Server, s3_server
from tests.support.stored import ABOUT, Site, site

PAPER = b"giay phep " * 5000
NOW = SystemClock().now


@dataclass(frozen=True, slots=True)
class Far:
    """A document store whose objects lie behind a proxy that a test can break."""

    store: Site
    proxy: ChaosProxy


@pytest.fixture
def far(minio_server: S3Server, tmp_path: Path) -> Iterator[Far]:
    with chaos_proxy(minio_server.port) as proxy:
        place = minio_server.place(endpoint=proxy.endpoint)
        locked = replace(place, bucket=f"{place.bucket}-locked")
        plain = S3Objects(place, NOW)
        locking = S3Objects(locked, NOW, locking=True, short_locks=True)
        plain.provision()
        locking.provision()
        with site(tmp_path, SplitObjects(plain, locking)) as store:
            yield Far(store, proxy)


@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.CUT_REQUEST, Fault.HANG, Fault.LOST, BUSY], ids=str
)
def test_a_store_that_fails_for_long_takes_no_paper_and_loses_none(
    far: Far, fault: Fault | bytes
) -> None:
    kept = far.store.put("kept", PAPER)
    far.proxy.break_all(fault)

    with pytest.raises(UnavailableError):
        far.store.put("new", PAPER + b"2")
    with pytest.raises(UnavailableError):
        scrub(far.store.engine, far.store.blobs)

    far.proxy.heal()
    assert list(missing(far.store.engine, far.store.blobs)) == []
    again = far.store.put("new", PAPER + b"2")
    assert far.store.documents.open(again.id) == PAPER + b"2"
    assert far.store.documents.open(kept.id) == PAPER
    assert far.store.demand_whole() == 2


@pytest.mark.parametrize("faults", [(Fault.LOST,), (BUSY,), (Fault.SLOW,)], ids=str)
def test_one_failure_on_the_way_is_not_noticed(
    far: Far, faults: tuple[Fault | bytes, ...]
) -> None:
    far.proxy.break_next(*faults, method="PUT")

    put = far.store.put("once", PAPER)

    assert far.store.documents.open(put.id) == PAPER
    assert far.store.demand_whole() == 1


def test_a_server_killed_under_papers_has_all_of_them_afterwards(
    tmp_path: Path,
) -> None:
    with s3_server("minio") as server:
        objects = S3Objects(server.place(), NOW)
        objects.provision()
        with site(tmp_path, objects) as store:
            kept = [store.put(f"u{n}", PAPER + bytes([n])) for n in range(5)]
            server.kill()
            with pytest.raises(UnavailableError):
                store.put("away", b"away")
            with pytest.raises(UnavailableError):
                list(missing(store.engine, store.blobs))

            server.start()

            assert {store.documents.open(one.id)[-1] for one in kept} == set(range(5))
            assert store.demand_whole() == 5


def test_an_outcome_is_locked_after_its_commit_and_listed(far: Far) -> None:
    store, outcome = far.store, replace(ABOUT, retention="outcome", upload="o1")
    put = store.documents.put(PAPER, replace(outcome, at=NOW()))
    draft = replace(outcome, upload="o2", state="draft")
    store.documents.put(b"draft", draft)
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT key, version_id, store_id, locked_until FROM blob ORDER BY key"
        ).all()

    assert [(row.key[:2], row.locked_until is not None) for row in rows] == [
        ("l/", True),
        ("o/", False),
    ]
    assert {row.store_id for row in rows} == {"s3-locked", "s3"}
    manifest = write_manifest(store.engine, store.documents, NOW())
    assert manifest is not None
    assert put.id in store.documents.open(manifest.id).decode()
    assert write_manifest(store.engine, store.documents, NOW()) is None
    assert list(check_manifests(store.engine, store.documents)) == []


def test_a_paper_comes_again_after_its_erasure_and_the_old_one_is_gone(
    far: Far,
) -> None:
    store = far.store
    store.put("first", PAPER)
    shred(store.engine, IDS, Erasure("p1", "by request", "c1", OFFICER, START))

    again = store.put("second", PAPER)

    assert store.documents.open(again.id) == PAPER
    assert unowned(store.engine, store.objects, grace_s=0) == ()
