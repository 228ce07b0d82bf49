"""
The intake check of one file's bytes: type, size, structure, no active content.

Pixels and fonts are never decoded; unpacking is bounded in bytes. These functions are
pure and meant for the sandbox (`infra/sandbox.py`), which bounds their time and memory.
"""

from collections.abc import Callable
from typing import NamedTuple

from storage.intake.archives import reads_as_pdf, reads_as_zip
from storage.intake.images import check_jpeg, check_png
from storage.intake.names import extension_of
from storage.intake.pdf import check_pdf
from storage.intake.strangers import strangers
from storage.intake.tiff import check_tiff
from storage.intake.verdict import LARGEST, Kind

UNKNOWN = "application/octet-stream"
_PDF = "application/pdf"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", _PDF),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_STRUCTURE: dict[str, Callable[[bytes], set[Kind]]] = {
    _PDF: check_pdf,
    "image/jpeg": check_jpeg,
    "image/png": check_png,
    "image/tiff": check_tiff,
}
_EXTENSIONS = {
    _PDF: ("pdf",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/tiff": ("tif", "tiff"),
}
_ALIASES = {
    "application/x-pdf": _PDF,
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/tif": "image/tiff",
}


class Claim(NamedTuple):
    """The name and media type that a file came with; "" claims nothing."""

    name: str = ""
    media_type: str = ""


NOTHING_CLAIMED = Claim()


def findings(content: bytes, claim: Claim = NOTHING_CLAIMED) -> set[Kind]:
    """Find all that speaks against a whole file; an empty set: nothing does."""
    sniffed = sniff(content)
    if not content:
        return {Kind.EMPTY}
    if len(content) > LARGEST:
        return {Kind.TOO_LARGE} | claimed(sniffed, claim)
    if sniffed == UNKNOWN:
        # Readers look for a PDF's header in its first kilobyte.
        hidden = reads_as_pdf(content)
        refused = {Kind.BYTES_BEFORE if hidden else Kind.TYPE_NOT_ALLOWED}
        return refused | strangers(content) | claimed(sniffed, claim)
    return _structure_findings(content, sniffed) | claimed(sniffed, claim)


def sniff(content: bytes) -> str:
    """Tell the media type by the first bytes alone."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    return UNKNOWN


def claimed(sniffed: str, claim: Claim) -> set[Kind]:
    """Compare the content's type with what the file claims to be."""
    kinds, extension = set[Kind](), extension_of(claim.name)
    if extension and extension not in _EXTENSIONS.get(sniffed, (extension,)):
        kinds.add(Kind.NAME_DISAGREES)
    declared = claim.media_type.partition(";")[0].strip().lower()
    declared = _ALIASES.get(declared, declared)
    if declared not in ("", UNKNOWN, sniffed):
        kinds.add(Kind.DECLARED_DISAGREES)
    return kinds


def _structure_findings(content: bytes, sniffed: str) -> set[Kind]:
    kinds = _STRUCTURE[sniffed](content)
    if reads_as_zip(content) or (sniffed != _PDF and reads_as_pdf(content)):
        kinds.add(Kind.SECOND_FORMAT)
    return kinds
