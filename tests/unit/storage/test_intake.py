"""The intake check: type, name, size, and what is read from a path."""

import io
import os
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from dossiers.errors import DossierError, FaultError, MalformedError, NotFoundError
from storage.intake.checking import check, check_path
from storage.intake.names import clean_name, extension_of
from storage.intake.verdict import LARGEST, Kind, Verdict, reasons_of
from tests.support.scans import jpeg, pdf, png, tiff

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
FILES = {"pdf": pdf(), "jpeg": jpeg(), "png": png(), "tiff": tiff()}
TRAILING = {
    "zip": b"PK\x03\x04....",
    "pdf": b"\n%PDF-1.4\n",
    "rar": b"Rar!\x1a\x07\x01\0",
    "program": b"MZ\x90\0",
    "page": HTML,
}


def codes(content: bytes, name: str = "", media_type: str = "") -> set[Kind]:
    reasons = check(content, name=name, media_type=media_type).reasons
    return {reason.code for reason in reasons} - {Kind.NO_ANTIVIRUS}


def archive(comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("virus.exe", "MZ")
        made.comment = comment
    return file.getvalue()


@pytest.mark.parametrize("kind", FILES)
def test_accepts_a_lawful_file_and_says_no_antivirus_looked(kind: str) -> None:
    media_type = "application/pdf" if kind == "pdf" else f"image/{kind}"
    found = check(FILES[kind], name=f"Giấy.{kind.upper()}", media_type=media_type)

    assert found.verdict is Verdict.ACCEPT
    assert found.verdict.exit_code == 0
    assert (found.type, found.size) == (media_type, len(FILES[kind]))
    assert found.sha256 == sha256(FILES[kind]).hexdigest()
    assert [reason.code for reason in found.reasons] == [Kind.NO_ANTIVIRUS]


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("", "", set()),
        ("scan", "application/octet-stream", set()),
        ("../../etc/a.jpg", "image/jpg", set()),
        ("a.jpg ", "IMAGE/JPEG; x=y", set()),
        ("a.pdf", "", {Kind.NAME_DISAGREES}),
        ("a.jpg.exe", "image/jpeg", {Kind.NAME_DISAGREES}),
        ("a\u202egpj.exe", "", {Kind.NAME_DISAGREES}),
        ("a.jpg", "application/pdf", {Kind.DECLARED_DISAGREES}),
    ],
)
def test_name_and_declared_type_must_agree(
    name: str, media_type: str, expected: set[Kind]
) -> None:
    assert codes(jpeg(), name, media_type) == expected


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "a.pdf", Kind.EMPTY),
        (HTML, "a.jpg", Kind.TYPE_NOT_ALLOWED),
        (archive(), "a.docx", Kind.TYPE_NOT_ALLOWED),
        (b"GIF89a" + pdf(), "a.pdf", Kind.BYTES_BEFORE),
        (b"\n" + pdf(), "a.pdf", Kind.BYTES_BEFORE),
        (b"II+\0" + bytes(20), "a.tif", Kind.TYPE_NOT_ALLOWED),
        (jpeg() + bytes(LARGEST), "a.jpg", Kind.TOO_LARGE),
    ],
)
def test_rejects_what_is_not_a_file_of_an_allowed_type(
    content: bytes, name: str, expected: Kind
) -> None:
    found = check(content, name=name)

    assert (found.verdict, found.verdict.exit_code) == (Verdict.REJECT, 4)
    assert expected in {reason.code for reason in found.reasons}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("trailing", TRAILING)
def test_rejects_another_format_behind_the_first(kind: str, trailing: str) -> None:
    found = codes(FILES[kind] + TRAILING[trailing])
    assert found & {Kind.SECOND_FORMAT, Kind.BYTES_AFTER}
    assert check(FILES[kind] + TRAILING[trailing]).verdict is Verdict.REJECT


@pytest.mark.parametrize("kind", FILES)
def test_rejects_what_unpacks_as_an_archive(kind: str) -> None:
    ending = b"\nstartxref\n9\n%%EOF\n"
    for content in (FILES[kind] + archive(), FILES[kind] + archive(ending)):
        assert Kind.SECOND_FORMAT in codes(content)


@pytest.mark.parametrize(
    "trailer",
    [bytes(64), b"\0\0\0\x18ftypmp42" + bytes(90), jpeg(), b"SEFH\x6b\0\0\0SEFT"],
    ids=["padding", "film", "second picture", "samsung"],
)
def test_accepts_what_phones_write_behind_a_jpeg(trailer: bytes) -> None:
    assert codes(jpeg(trailer=trailer)) == set()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (jpeg()[:-2], Kind.TRUNCATED),
        (jpeg()[:30], Kind.TRUNCATED),
        (b"\xff\xd8\xff\xd9", Kind.DAMAGED),
        (b"\xff\xd8\xff" + HTML, Kind.DAMAGED),
        (jpeg(width=60_000), Kind.BOMB),
        (jpeg()[:4] + b"\0\x0a%PDF-1.7" + jpeg()[20:], Kind.SECOND_FORMAT),
        (png()[:-5], Kind.TRUNCATED),
        (png()[:40] + b"\1" + png()[41:], Kind.DAMAGED),
        (png(width=60_000), Kind.BOMB),
        (png(trailer=b"left over"), Kind.BYTES_AFTER),
        (tiff()[:-1], Kind.TRUNCATED),
        (tiff()[:8], Kind.TRUNCATED),
        (b"II*\0\0\0\0\0", Kind.DAMAGED),
        (tiff()[:-4] + b"\x0c\0\0\0", Kind.DAMAGED),
        (tiff(pages=501), Kind.TOO_MANY_PAGES),
    ],
)
def test_looks_at_the_structure_of_images(content: bytes, expected: Kind) -> None:
    assert codes(content) == {expected}


def test_reads_tiff_in_both_byte_orders() -> None:
    for order in "<>":
        assert codes(tiff(order, pages=500)) == set()


def test_checks_a_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "giấy.pdf"
    path.write_bytes(pdf())

    assert check_path(path) == check(pdf(), name="a.pdf")
    assert check_path(path, media_type="image/png").verdict is Verdict.REJECT


def test_hashes_a_large_file_without_keeping_it(tmp_path: Path) -> None:
    content = pdf() + bytes(LARGEST)
    (tmp_path / "a.pdf").write_bytes(content)
    found = check_path(tmp_path / "a.pdf")

    assert found.reasons[0].code is Kind.TOO_LARGE
    assert (found.size, found.sha256) == (len(content), sha256(content).hexdigest())


def test_does_not_hash_a_file_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.touch()
    os.truncate(path, 1 << 40)
    found = check_path(path)

    assert (found.size, found.sha256, found.verdict) == (1 << 40, None, Verdict.REJECT)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("missing.pdf", NotFoundError),
        ("file/below.pdf", NotFoundError),
        ("x" * 300, NotFoundError),
        ("", MalformedError),
        ("pipe", MalformedError),
        ("nul\0", MalformedError),
        ("/dev/zero", MalformedError),
        ("loop", FaultError),
        ("/proc/self/mem", FaultError),
    ],
)
def test_says_why_a_path_gives_no_bytes(
    tmp_path: Path, name: str, error: type[DossierError]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(error):
        check_path(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "shown", "extension"),
    [
        ("Đơn.pdf", "Đơn.pdf", "pdf"),
        ("D\u0323on.PDF", "\u1e0con.PDF", "pdf"),
        ("../../etc/passwd", "passwd", ""),
        ("C:\\giay\\a.TIFF", "a.TIFF", "tiff"),
        ("a\0\n\u202e.pdf. ", "a.pdf", "pdf"),
        ("..", "", ""),
        (".pdf", "pdf", ""),
        ("x" * 999 + ".pdf", "x" * 196 + ".pdf", "pdf"),
    ],
)
def test_a_name_is_shown_but_never_a_path(
    name: str, shown: str, extension: str
) -> None:
    assert (clean_name(name), extension_of(name)) == (shown, extension)


def test_every_finding_speaks_both_languages() -> None:
    reasons = reasons_of(Kind)

    assert {reason.code for reason in reasons} == set(Kind)
    assert all(reason.vi and reason.en != reason.vi for reason in reasons)
    gravity = [reason.verdict.exit_code for reason in reasons]
    assert gravity == sorted(gravity, key=[4, 8, 0].index)
