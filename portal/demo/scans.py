"""
Small grey pages that stand for a citizen's scanned papers in the demo.

Run-length coded by hand, not by zlib, whose output differs between its versions:
the same seed and title give the same bytes on every machine.
"""

import hashlib
import textwrap
import unicodedata
from collections.abc import Iterator

WIDTH, INKED, BLANK, LINES = 620, 3, 3, 44
HEIGHT = LINES * (INKED + BLANK) + BLANK
PAPER, MARGIN = 0xE6, 60


def scan(seed: bytes, title: str) -> bytes:
    """Make a one-page PDF (A4, grey, about 5 kB) that looks like a scanned paper."""
    chance = hashlib.shake_256(seed + b"\0" + title.encode()).digest(8192)
    pixels = b"".join(_rows(chance)) + b"\x80"
    text = _caption(title)
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</XObject<</Scan 5 0 R>>/Font<</F 6 0 R>>>>>>",
        _stream(b"", b"q 595 0 0 842 0 0 cm /Scan Do Q\n" + text),
        _stream(
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray"
            b"/BitsPerComponent 8/Filter/RunLengthDecode" % (WIDTH, HEIGHT),
            pixels,
        ),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold>>",
    )


def _rows(chance: bytes) -> Iterator[bytes]:
    """Lines of grey words, a little askew, with the paper's shade drifting."""
    dice = iter(chance)
    for line in range(LINES):
        shade = PAPER + next(dice) % 4
        yield _run(shade, WIDTH) * BLANK
        if line < LINES // 6 or line > LINES * 5 // 6:
            yield _run(shade, WIDTH) * INKED
        else:
            yield _inked(dice, shade, line // 8) * INKED
    yield _run(PAPER, WIDTH) * BLANK


def _inked(dice: Iterator[int], shade: int, skew: int) -> bytes:
    row, left = _run(shade, MARGIN + skew), MARGIN + skew
    right = WIDTH - MARGIN - 30 - next(dice) % 120
    while left < right:
        word, gap = 14 + next(dice) % 40, 6 + next(dice) % 3
        row += _run(0x50 + next(dice) % 48, word) + _run(shade, gap)
        left += word + gap
    return row + _run(shade, WIDTH - left)


def _run(value: int, length: int) -> bytes:
    """Code one grey run (ISO 32000-2, 7.4.5): no run is longer than 128."""
    whole, rest = divmod(length, 128)
    if rest == 1:  # a run of one has no code of its own
        return (
            b"\x81" + bytes([value]) + _run(value, length - 128)
            if whole
            else (bytes([0, value]))
        )
    tail = bytes([257 - rest, value]) if rest else b""
    return bytes([129, value]) * whole + tail


def _caption(title: str) -> bytes:
    """Set the title above the grey words in plain letters; viewers have the font."""
    plain = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    lines = textwrap.wrap(plain.encode("ascii", "ignore").decode().upper(), 46)[:4]
    shown = b"".join(b"<%s> Tj T*\n" % line.encode().hex().encode() for line in lines)
    return b"BT 0.25 g /F 14 Tf 18 TL 70 780 Td\n" + shown + b"ET\n"


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def _pdf(*objects: bytes) -> bytes:
    """Write numbered objects, the table of their offsets and the trailer."""
    file = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size, start = len(objects) + 1, len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % size
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    name = hashlib.sha256(file).hexdigest()[:32].encode()
    file += b"trailer\n<</Size %d/Root 1 0 R/ID[<%s><%s>]>>\n" % (size, name, name)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)
