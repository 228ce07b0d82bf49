"""Whether an exported folder is whole: bodies, entries, tiles, and the signed root."""

from collections.abc import Sequence
from pathlib import Path

from infra.checkpoints import Checkpoint, read_checkpoint
from infra.exporting import KEYS, wanted_names, wanted_tiles
from infra.segments import (
    CHECKPOINT,
    chain,
    exported_size,
    read_bodies,
    read_entries,
    refuse,
)
from signing.note import VerifierKey
from storage.merkle import HASH, leaf_hash, root_of
from storage.tree import WIDTH, range_hash, tile_name


def verify_export(
    folder: Path, keys: Sequence[VerifierKey], from_seq: int = 1
) -> Checkpoint:
    """
    Check an export against the log's key; the events from a seq on must be there.

    Raises TamperedError naming the file, and the byte where there is one.
    """
    size = exported_size(folder)
    checkpoint = read_checkpoint((folder / CHECKPOINT).read_bytes(), keys)
    _demand_files(folder, size, from_seq)
    for level, number, width in wanted_tiles(size):
        _demand_tile(folder, level, number, width)
    if size and range_hash(_Tiles(folder, size).read, 0, size) != checkpoint.root:
        refuse(folder / CHECKPOINT, "its root is not that of the tiles")
    for _ in read_bodies(folder, from_seq):
        pass  # each is compared with its entry while it is read
    return checkpoint


def _demand_files(folder: Path, size: int, from_seq: int) -> None:
    """Demand regular files, those that belong there, and no other."""
    wanted = wanted_names(size) | set(KEYS)
    events = chain(folder, size, from_seq)
    wanted |= {path.relative_to(folder).as_posix() for _, _, path in events}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            refuse(path, "it is not a regular file")
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            refuse(path, f"it does not belong to an export of {size} events")


def _demand_tile(folder: Path, level: int, number: int, width: int) -> None:
    """Compute a tile anew from what lies below it."""
    if level:
        below = range(number * WIDTH, number * WIDTH + width)
        found = [
            root_of(_hashes(_read_tile(folder, level - 1, one, WIDTH))) for one in below
        ]
    else:
        found = list(map(leaf_hash, read_entries(folder, number, width)))
    if _read_tile(folder, level, number, width) != b"".join(found):
        refuse(_tile_path(folder, level, number, width), "it is not what lies below it")


def _read_tile(folder: Path, level: int, number: int, width: int) -> bytes:
    path = _tile_path(folder, level, number, width)
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(path, f"{error.strerror}")


def _tile_path(folder: Path, level: int, number: int, width: int) -> Path:
    return folder / "tile" / tile_name(level, number, width)


def _hashes(piece: bytes) -> list[bytes]:
    return [piece[at : at + HASH] for at in range(0, len(piece), HASH)]


class _Tiles:
    """The hashes of an export by level and number; a read stays inside one tile."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size

    def read(self, level: int, first: int, count: int) -> bytes:
        number, slot = divmod(first, WIDTH)
        width = min(WIDTH, (self._size >> 8 * level) - number * WIDTH)
        tile = _read_tile(self._folder, level, number, width)
        return tile[slot * HASH : (slot + count) * HASH]
