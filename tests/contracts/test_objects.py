"""One suite for every object store: memory, directory, S3 servers, and two as one."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest

from dossiers.errors import (
    ConflictError,
    LockedError,
    MalformedError,
    NotFoundError,
    TamperedError,
)
from infra.clock import SystemClock
from storage.encryption.container import new_data_key, opening, sealed_size, sealing
from storage.objects.local import LocalStore
from storage.objects.memory import InMemoryObjects
from storage.objects.moving import MovingObjects
from storage.objects.s3 import S3Objects
from storage.objects.split import SplitObjects
from storage.objects.store import ObjectStore
from tests.support.s3_servers import S3Server

NOW = SystemClock().now
LOCKING = ("memory", "minio")
VERSIONED = (*LOCKING, "moto")
KINDS = (*VERSIONED, "local", "rclone", "split", "moving")


def s3(server: S3Server) -> S3Objects:
    objects = S3Objects(server.place(), NOW, locking=server.kind == "minio")
    objects.provision()
    return objects


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    match request.param:
        case "memory":
            return InMemoryObjects(NOW)
        case "local":
            return LocalStore(tmp_path)
        case "split":
            return SplitObjects(InMemoryObjects(NOW), LocalStore(tmp_path))
        case "moving":
            local = LocalStore(tmp_path)
            return MovingObjects(InMemoryObjects(NOW), local, near=local)
        case kind:
            return s3(request.getfixturevalue(f"{kind}_server"))


def put(store: ObjectStore, key: str, content: bytes = b"giay") -> None:
    store.put(key, io.BytesIO(content), len(content))


def read(store: ObjectStore, key: str, start: int = 0) -> bytes:
    with store.open(key, start) as stream:
        return stream.read()


@pytest.mark.parametrize("content", [b"", b"x", bytes(3 << 20)])
def test_gives_back_what_was_put(store: ObjectStore, content: bytes) -> None:
    stored = store.put("o/aa/x", io.BytesIO(content), len(content))

    assert read(store, "o/aa/x") == content
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    described = store.stat("o/aa/x")
    assert described is not None
    assert (described.size, described.stored_at.utcoffset()) == (
        len(content),
        described.stored_at - described.stored_at,
    )


def test_reads_from_the_middle_and_from_past_the_end(store: ObjectStore) -> None:
    put(store, "o/x", b"0123456789")

    assert read(store, "o/x", 7) == b"789"
    assert read(store, "o/x", 10) == b""
    assert read(store, "o/x", 99) == b""


def test_never_overwrites(store: ObjectStore) -> None:
    put(store, "o/x", b"first")

    with pytest.raises(ConflictError):
        put(store, "o/x", b"later")
    assert read(store, "o/x") == b"first"


@pytest.mark.parametrize("announced", [3, 5, 0, -1])
def test_refuses_a_body_of_another_size(store: ObjectStore, announced: int) -> None:
    with pytest.raises(MalformedError):
        store.put("o/x", io.BytesIO(b"four"), announced)
    assert store.stat("o/x") is None


def test_keeps_nothing_when_the_source_fails(store: ObjectStore) -> None:
    key, sealed = new_data_key(), bytes(sealed_size(4))

    with pytest.raises(TamperedError):
        store.put("o/x", opening(key, "o/x", io.BytesIO(sealed)), 4)
    assert list(store.list()) == []


def test_does_not_know_what_was_never_put(store: ObjectStore) -> None:
    put(store, "o/x")

    for key in ("o/y", "o", "o/x/z", "p/q"):
        assert store.stat(key) is None
        with pytest.raises(NotFoundError):
            store.open(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/x",
        "../x",
        "o/../x",
        "o/./x",
        "o//x",
        "o/x/",
        ".tmp/x",
        "o/.x",
        "đ",
        "o\\x",
        "o/x\n",
        "o/\x00",
    ],
)
def test_refuses_a_key_that_could_leave_the_store(store: ObjectStore, key: str) -> None:
    with pytest.raises(MalformedError):
        put(store, key)
    with pytest.raises(MalformedError):
        store.stat(key)


def test_deletes_as_often_as_asked_and_frees_the_name(store: ObjectStore) -> None:
    put(store, "o/aa/x")
    put(store, "o/aa/y")

    store.delete("o/aa/x")
    store.delete("o/aa/x")

    assert [found.key for found in store.list()] == ["o/aa/y"]
    put(store, "o/aa/x")


def test_lists_in_byte_order_by_prefix_and_after(store: ObjectStore) -> None:
    keys = ["a/b/1", "a/b-c/1", "a/b0", "a/B", "b", "a/b/10", "a/b/2"]
    for key in keys:
        put(store, key)

    assert [found.key for found in store.list()] == sorted(keys)
    assert [found.key for found in store.list("a/b/")] == ["a/b/1", "a/b/10", "a/b/2"]
    assert [found.key for found in store.list("a/b/1")] == ["a/b/1", "a/b/10"]
    for after in [*keys, "a", "a/b/", "a/b/15", "zz"]:
        listed = [found.key for found in store.list("a", after)]
        assert listed == [k for k in sorted(keys) if k[0] == "a" and k > after]


def test_carries_a_sealed_stream(store: ObjectStore) -> None:
    key, content = new_data_key(), bytes(range(256)) * 9000
    size = sealed_size(len(content))

    store.put("o/x", sealing(key, "o/x", io.BytesIO(content)), size)

    with store.open("o/x") as container, opening(key, "o/x", container) as plain:
        assert plain.read() == content


def test_is_seen_to_refuse_a_second_put(store: ObjectStore) -> None:
    assert store.probe().create_only
    assert store.health().ok
    assert list(store.list()) == []


def test_sends_a_large_object_in_parts_and_compares_them(store: ObjectStore) -> None:
    content = bytes(range(256)) * (1 << 16) + b"and a last part"

    stored = store.put("o/x", io.BytesIO(content), len(content))

    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert read(store, "o/x", len(content) - 4) == b"part"


def test_names_the_store_and_the_version_of_what_it_keeps(store: ObjectStore) -> None:
    stored = store.put("o/x", io.BytesIO(b"giay"), 4)

    described = store.stat("o/x", stored.version_id)
    assert described is not None
    told = (described.key, described.version_id, described.store_id)
    assert told == (stored.key, stored.version_id, stored.store_id)
    with store.open("o/x", version_id=stored.version_id) as stream:
        assert stream.read() == b"giay"
    store.delete("o/x", stored.version_id)
    assert store.stat("o/x") is None


@pytest.mark.parametrize("store", [k for k in KINDS if k != "rclone"], indirect=True)
def test_knows_only_the_versions_it_made(store: ObjectStore) -> None:
    put(store, "o/x")
    other = "6f9f0d3c-5d0a-4b0e-9f0e-0a4d1a2b3c4d"

    assert store.stat("o/x", other) is None
    with pytest.raises(NotFoundError):
        store.open("o/x", version_id=other)
    store.delete("o/x", other)
    assert read(store, "o/x") == b"giay"


@pytest.mark.parametrize("store", VERSIONED, indirect=True)
def test_a_version_is_named_where_there_are_versions(store: ObjectStore) -> None:
    first = store.put("o/x", io.BytesIO(b"1"), 1)
    store.delete("o/x")
    second = store.put("o/x", io.BytesIO(b"2"), 1)

    assert None not in {first.version_id, second.version_id}
    assert first.version_id != second.version_id
    assert store.stat("o/x", first.version_id) is None
    assert store.probe().versioning


@pytest.mark.parametrize("store", LOCKING, indirect=True)
def test_a_locked_object_stays_and_its_term_only_grows(store: ObjectStore) -> None:
    version = store.put("l/x", io.BytesIO(b"ket qua"), 7).version_id
    term = NOW() + timedelta(minutes=1)

    assert store.lock("l/x", version, term)
    for version_id in (version, None):
        with pytest.raises(LockedError):
            store.delete("l/x", version_id)
    with pytest.raises(LockedError):
        store.lock("l/x", version, term - timedelta(seconds=30))
    assert store.lock("l/x", version, term + timedelta(seconds=30))
    assert read(store, "l/x") == b"ket qua"
    assert store.probe().worm == "enforced"


def test_a_term_needs_an_object_a_zone_and_a_future(store: ObjectStore) -> None:
    version = store.put("o/x", io.BytesIO(b"1"), 1).version_id
    until = NOW() + timedelta(minutes=1)

    with pytest.raises(NotFoundError):
        store.lock("o/y", None, until)
    with pytest.raises(MalformedError):
        store.lock("o/x", version, until.replace(tzinfo=None))


@pytest.mark.parametrize("store", ["local", "rclone", "moto"], indirect=True)
def test_a_store_that_cannot_lock_says_so(store: ObjectStore) -> None:
    version = store.put("l/x", io.BytesIO(b"1"), 1).version_id

    assert not store.lock("l/x", version, NOW() + timedelta(minutes=1))
    assert store.probe().worm == "advisory"
    store.delete("l/x")
