"""
Export the log: a folder that anybody can check with the log's public key alone.

`checkpoint`, `tile/…` as C2SP tlog-tiles wants them for that size, and the exact bodies
in `events/`. Files are written whole or not at all, the checkpoint after all that it
covers, and only then what it no longer covers is removed: a killed export leaves the
older one readable, and the next run goes on where it was.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NoReturn

import zstandard

from dossiers.errors import ConflictError, MalformedError, TamperedError
from dossiers.ports import Journal
from infra.checkpoints import Checkpoint, Checkpoints, read_checkpoint
from infra.segments import (
    CHECKPOINT,
    EVENTS,
    entries_name,
    entry_of,
    packed_entries,
    read_entries,
    read_segment,
    segments,
)
from storage.merkle import HASH, leaf_hash, leaf_of
from storage.objects.durable import sync_directory
from storage.tree import WIDTH, TreeFiles, tile_name

SEGMENT = 40 * WIDTH
"""Events in a full file: whole bundles of entries, so that full files never change."""
_LEVEL = 10
_PART = ".part"
KEYS = ("log.vkey", "log.vkeys")
"""Files that a reader may have laid beside an export."""
Progress = Callable[[str, int], None]
"""Told of what, and how many are done."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported: the log's journal, its checkpoints."""

    journal: Journal
    checkpoints: Checkpoints


def export(
    source: Source, folder: Path, from_seq: int, progress: Progress
) -> Checkpoint:
    """
    Sign the present head and export the log up to it; appends no event.

    Event files that end before `from_seq` are left out, unless the folder has them
    already. Raises ConflictError when the folder holds another log or other things,
    TamperedError when the journal's or the folder's bytes are not those that were
    signed, MalformedError when it is no folder.
    """
    checkpoint = source.checkpoints.sign()
    _demand_ours(source, folder, checkpoint)
    size = checkpoint.size
    begun = {first - 1 for first, _, _ in segments(folder)}
    for start in range(0, size, SEGMENT):
        end = min(start + SEGMENT, size)
        wanted = end >= from_seq or start in begun
        _export_segment(source, folder, (start, end), with_events=wanted)
        progress("events", end)
    for name, content in _tiles(source.checkpoints.tree, size):
        _write(folder / name, content)
    with _written(folder / CHECKPOINT) as file:
        file.write(checkpoint.note)
    _remove_uncovered(folder, size)
    return checkpoint


def wanted_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """List level, number and width of every tile of a tree of this size."""
    level, hashes = 0, size
    while hashes:
        full, rest = divmod(hashes, WIDTH)
        yield from ((level, number, WIDTH) for number in range(full))
        if rest:
            yield level, full, rest
        level, hashes = level + 1, full


def wanted_names(size: int) -> set[str]:
    """Name all files of an export but those of the events."""
    tiles = list(wanted_tiles(size))
    names = {f"tile/{tile_name(*tile)}" for tile in tiles}
    names |= {
        entries_name(number, width) for level, number, width in tiles if not level
    }
    return names | {CHECKPOINT}


def _demand_ours(source: Source, folder: Path, checkpoint: Checkpoint) -> None:
    """Refuse a folder that holds anything but an earlier export of this log."""
    if folder.exists() and not folder.is_dir():
        vi = f"{folder} không phải là thư mục; hãy cho thư mục khác"
        raise MalformedError(vi, f"{folder} is not a directory; name another")
    known = {CHECKPOINT, "tile", EVENTS, *KEYS}
    there = {one.name for one in folder.glob("*")} if folder.is_dir() else set()
    if strange := sorted(there - known - {CHECKPOINT + _PART}):
        vi = f"{folder} có {strange[0]}, không phải bản xuất; hãy cho thư mục trống"
        en = f"{folder} holds {strange[0]}, no export; name an empty directory"
        raise ConflictError(vi, en)
    if CHECKPOINT not in there:
        return
    try:
        raw = (folder / CHECKPOINT).read_bytes()
        before = read_checkpoint(raw, source.checkpoints.keys())
    except TamperedError as error:
        raise _other_log(folder, error.en) from error
    size, tree = before.size, source.checkpoints.tree
    if size > checkpoint.size or (size and tree.root(size) != before.root):
        raise _other_log(folder, f"size {size} has root {before.root.hex()}")


def _export_segment(
    source: Source, folder: Path, span: tuple[int, int], *, with_events: bool
) -> None:
    """Write one file of events and its bundles of entries, unless they are there."""
    start, end = span
    path = folder / EVENTS / f"{start + 1:010}-{end:010}.ndjson.zst"
    missing = [
        one for one in _bundles(span) if not (folder / entries_name(*one)).exists()
    ]
    if not missing and (path.exists() or not with_events):
        _demand_same(source.checkpoints.tree, folder, span, path)
        return
    bodies = _bodies(source, span)
    if with_events:
        with _written(path) as file, _compressed(file) as packed:
            _write_bundles(folder, span, _kept(bodies, packed))
    else:
        _write_bundles(folder, span, bodies)


def _bodies(source: Source, span: tuple[int, int]) -> Iterator[bytes]:
    """Read the events [start, end) and hold each against the leaf that was signed."""
    start, end = span
    seq, leaves = start, b""
    for recorded in source.journal.read(start + 1, end):
        slot = seq % WIDTH
        if not slot:
            leaves = source.checkpoints.tree.tile(
                0, seq // WIDTH, min(WIDTH, end - seq)
            )
        signed = leaves[slot * HASH : (slot + 1) * HASH]
        seq += 1
        whole = isinstance(recorded.body, bytes)  # a database may hold anything
        if recorded.seq != seq or not whole or leaf_of(recorded.body) != signed:
            _refuse_journal(seq, recorded.stream)
        if b"\n" in recorded.body:
            _refuse_journal(seq, f"{recorded.stream}, line feed")
        yield recorded.body
    if seq != end:
        _refuse_journal(seq + 1, "?")


def _kept(bodies: Iterator[bytes], packed: BinaryIO) -> Iterator[bytes]:
    for body in bodies:
        packed.write(body + b"\n")
        yield body


def _write_bundles(
    folder: Path, span: tuple[int, int], bodies: Iterator[bytes]
) -> None:
    for number, width in _bundles(span):
        entries = [entry_of(body) for body in islice(bodies, width)]
        _write(folder / entries_name(number, width), packed_entries(entries))


def _bundles(span: tuple[int, int]) -> list[tuple[int, int]]:
    start, end = span
    return [(at // WIDTH, min(WIDTH, end - at)) for at in range(start, end, WIDTH)]


def _demand_same(
    tree: TreeFiles, folder: Path, span: tuple[int, int], path: Path
) -> None:
    """Check what an earlier run wrote; raises TamperedError naming the file."""
    entries = list[bytes]()
    for number, width in _bundles(span):
        try:
            found = read_entries(folder, number, width)
        except TamperedError:
            found = []
        if b"".join(map(leaf_hash, found)) != tree.tile(0, number, width):
            _refuse_file(folder / entries_name(number, width))
        entries += found
    try:
        bodies = read_segment(path, span[0] + 1, span[1]) if path.exists() else ()
        same = all(
            entry_of(body) == entries[seq - 1 - span[0]] for seq, body, _ in bodies
        )
    except TamperedError:
        same = False
    if not same:
        _refuse_file(path)


def _tiles(tree: TreeFiles, size: int) -> Iterator[tuple[str, bytes]]:
    for level, number, width in wanted_tiles(size):
        yield f"tile/{tile_name(level, number, width)}", tree.tile(level, number, width)


def _write(path: Path, content: bytes) -> None:
    """Write a file that never changes; raises TamperedError when it did."""
    if path.exists():
        if path.read_bytes() != content:
            _refuse_file(path)
        return
    with _written(path) as file:
        file.write(content)


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """Give a file that takes its name, durably, when all is in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + _PART)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_directory(path.parent)


@contextmanager
def _compressed(file: BinaryIO) -> Iterator[BinaryIO]:
    squeeze = zstandard.ZstdCompressor(_LEVEL, write_checksum=True)
    with squeeze.stream_writer(file, closefd=False) as packed:
        yield packed


def _remove_uncovered(folder: Path, size: int) -> None:
    """Remove what earlier exports left and this size does not demand."""
    wanted = wanted_names(size)
    for path in (folder / "tile").rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for first, last, path in segments(folder):
        if last != min(size, first - 1 + SEGMENT):
            path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.name.endswith(_PART):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _other_log(folder: Path, why: str) -> ConflictError:
    vi = f"{folder} là bản xuất của sổ khác ({why}); hãy cho thư mục khác"
    return ConflictError(vi, f"{folder} is of another log: {why}; name another folder")


def _refuse_journal(seq: int, place: str) -> NoReturn:
    do = "nambuoc audit verify --all"
    vi = f"sự kiện {seq} ({place}) không còn là bản đã ký; hãy chạy {do}"
    raise TamperedError(vi, f"event {seq} ({place}) is not what was signed; run {do}")


def _refuse_file(path: Path) -> NoReturn:
    vi = f"{path} không đúng với sổ đã ký; hãy xóa tệp ấy rồi xuất lại"
    raise TamperedError(vi, f"{path} is not of the signed log; delete it, export again")
