"""Uploads in parts: they go on after a cut, and only the whole is handed on."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event

import pytest

from dossiers.errors import (
    ConflictError,
    DossierError,
    FaultError,
    MalformedError,
    NotFoundError,
    RefusedError,
)
from storage.intake.verdict import LARGEST
from storage.uploads import OffsetError, Upload, Uploads

CONTENT = b"%PDF-1.7 0123456789"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
DECLARED = Upload("quay-1:to-khai", "owner", len(CONTENT))


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "spool")


def cut(pieces: int) -> Iterator[bytes]:
    """Give single bytes until the line breaks."""
    yield from (bytes([byte]) for byte in CONTENT[:pieces])
    text = "the line broke"
    raise ConnectionResetError(text)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.suffix for path in (tmp_path / "spool").glob("*.*"))


def test_parts_become_the_whole(uploads: Uploads) -> None:
    begun = uploads.create(DECLARED)
    first = uploads.append(DECLARED.id, 0, [CONTENT[:4], CONTENT[4:9]])
    last = uploads.append(DECLARED.id, 9, [CONTENT[9:]])

    assert (begun.came, first.came, last.came) == (0, 9, len(CONTENT))
    with uploads.finish(DECLARED.id, SHA256.upper()) as file:
        assert file.read() == CONTENT
    with uploads.finish(DECLARED.id, SHA256) as again:
        assert again.read() == CONTENT


def test_goes_on_where_the_line_broke(uploads: Uploads) -> None:
    uploads.create(DECLARED)
    with pytest.raises(ConnectionResetError):
        uploads.append(DECLARED.id, 0, cut(7))

    assert uploads.find(DECLARED.id).came == 7
    assert uploads.append(DECLARED.id, 7, [CONTENT[7:]]).came == len(CONTENT)
    with uploads.finish(DECLARED.id, SHA256) as file:
        assert file.read() == CONTENT


@pytest.mark.parametrize("offset", [-1, 0, 4, 6, 99])
def test_tells_the_right_offset(uploads: Uploads, offset: int) -> None:
    uploads.create(DECLARED)
    uploads.append(DECLARED.id, 0, [CONTENT[:5]])

    with pytest.raises(OffsetError, match=r"go on from byte 5\b") as told:
        uploads.append(DECLARED.id, offset, [b"x"])
    assert (told.value.came, told.value.exit_code) == (5, 6)
    assert uploads.find(DECLARED.id).came == 5


def test_a_repeated_beginning_goes_on(uploads: Uploads, tmp_path: Path) -> None:
    uploads.create(DECLARED)
    uploads.append(DECLARED.id, 0, [CONTENT[:5]])
    elsewhere = Uploads(tmp_path / "spool")

    assert elsewhere.create(DECLARED).came == 5
    for other in (
        replace(DECLARED, size=5),
        replace(DECLARED, owner="another"),
        replace(DECLARED, sha256=SHA256),
    ):
        with pytest.raises(ConflictError, match="in use"):
            uploads.create(other)
    assert files(tmp_path) == [".json", ".part"]


@pytest.mark.parametrize("size", [0, -1, LARGEST + 1, 10 << 30])
def test_refuses_nothing_and_too_much_before_a_byte_comes(
    uploads: Uploads, tmp_path: Path, size: int
) -> None:
    with pytest.raises(RefusedError) as told:
        uploads.create(replace(DECLARED, size=size))

    assert (told.value.exit_code, told.value.rule) == (4, "intake")
    assert files(tmp_path) == []


def test_never_keeps_more_than_was_declared(uploads: Uploads) -> None:
    uploads.create(DECLARED)
    uploads.append(DECLARED.id, 0, [CONTENT[:5]])

    with pytest.raises(MalformedError, match="more than the 19 bytes"):
        uploads.append(DECLARED.id, 5, iter([CONTENT[5:]] + [b"x"] * 1_000_000))
    assert uploads.find(DECLARED.id).came == 5


def test_hands_on_nothing_in_part(uploads: Uploads) -> None:
    uploads.create(DECLARED)
    uploads.append(DECLARED.id, 0, [CONTENT[:5]])

    with pytest.raises(OffsetError, match="5 of 19 are here"):
        uploads.finish(DECLARED.id, SHA256)
    assert uploads.find(DECLARED.id).came == 5


@pytest.mark.parametrize(
    ("declared", "told"), [("", "ab" * 32), (SHA256, "ab" * 32), ("ab" * 32, SHA256)]
)
def test_another_digest_is_refused_and_the_upload_begins_again(
    uploads: Uploads, tmp_path: Path, declared: str, told: str
) -> None:
    uploads.create(replace(DECLARED, sha256=declared))
    uploads.append(DECLARED.id, 0, [CONTENT])

    with pytest.raises(RefusedError, match=f"digest is {SHA256}"):
        uploads.finish(DECLARED.id, told)
    assert files(tmp_path) == []
    assert uploads.create(DECLARED).came == 0


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a\0b", "Giấy " * 99, "\ud800"]
)
def test_an_id_may_be_any_text_and_is_never_a_path(
    uploads: Uploads, tmp_path: Path, name: str
) -> None:
    assert uploads.create(replace(DECLARED, id=name)).id == name
    assert uploads.append(name, 0, [CONTENT]).came == len(CONTENT)
    assert [path.name for path in tmp_path.iterdir()] == ["spool"]


def test_what_is_gone_is_unknown(uploads: Uploads, tmp_path: Path) -> None:
    uploads.create(DECLARED)
    uploads.remove(DECLARED.id)
    uploads.remove(DECLARED.id)

    with pytest.raises(NotFoundError):
        uploads.find(DECLARED.id)
    with pytest.raises(NotFoundError):
        uploads.append(DECLARED.id, 0, [b"x"])
    with pytest.raises(NotFoundError):
        uploads.finish(DECLARED.id, SHA256)
    assert files(tmp_path) == []


def test_of_eight_threads_with_the_same_part_one_wins(uploads: Uploads) -> None:
    uploads.create(DECLARED)
    together = Barrier(8)

    def send(_: int) -> str:
        together.wait()
        uploads.create(DECLARED)
        try:
            uploads.append(DECLARED.id, 0, [CONTENT[:9], CONTENT[9:]])
        except ConflictError:
            return "late"
        return "won"

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(send, range(8)))
    assert told == ["late"] * 7 + ["won"]
    with uploads.finish(DECLARED.id, SHA256) as file:
        assert file.read() == CONTENT


def test_a_second_writer_is_told_to_wait(uploads: Uploads, tmp_path: Path) -> None:
    uploads.create(DECLARED)
    begun, may_end = Event(), Event()

    def slowly() -> Iterator[bytes]:
        yield CONTENT[:5]
        begun.set()
        may_end.wait(10)
        yield CONTENT[5:]

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(uploads.append, DECLARED.id, 0, slowly())
        begun.wait(10)
        for act in (uploads.remove, lambda one: uploads.append(one, 5, [b"x"])):
            with pytest.raises(ConflictError, match="being written"):
                act(DECLARED.id)
        assert Uploads(tmp_path / "spool").sweep(-9) == 0
        may_end.set()
        assert writing.result(10).came == len(CONTENT)


def test_sweeps_what_nobody_went_on_with(uploads: Uploads, tmp_path: Path) -> None:
    old, young = DECLARED, replace(DECLARED, id="young")
    for one in (old, young):
        uploads.create(one)
    past = time.time() - 90_000
    for path in (tmp_path / "spool").glob("*.part"):
        os.utime(path, (past, past))
    uploads.append(young.id, 0, [CONTENT[:5]])
    (tmp_path / "spool/killed.new").touch()
    os.utime(tmp_path / "spool/killed.new", (past, past))

    assert uploads.sweep(86_400) == 1
    assert uploads.find(young.id).came == 5
    with pytest.raises(NotFoundError):
        uploads.find(old.id)
    assert files(tmp_path) == [".json", ".part"]


def test_only_its_owner_may_read_the_spool(uploads: Uploads, tmp_path: Path) -> None:
    uploads.create(DECLARED)

    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
    modes = {p.stat().st_mode & 0o777 for p in (tmp_path / "spool").glob("*.*")}
    assert modes == {0o600}


def test_a_spool_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "spool").touch()
    with pytest.raises(FaultError):
        Uploads(tmp_path / "spool")
    with pytest.raises(DossierError):
        Uploads(tmp_path / "spool" / "below")
