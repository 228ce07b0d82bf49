"""Demo scans: small, sound, the same on every machine."""

import hashlib
import re
import shutil
import subprocess

import pytest

from portal.demo.scans import HEIGHT, WIDTH, scan

TITLE = "Đơn đề nghị cấp giấy phép (bản chính) \\ số 1"


def unpacked(coded: bytes) -> bytes:
    """Undo run-length coding as ISO 32000-2, 7.4.5 says it."""
    pixels, place = bytearray(), 0
    while coded[place] != 128:
        length = coded[place]
        if length < 128:
            pixels += coded[place + 1 : place + 2 + length]
            place += 2 + length
        else:
            pixels += coded[place + 1 : place + 2] * (257 - length)
            place += 2
    assert place == len(coded) - 1
    return bytes(pixels)


def test_same_seed_and_title_give_these_bytes_everywhere() -> None:
    assert (
        hashlib.sha256(scan(b"seed", TITLE)).hexdigest()
        == "13ca9257804a2bb3f1635699f6f412b9f10aa2ca2f2693f30b78cf17f86b2fe8"
    )


def test_each_seed_and_title_give_another_page() -> None:
    pages = {scan(seed, title) for seed in (b"a", b"b") for title in ("A", "B")}

    assert len(pages) == 4


def test_table_of_offsets_points_at_every_object_and_nothing_follows_the_end() -> None:
    pdf = scan(b"seed", TITLE)
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    offsets = re.findall(rb"(\d{10}) 00000 n \n", pdf[start:])

    assert pdf[start:].startswith(b"xref\n0 7\n")
    assert pdf.endswith(b"%%EOF\n")
    assert [pdf[int(at) :].split(b" obj")[0] for at in offsets] == [
        b"%d 0" % number for number in range(1, 7)
    ]


@pytest.mark.parametrize("number", range(20))
def test_picture_has_exactly_the_pixels_it_says(number: int) -> None:
    pdf = scan(b"%d" % number, TITLE)
    length, rest = re.findall(
        rb"RunLengthDecode/Length (\d+)>>stream\n(.*)", pdf, re.DOTALL
    )[0]

    assert len(unpacked(rest[: int(length)])) == WIDTH * HEIGHT
    assert rest[int(length) :].startswith(b"\nendstream")
    assert 5_000 < len(pdf) < 15_000


def test_title_cannot_break_out_of_its_string() -> None:
    pdf = scan(b"seed", "A) Tj /JavaScript (x")

    assert b"/JavaScript" not in pdf
    assert b"A) TJ /JAVASCRIPT (X".hex().encode() in pdf


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="no poppler")
def test_poppler_draws_it_without_a_word() -> None:
    drawn = subprocess.run(
        ["pdftoppm", "-r", "20", "-gray", "-"],
        input=scan(b"seed", TITLE),
        capture_output=True,
        check=True,
    )

    assert drawn.stdout.startswith(b"P5\n166 234\n")
    assert drawn.stderr == b""
