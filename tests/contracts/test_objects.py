"""One suite for every object store: in memory and in a local directory."""

import hashlib
import io
from pathlib import Path

import pytest

from dossiers.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    TamperedError,
)
from storage.encryption.container import new_data_key, opening, sealed_size, sealing
from storage.objects.local import LocalStore
from storage.objects.memory import InMemoryObjects
from storage.objects.store import ObjectStore


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return LocalStore(tmp_path) if request.param == "local" else InMemoryObjects()


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
    assert read(store, "o/x", 99) == b""


def test_never_overwrites(store: ObjectStore) -> None:
    put(store, "o/x", b"first")

    with pytest.raises(ConflictError):
        put(store, "o/x", b"later")
    assert read(store, "o/x") == b"first"


@pytest.mark.parametrize("announced", [3, 5])
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
