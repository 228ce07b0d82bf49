"""A second format behind a first one: archives, programs, pages, PDFs."""

import re
import struct

_ZIP_END = b"PK\x05\x06"
_RECORD = 22
_FURTHEST = 65_535 + _RECORD
_INSIDE = re.compile(
    rb"PK\x03\x04|PK\x05\x06|%PDF-|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|MSCF\0\0\0\0"
    rb"|\x7fELF|<(?i:html|script|!doctype)|<\?php"
)
_AT_START = (b"MZ", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"#!")
_PDF_WITHIN = 1024


def reads_as_zip(content: bytes) -> bool:
    """Whether a ZIP directory lies where unpackers look: in the last 64 KiB."""
    end = len(content)
    floor = max(0, end - _FURTHEST)
    while (end := content.rfind(_ZIP_END, floor, end)) >= 0:
        record = content[end : end + _RECORD]
        if len(record) == _RECORD:
            length = struct.unpack_from("<I", record, 12)[0]
            start = end - length
            if length and start >= 0 and content.startswith(b"PK\x01\x02", start):
                return True
    return False


def reads_as_pdf(content: bytes) -> bool:
    """Whether PDF readers would take it, which search the first 1,024 bytes."""
    return b"%PDF-" in content[:_PDF_WITHIN]


def hides_another_format(trailer: bytes) -> bool:
    """Whether an archive, program, page or PDF lies in what follows an image."""
    return _INSIDE.search(trailer) is not None or trailer.lstrip(
        b"\0\t\n\r "
    ).startswith(_AT_START)
