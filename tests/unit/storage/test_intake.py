"""The intake check: type, name, size, structure of images, sentences."""

import io
import unicodedata
import zipfile

import pytest

from storage.intake.checking import Claim, findings, sniff
from storage.intake.names import clean_name, extension_of
from storage.intake.verdict import LARGEST, Kind, Verdict, reasons_of, verdict_of
from tests.support.scans import jpeg, pdf, png, tiff

HTML = b"<!DOCTYPE html><script>alert(1)</script>"
FILES = {"pdf": pdf(), "jpeg": jpeg(), "png": png(), "tiff": tiff()}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
OLD_OFFICE += "_VBA_PROJECT".encode("utf-16-le")
TRAILING = {
    "zip": b"PK\x03\x04....",
    "pdf": b"\n%PDF-1.4\n",
    "rar": b"Rar!\x1a\x07\x01\0",
    "program": b"MZ\x90\0",
    "page": HTML,
}


def codes(content: bytes, name: str = "", media_type: str = "") -> set[Kind]:
    return findings(content, Claim(name, media_type))


def verdict(content: bytes) -> Verdict:
    return verdict_of(reasons_of(findings(content)))


def archive(comment: bytes = b"", *, part: str = "virus.exe") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(part, "MZ")
        made.comment = comment
    return file.getvalue()


@pytest.mark.parametrize("kind", FILES)
def test_accepts_a_lawful_file(kind: str) -> None:
    media_type = "application/pdf" if kind == "pdf" else f"image/{kind}"

    assert codes(FILES[kind], f"Giấy.{kind.upper()}", media_type) == set()
    assert verdict(FILES[kind]) is Verdict.ACCEPT
    assert verdict(FILES[kind]).exit_code == 0
    assert sniff(FILES[kind]) == media_type


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
        (b"Kinh thua", "a.txt", Kind.TYPE_NOT_ALLOWED),
        (HTML, "a.jpg", Kind.WEB_PAGE),
        (b"\xef\xbb\xbf\n<HTML>", "a.jpg", Kind.WEB_PAGE),
        (archive(), "a.docx", Kind.ARCHIVE),
        (b"\x1f\x8b\x08" + bytes(99), "a.pdf", Kind.ARCHIVE),
        (archive(part="word/vbaProject.bin"), "a.docm", Kind.MACROS),
        (OLD_OFFICE, "a.doc", Kind.MACROS),
        (b"MZ\x90\0", "a.pdf.exe", Kind.PROGRAM),
        (b"GIF89a" + pdf(), "a.pdf", Kind.BYTES_BEFORE),
        (b"\n" + pdf(), "a.pdf", Kind.BYTES_BEFORE),
        (b"II+\0" + bytes(20), "a.tif", Kind.TYPE_NOT_ALLOWED),
        (jpeg() + bytes(LARGEST), "a.jpg", Kind.TOO_LARGE),
    ],
)
def test_rejects_what_is_not_a_file_of_an_allowed_type(
    content: bytes, name: str, expected: Kind
) -> None:
    reasons = reasons_of(findings(content, Claim(name)))

    assert (verdict_of(reasons), verdict_of(reasons).exit_code) == (Verdict.REJECT, 4)
    assert expected in {reason.code for reason in reasons}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("trailing", TRAILING)
def test_rejects_another_format_behind_the_first(kind: str, trailing: str) -> None:
    found = codes(FILES[kind] + TRAILING[trailing])
    assert found & {Kind.SECOND_FORMAT, Kind.BYTES_AFTER}
    assert verdict(FILES[kind] + TRAILING[trailing]) is Verdict.REJECT


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


@pytest.mark.parametrize(
    ("name", "shown", "extension"),
    [
        ("Đơn.pdf", "Đơn.pdf", "pdf"),
        (unicodedata.normalize("NFD", "Giấy tờ.PDF"), "Giấy tờ.PDF", "pdf"),
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
    assert len({reason.vi for reason in reasons}) == len(set(Kind))
    gravity = [reason.verdict.exit_code for reason in reasons]
    assert gravity == sorted(gravity, key=[4, 8, 0].index)


def test_a_detail_stands_behind_its_sentence_in_both_languages() -> None:
    (found,) = reasons_of({Kind.INFECTED}, {Kind.INFECTED: "Win.Test"})

    assert found.vi.endswith(". (Win.Test)")
    assert found.en.endswith(". (Win.Test)")
    assert found.verdict is Verdict.QUARANTINE
