"""Structure of JPEG (ITU-T T.81) and PNG (ISO/IEC 15948); pixels are not decoded."""

import re
import struct
import zlib

from storage.intake.archives import hides_another_format
from storage.intake.verdict import Kind

WIDEST = 30_000
_MOST_PIXELS = 300_000_000
_MOST_PARTS = 100_000
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ALONE = (0x01, *range(0xD0, 0xD8))
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END, _SCAN = 0xD9, 0xDA
_PNG_HEAD = 13


def outsized(width: int, height: int) -> bool:
    """Whether decoding so many pixels would exhaust a reader."""
    return max(width, height) > WIDEST or width * height > _MOST_PIXELS


def check_jpeg(content: bytes) -> set[Kind]:
    """Walk the segments to the end of image; phone makers' trailers are harmless."""
    place, seen = 2, set[int]()
    for _ in range(_MOST_PARTS):
        marker = _marker_at(content, place)
        if marker is None:
            cut = place >= len(content) - 1
            return {Kind.TRUNCATED if cut else Kind.DAMAGED}
        code, body = marker
        if code == _END:
            return _after_jpeg(content[body:], seen)
        seen.add(code)
        if code in _ALONE:
            place = body
            continue
        size = int.from_bytes(content[body : body + 2])
        if code in _FRAMES and _frame_is_outsized(content, body):
            return {Kind.BOMB}
        place = body + max(size, 2)
        if code == _SCAN:
            following = _MARKER.search(content, place)
            place = following.start() if following else len(content)
    return {Kind.TOO_COMPLEX}


def _marker_at(content: bytes, place: int) -> tuple[int, int] | None:
    """Read a marker and where its body begins, past fill bytes; None: no marker."""
    if content[place : place + 1] != b"\xff":
        return None
    body = place + 1
    while content[body : body + 1] == b"\xff":
        body += 1
    known = content[body : body + 1] >= b"\xc0" or content[body : body + 1] == b"\1"
    return (content[body], body + 1) if known else None


def _frame_is_outsized(content: bytes, body: int) -> bool:
    height, width = struct.unpack(">HH", content[body + 3 : body + 7].ljust(4, b"\0"))
    return outsized(width, height)


def _after_jpeg(trailer: bytes, seen: set[int]) -> set[Kind]:
    """Judge an ended JPEG: it needs a frame and a scan, and nothing foreign after."""
    found = set[Kind]()
    if not seen & _FRAMES or _SCAN not in seen:
        found.add(Kind.DAMAGED)
    if hides_another_format(trailer):
        found.add(Kind.SECOND_FORMAT)
    return found


def check_png(content: bytes) -> set[Kind]:
    """Walk the chunks with their checksums; nothing may follow IEND."""
    place, seen = 8, set[bytes]()
    for _ in range(_MOST_PARTS):
        size = int.from_bytes(content[place : place + 4])
        following = place + 12 + size
        if following > len(content):
            return {Kind.TRUNCATED}
        name = content[place + 4 : place + 8]
        checked = zlib.crc32(memoryview(content)[place + 4 : following - 4])
        is_head = name == b"IHDR" and size == _PNG_HEAD
        if checked.to_bytes(4) != content[following - 4 : following] or (
            is_head != (not seen)
        ):
            return {Kind.DAMAGED}
        if is_head and outsized(*struct.unpack_from(">II", content, place + 8)):
            return {Kind.BOMB}
        seen.add(name)
        if name == b"IEND":
            return _after_png(content[following:], seen)
        place = following
    return {Kind.TOO_COMPLEX}


def _after_png(trailer: bytes, seen: set[bytes]) -> set[Kind]:
    if b"IDAT" not in seen:
        return {Kind.DAMAGED}
    if not trailer.strip(b"\0\r\n"):
        return set()
    hidden = hides_another_format(trailer)
    return {Kind.SECOND_FORMAT if hidden else Kind.BYTES_AFTER}
