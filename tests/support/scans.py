"""Files for the intake tests, lawful and hostile, made from their parts."""

import struct
import zlib
from collections.abc import Iterable

CATALOG = b"<</Type/Catalog/Pages 2 0 R%s>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def pdf(*more: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """Make a one-page PDF; `more` are the objects from number 4 on."""
    head = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    return revision(head, [CATALOG % catalog, PAGES, PAGE, *more], trailer=trailer)


def revision(
    before: bytes, bodies: Iterable[bytes], *, first: int = 1, trailer: bytes = b""
) -> bytes:
    """Append numbered objects with their cross-references."""
    out, places = bytearray(before), list[int]()
    for number, body in enumerate(bodies, first):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n%d %d\n%b" % (first, len(places), rows)
    out += b"trailer\n<</Size 99/Root 1 0 R%b>>\n" % trailer
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """Make a stream object of these bytes."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(body), entries, body)


def packed(*bodies: bytes, entries: bytes = b"/Type/ObjStm") -> bytes:
    """Make a compressed object stream; its objects are numbered from 50."""
    pairs, content = b"", b""
    for number, body in enumerate(bodies, 50):
        pairs += b"%d %d " % (number, len(content))
        content += body + b" "
    about = b"%b/N %d/First %d/Filter/FlateDecode" % (entries, len(bodies), len(pairs))
    return stream(zlib.compress(pairs + content), about)


def jpeg(*, width: int = 8, trailer: bytes = b"") -> bytes:
    """Make the segments of a JPEG with two scans; the pixels are not real."""
    frame = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 8, width) + b"\x01\x01\x11\0"
    scan = b"\xff\xda\x00\x08\x01\x01\0\0\x3f\0" + b"\x12\xff\0\xff\xd3\x34"
    head = b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(9)
    return head + frame + scan + b"\xff\xc4\0\x05abc" + scan + b"\xff\xd9" + trailer


def png(*, width: int = 1, trailer: bytes = b"") -> bytes:
    """Make a grey PNG of one row."""
    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    out = b"\x89PNG\r\n\x1a\n"
    pixels = zlib.compress(bytes(2))
    for name, body in ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")):
        out += struct.pack(">I", len(body)) + name + body
        out += struct.pack(">I", zlib.crc32(name + body))
    return out + trailer


def tiff(order: str = "<", *, pages: int = 1, trailer: bytes = b"") -> bytes:
    """Make a chain of one-dot grey pages that share one strip."""
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 12)
    out += b"\x80\0\0\0"
    tags = ((256, 4, 1), (257, 4, 1), (258, 4, 8), (273, 4, 8), (279, 4, 1))
    for page in range(1, pages + 1):
        out += struct.pack(order + "H", len(tags))
        for tag, kind, value in tags:
            out += struct.pack(order + "HHII", tag, kind, 1, value)
        following = len(out) + 4 if page < pages else 0
        out += struct.pack(order + "I", following)
    return out + trailer
