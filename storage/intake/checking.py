"""
The intake check of one file, in this process: type, size, structure, no active content.

Pixels and fonts are never decoded; unpacking is bounded in bytes. So no file can hold
this process for long, and what was not understood goes to quarantine.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dossiers.errors import DossierError, FaultError, MalformedError, NotFoundError
from storage.intake.archives import reads_as_pdf, reads_as_zip
from storage.intake.images import check_jpeg, check_png
from storage.intake.names import extension_of
from storage.intake.pdf import check_pdf
from storage.intake.tiff import check_tiff
from storage.intake.verdict import LARGEST, Check, Kind, reasons_of, verdict_of

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
_HASHED_AT_MOST = 1 << 28
_PIECE = 1 << 20
_NO_FILE = (errno.EISDIR, errno.ENXIO, errno.ENODEV)
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def check(content: bytes, *, name: str = "", media_type: str = "") -> Check:
    """Check bytes against the name and type they came with; "" declares nothing."""
    sniffed = sniff(content)
    kinds = _declaration_findings(sniffed, name, media_type)
    if len(content) > LARGEST:
        kinds.add(Kind.TOO_LARGE)
    elif not content:
        kinds = {Kind.EMPTY}
    elif sniffed == UNKNOWN:
        # Readers look for a PDF's header in its first kilobyte.
        hidden = reads_as_pdf(content)
        kinds.add(Kind.BYTES_BEFORE if hidden else Kind.TYPE_NOT_ALLOWED)
    else:
        kinds |= _structure_findings(content, sniffed)
    return _result(kinds, sniffed, len(content), hashlib.sha256(content).hexdigest())


def check_path(path: Path, *, media_type: str = "") -> Check:
    """Check a file; NotFoundError, MalformedError (no file), FaultError (no access)."""
    try:
        with _opened(path) as stream:
            content = stream.read(LARGEST + 1)
            if len(content) <= LARGEST:
                return check(content, name=path.name, media_type=media_type)
            digest, size = hashlib.sha256(content), len(content)
            while size <= _HASHED_AT_MOST and (piece := stream.read(_PIECE)):
                digest.update(piece)
                size += len(piece)
            rest = os.fstat(stream.fileno()).st_size
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    whole = size <= _HASHED_AT_MOST
    kinds = _declaration_findings(sniff(content), path.name, media_type)
    return _result(
        kinds | {Kind.TOO_LARGE},
        sniff(content),
        size if whole else max(size, rest),
        digest.hexdigest() if whole else None,
    )


def sniff(content: bytes) -> str:
    """Tell the media type by the first bytes alone."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    return UNKNOWN


def _declaration_findings(sniffed: str, name: str, media_type: str) -> set[Kind]:
    """Compare the content's type with the name and the declared type."""
    kinds, extension = set[Kind](), extension_of(name)
    if extension and extension not in _EXTENSIONS.get(sniffed, (extension,)):
        kinds.add(Kind.NAME_DISAGREES)
    declared = media_type.partition(";")[0].strip().lower()
    declared = _ALIASES.get(declared, declared)
    if declared not in ("", UNKNOWN, sniffed):
        kinds.add(Kind.DECLARED_DISAGREES)
    return kinds


def _structure_findings(content: bytes, sniffed: str) -> set[Kind]:
    kinds = _STRUCTURE[sniffed](content)
    if reads_as_zip(content) or (sniffed != _PDF and reads_as_pdf(content)):
        kinds.add(Kind.SECOND_FORMAT)
    return kinds


def _result(kinds: set[Kind], sniffed: str, size: int, sha256: str | None) -> Check:
    reasons = reasons_of(kinds)
    return Check(verdict_of(reasons), sniffed, size, sha256, reasons)


def _opened(path: Path) -> BinaryIO:
    """Open a regular file only, without waiting on a pipe; OSError, ValueError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))


def _unreadable(path: Path, error: OSError | ValueError) -> DossierError:
    """Say why a path gives no bytes: not there, not a file, not readable."""
    if isinstance(error, ValueError) or error.errno in _NO_FILE:
        return MalformedError(
            f"{path} không phải là tệp thường; hãy chỉ đến một tệp",
            f"{path} is not a regular file; name one",
        )
    if error.errno in _NOT_THERE:
        return NotFoundError(
            f"không có tệp {path}; kiểm tra đường dẫn",
            f"there is no file {path}; check the path",
        )
    return FaultError(
        f"không đọc được {path} ({error.strerror}); kiểm tra quyền đọc",
        f"{path} cannot be read ({error.strerror}); check its permissions",
    )
