"""
The log's tree on disk: append-only files of hashes, one per level of C2SP tiles.

`level-0` holds the leaves, `level-1` the hash of every full 256 of them, and so on:
tile N of level L is a slice of `level-L`. What counts is the size that the caller
knows to be signed; what lies behind it is cut off before the tree grows again.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from dossiers.errors import TamperedError
from storage import proofs
from storage.merkle import HASH, CompactRange, root_of
from storage.objects.durable import sync_directory, write_all

WIDTH = 256
"""Hashes in a full tile."""
_HEIGHT = 8
_LEVELS = 8
_BATCH = 1 << 14

ReadHashes = Callable[[int, int, int], bytes]
"""`count` hashes of a tile level from number `first` on, in one piece."""


def range_hash(read: ReadHashes, start: int, end: int) -> bytes:
    """Compute the RFC 6962 hash of the leaves [start, end), start aligned to it."""
    roots, place, rest = list[bytes](), start, end - start
    while rest:
        height = rest.bit_length() - 1
        roots.append(_node(read, height, place >> height))
        place += 1 << height
        rest -= 1 << height
    return CompactRange(end - start, tuple(roots)).root


def tile_name(level: int, number: int, width: int = WIDTH) -> str:
    """Name a tile as C2SP tlog-tiles does: `L/x001/x234/067[.p/W]`."""
    digits, groups = number, [f"{number % 1000:03d}"]
    while digits := digits // 1000:
        groups.insert(0, f"x{digits % 1000:03d}")
    part = "" if width == WIDTH else f".p/{width}"
    return f"{level}/{'/'.join(groups)}{part}"


def tiles_in(folder: Path, size: int) -> ReadHashes:
    """
    Read the tiles of an export of `size` leaves, the folder `tile` of C2SP.

    What it gives is as good as its giver; the reader raises TamperedError for a tile
    that is missing or short.
    """

    def read(level: int, first: int, count: int) -> bytes:
        number, place = divmod(first, WIDTH)
        width = min((size >> _HEIGHT * level) - number * WIDTH, WIDTH)
        path = folder / tile_name(level, number, width)
        tile = path.read_bytes() if path.is_file() else b""
        if len(tile) != width * HASH:
            vi = f"ô {path} thiếu hoặc sai độ dài; hãy xuất lại nhật ký"
            raise TamperedError(vi, f"tile {path} is missing or short; export it again")
        return tile[place * HASH : (place + count) * HASH]

    return read


class TreeFiles:
    """The tree's hashes in a folder; reads need no lock, only one process writes."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when the tree first grows."""
        self._folder = folder

    @property
    def size(self) -> int:
        """How many leaves lie here, signed or not."""
        return self._count(0)

    def cut(self, size: int) -> None:
        """Forget what lies behind `size` leaves (a start that was killed); OSError."""
        for level in range(_LEVELS):
            wanted = (size >> _HEIGHT * level) * HASH
            with suppress(FileNotFoundError):
                if self._level(level).stat().st_size > wanted:
                    os.truncate(self._level(level), wanted)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes durably, and the levels above them; raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rest = iter(leaves)
        self._append(0, iter(lambda: b"".join(islice(rest, _BATCH)), b""))
        for level in range(_LEVELS - 1):
            full = self._count(level) // WIDTH
            if full > self._count(level + 1):
                self._append(level + 1, self._folded(level, full))
        sync_directory(self._folder)

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        """Read the leaf hashes [start, end); raises TamperedError when cut short."""
        for first in range(start, end, _BATCH):
            yield from _hashes(self._read(0, first, min(_BATCH, end - first)))

    def root(self, size: int | None = None) -> bytes:
        """Compute the root of the first `size` leaves, default all of them."""
        wanted = self.size if size is None else size
        return range_hash(self._read, 0, wanted)

    def tile(self, level: int, number: int, width: int = WIDTH) -> bytes:
        """Cut out a tile of `width` hashes; raises TamperedError when it is short."""
        return self._read(level, number * WIDTH, width)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Prove leaf `index` in the tree of `size`; MalformedError, TamperedError."""
        return proofs.inclusion(index, size, self._range_hash)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Prove that `new` grew from `old`; raises MalformedError, TamperedError."""
        return proofs.consistency(old, new, self._range_hash)

    def _range_hash(self, start: int, end: int) -> bytes:
        return range_hash(self._read, start, end)

    def _folded(self, level: int, full: int) -> Iterator[bytes]:
        """Hash the full tiles of a level that the level above does not know yet."""
        for number in range(self._count(level + 1), full):
            yield root_of(_hashes(self.tile(level, number)))

    def _append(self, level: int, pieces: Iterator[bytes]) -> None:
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
        descriptor = os.open(self._level(level), flags, 0o600)
        try:
            for piece in pieces:
                write_all(descriptor, piece)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _count(self, level: int) -> int:
        try:
            return self._level(level).stat().st_size // HASH
        except FileNotFoundError:
            return 0

    def _read(self, level: int, first: int, count: int) -> bytes:
        found = b""
        with suppress(FileNotFoundError):
            descriptor = os.open(self._level(level), os.O_RDONLY)
            try:
                found = os.pread(descriptor, count * HASH, first * HASH)
            finally:
                os.close(descriptor)
        if len(found) != count * HASH:
            place = f"{self._level(level)}, byte {first * HASH + len(found)}"
            vi = f"tệp cây bị cụt ở {place}; hãy chạy nambuoc audit verify --all"
            raise TamperedError(vi, f"cut tree file: {place}; run audit verify --all")
        return found

    def _level(self, level: int) -> Path:
        return self._folder / f"level-{level}"


def _node(read: ReadHashes, height: int, number: int) -> bytes:
    """Hash the full subtree of that height out of the tile level below it."""
    level, above = divmod(height, _HEIGHT)
    found = read(level, number << above, 1 << above)
    return found if not above else root_of(_hashes(found))


def _hashes(piece: bytes) -> Iterator[bytes]:
    return (piece[at : at + HASH] for at in range(0, len(piece), HASH))
