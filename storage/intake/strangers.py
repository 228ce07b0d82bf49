"""What a file is that is none of the allowed types, so that its refusal is clear."""

import re

from storage.intake.archives import reads_as_zip
from storage.intake.verdict import Kind

_LOOKED_AT = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c"),
    *(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF", b"\x28\xb5\x2f\xfd"),
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|script|svg|\?xml|\?php|!--)",
    re.IGNORECASE,
)
# A macro project's part in an OOXML archive, its storage in an OLE file (UTF-16).
_MACROS = re.compile(
    rb"vbaProject\.bin|xl/macrosheets/|_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0",
    re.IGNORECASE,
)


def strangers(content: bytes) -> set[Kind]:
    """Name what is not taken here: archive, macros, program, page; else nothing."""
    found = set[Kind]()
    packed = content.startswith(_ARCHIVES) or reads_as_zip(content)
    if (packed or content.startswith(_OLE)) and _has_macros(content):
        found.add(Kind.MACROS)
    elif packed:
        found.add(Kind.ARCHIVE)
    if content.startswith(_PROGRAMS):
        found.add(Kind.PROGRAM)
    if _PAGE.match(content):
        found.add(Kind.WEB_PAGE)
    return found


def _has_macros(content: bytes) -> bool:
    """Look at both ends: where archives keep their names and OLE its directory."""
    ends = (content[:_LOOKED_AT], content[-_LOOKED_AT:])
    return any(_MACROS.search(end) for end in ends)
