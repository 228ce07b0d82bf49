"""The members of an evidence pack: exactly those that belong there, once each."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NoReturn

from infra.pack_verifier.tlog import refuse

MANIFEST, OUTCOME = "manifest.json", "outcome.pdf"
PROOF = re.compile(r"proofs/([1-9][0-9]{0,18})\.tlog-proof")
DOCUMENT = re.compile(r"documents/([0-9a-f]{64})\.[a-z0-9]{1,5}")
_ALWAYS = frozenset(
    {MANIFEST, "events.ndjson", "checkpoint", "log.vkey", "verify.py"}
    | {"timeline.html", "timeline.pdf"}
)
_LARGEST, _LARGEST_IN_ALL = 1 << 28, 1 << 32
_LOCAL_HEADER, _LENGTHS_AT, _END = 30, 26, 22
_DESCRIPTOR = 24
"""Bytes that may stand behind a member; too few to hide another one in."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)


class Members:
    """An open pack; a member is read when asked for, never longer than declared."""

    def __init__(self, pack: Path) -> None:
        """List the members of a ZIP file; raises PackError for any that is odd."""
        try:
            self._archive = zipfile.ZipFile(pack)
        except _BROKEN as error:
            _refuse_broken(pack.name, error)
        self.names: set[str] = set()
        total = 0
        for entry in self._archive.infolist():
            total += entry.file_size
            self._admit(entry, total)
        try:
            self._demand_gapless(pack)
        except _BROKEN as error:
            _refuse_broken(pack.name, error)
        for name in sorted(_ALWAYS - self.names):
            refuse(name, "thiếu trong gói", "missing from the pack")

    def read(self, name: str) -> bytes:
        """Read a member whole; raises PackError when it is missing or damaged."""
        if name not in self.names:
            refuse(name, "thiếu trong gói", "missing from the pack")
        try:
            return self._archive.read(name)
        except _BROKEN as error:
            _refuse_broken(name, error)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _admit(self, entry: zipfile.ZipInfo, total: int) -> None:
        name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
        if name in self.names:
            refuse(name, "có hai lần trong gói", "stands twice in the pack")
        optional = name == OUTCOME or PROOF.fullmatch(name) or DOCUMENT.fullmatch(name)
        if name not in _ALWAYS and not optional:
            refuse(repr(name), "gói không được có tệp này", "does not belong here")
        packed = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if kind not in (0, stat.S_IFREG) or entry.flag_bits & 1 or not packed:
            refuse(name, "không phải tệp thường", "not a plain file")
        if entry.file_size > _LARGEST or total > _LARGEST_IN_ALL:
            size = entry.file_size
            refuse(name, f"quá lớn: khai {size} byte", f"too large: {size} bytes")
        self.names.add(name)

    def _demand_gapless(self, pack: Path) -> None:
        """Refuse bytes beside the members: some readers would find more in them."""
        entries = sorted(self._archive.infolist(), key=lambda one: one.header_offset)
        end = 0
        with pack.open("rb") as file:
            for entry in entries:
                start = entry.header_offset
                if not end <= start <= end + (_DESCRIPTOR if end else 0):
                    refuse(entry.filename, "có byte lạ phía trước", "odd bytes before")
                file.seek(start + _LENGTHS_AT)
                name, extra = struct.unpack("<HH", file.read(4))
                end = start + _LOCAL_HEADER + name + extra + entry.compress_size
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _END))
            tail = file.read()
        signature, *_, count, size, start, more = struct.unpack("<4s4H2LH", tail)
        whole = len(tail) == _END and start + size + _END == pack.stat().st_size
        if signature != b"PK\5\6" or count != len(entries) or more or not whole:
            refuse(pack.name, "có byte lạ cuối ZIP", "odd bytes at the end of the ZIP")
        if not end <= start <= end + _DESCRIPTOR:
            refuse(pack.name, "có byte lạ trong ZIP", "odd bytes inside the ZIP")


def _refuse_broken(place: str, error: BaseException) -> NoReturn:
    refuse(place, f"không đọc được: {error}", f"cannot be read: {error}")
