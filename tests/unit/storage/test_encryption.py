"""Containers, wrapped keys, private fields: any change is found."""

import io
import stat
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.errors import FaultError, TamperedError
from storage.encryption.container import (
    new_data_key,
    opening,
    seal,
    sealed_size,
    sealing,
    unseal,
)
from storage.encryption.fields import field_digest, open_field, seal_field
from storage.encryption.keys import FileKeys, Purpose, object_key

MIB = 1 << 20
KEY = bytes(32)


@pytest.mark.parametrize(
    "size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 7], ids=str
)
def test_a_container_gives_back_every_size(size: int) -> None:
    plaintext, key = bytes(size), new_data_key()
    container = seal(key, "o/x", plaintext)

    assert len(container) == sealed_size(size)
    assert container.startswith(b"NBO1")
    assert unseal(key, "o/x", container) == plaintext
    assert seal(key, "o/x", plaintext) != container


def test_streams_and_bytes_make_the_same_container() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 70_001))

    plaintext = bytes(2 * MIB + 5)
    container = sealing(KEY, "o/x", Slow(plaintext)).read()

    assert unseal(KEY, "o/x", container) == plaintext
    assert opening(KEY, "o/x", Slow(container)).read() == plaintext


def altered() -> dict[str, bytes]:
    chunk = MIB + 16
    whole = seal(KEY, "o/x", bytes(2 * MIB + 3))
    head, first, second = (
        whole[:11],
        whole[11 : 11 + chunk],
        whole[11 + chunk :][:chunk],
    )
    last = whole[11 + 2 * chunk :]
    return {
        "magic": b"NBO2" + whole[4:],
        "prefix": whole[:10] + bytes([whole[10] ^ 1]) + whole[11:],
        "flipped bit": whole[:99] + bytes([whole[99] ^ 1]) + whole[100:],
        "cut inside a chunk": whole[:-1],
        "cut between chunks": head + first + second,
        "cut to the header": head,
        "cut header": whole[:8],
        "empty": b"",
        "swapped": head + second + first + last,
        "left out": head + second + last,
        "doubled": head + first + first + second + last,
        "added byte": whole + b"\0",
        "added chunk": whole + last,
    }


@pytest.mark.parametrize("change", altered())
def test_finds_every_change_of_a_container(change: str) -> None:
    with pytest.raises(TamperedError):
        unseal(KEY, "o/x", altered()[change])


def test_an_object_cannot_stand_in_for_another() -> None:
    container = seal(KEY, "o/x", b"giay khai sinh")

    with pytest.raises(TamperedError):
        unseal(KEY, "o/y", container)
    with pytest.raises(TamperedError):
        unseal(new_data_key(), "o/x", container)


def test_gives_no_byte_of_a_bad_chunk() -> None:
    container = bytearray(seal(KEY, "o/x", bytes(2 * MIB)))
    container[-1] ^= 1
    stream = opening(KEY, "o/x", io.BytesIO(container))

    assert stream.read(MIB) == bytes(MIB)
    with pytest.raises(TamperedError, match="chunk 1"):
        stream.read(1)


@given(st.binary(max_size=300), st.binary(max_size=30), st.integers(0, 10_000))
def test_a_private_field_opens_only_unchanged(
    plaintext: bytes, aad: bytes, place: int
) -> None:
    sealed = bytearray(seal_field(KEY, plaintext, aad))
    assert open_field(KEY, bytes(sealed), aad) == plaintext

    sealed[place % len(sealed)] ^= 1
    for changed, about in ((bytes(sealed), aad), (bytes(sealed[:9]), aad)):
        with pytest.raises(TamperedError):
            open_field(KEY, changed, about)


def test_the_digest_of_a_field_is_salted_sha256() -> None:
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert field_digest(b"a", b"bc") == known


def test_the_key_file_is_private_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.json"
    made = FileKeys(path, must_exist=False)
    again = FileKeys(path, must_exist=True)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["master.json"]
    kek_id, wrapped = made.wrap(KEY, b"owner")
    assert again.unwrap(wrapped, b"owner", kek_id) == KEY
    with pytest.raises(TamperedError):
        again.unwrap(wrapped, b"another", kek_id)


def test_sub_keys_differ_by_purpose_and_by_home(tmp_path: Path) -> None:
    homes = [FileKeys(tmp_path / name, must_exist=False) for name in "ab"]
    keys = {home.sub_key(purpose) for home in homes for purpose in Purpose}

    assert len(keys) == 2 * len(Purpose)
    again = FileKeys(tmp_path / "a", must_exist=True)
    assert again.sub_key(Purpose.BLIND_INDEX) == homes[0].sub_key(Purpose.BLIND_INDEX)


def test_never_makes_a_new_key_where_one_must_be(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="missing"):
        FileKeys(tmp_path / "master.json", must_exist=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{}", "\udcff", '{"format":2,"root":""}'])
def test_refuses_a_key_file_that_is_no_key_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.json"
    path.write_text(text, errors="surrogateescape")
    path.chmod(0o600)

    with pytest.raises(FaultError, match="cannot be used"):
        FileKeys(path, must_exist=False)


def test_refuses_a_key_file_that_others_can_read(tmp_path: Path) -> None:
    FileKeys(tmp_path / "k", must_exist=False)
    (tmp_path / "k").chmod(0o640)

    with pytest.raises(FaultError, match="chmod 600"):
        FileKeys(tmp_path / "k", must_exist=True)


def start(path: Path, ready: Barrier, answers: "SimpleQueue[str]") -> None:
    ready.wait()
    keys = FileKeys(path, must_exist=False)
    answers.put(keys.kek_id + keys.sub_key(Purpose.BLIND_INDEX).hex())


def test_two_first_starts_at_once_share_one_key(tmp_path: Path) -> None:
    fork, path = get_context("fork"), tmp_path / "master.json"
    ready, answers = fork.Barrier(4), fork.SimpleQueue()
    starts = [fork.Process(target=start, args=(path, ready, answers)) for _ in range(4)]
    for process in starts:
        process.start()

    assert len({answers.get() for _ in starts}) == 1
    for process in starts:
        process.join()
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.json"]


def test_rotation_wraps_anew_and_still_unwraps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "k"
    keys, other = (FileKeys(path, must_exist=False) for _ in range(2))
    (old, wrapped), name_key = keys.wrap(KEY, b"o"), keys.sub_key(Purpose.OBJECT_NAMES)

    rotated = keys.rotate()

    assert rotated == keys.kek_id == other.wrap(KEY, b"o")[0] != old
    assert other.unwrap(wrapped, b"o", old) == KEY
    assert other.unwrap(keys.wrap(KEY, b"o")[1], b"o", rotated) == KEY
    assert keys.sub_key(Purpose.OBJECT_NAMES) == name_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FaultError, match="older backup"):
        keys.unwrap(wrapped, b"o", "k0")


def test_object_keys_hide_the_file_and_are_never_the_same_twice() -> None:
    first, second = (object_key(KEY, "owner", "ab" * 32) for _ in range(2))
    stem, _, fresh = first.rpartition("/")

    assert second.rpartition("/")[0] == stem
    assert first != second
    assert len(fresh) == 12
    assert "ab" * 32 not in first
    assert object_key(KEY, "other", "ab" * 32).rpartition("/")[0] != stem
    assert object_key(bytes([1]) * 32, "owner", "ab" * 32).rpartition("/")[0] != stem
