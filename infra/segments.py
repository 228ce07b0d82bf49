"""
Exported events, read back: a directory of `events export`, or one file of it.

`events/<first>-<last>.ndjson.zst` holds one exact body a line. In a directory each body
is compared with the log's entry of that number while it is read; whether the entries
lead to the signed root is told by `verify_export`.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import zstandard

from dossiers.envelope import MAX_BODY
from dossiers.errors import NotFoundError, TamperedError
from infra.checkpoints import read_head
from signing.note import split_note
from storage.tree import WIDTH, tile_name

EVENTS = "events"
CHECKPOINT = "checkpoint"
ENTRY = 33
"""Bytes of a log entry: 0x01 and the SHA-256 of the body."""
_NAME = re.compile(r"([0-9]+)-([0-9]+)\.ndjson\.zst")
_PIECE = 1 << 11
"""Bytes decompressed at once: even a bomb of a file stays small in memory."""


def read_bodies(path: Path, from_seq: int = 1) -> Iterator[tuple[int, bytes, str]]:
    """
    Read seq, exact body and place (file and byte) of every event from a seq on.

    Raises NotFoundError, and TamperedError with its place for a cut or damaged file, a
    missing one, a line that is no event, a body that is not the log's entry.
    """
    if path.is_dir():
        yield from _read_folder(path, from_seq)
    elif path.is_file():
        found = _NAME.fullmatch(path.name)
        first, last = (int(found[1]), int(found[2])) if found else (1, None)
        for seq, body, place in read_segment(path, first, last):
            if seq >= from_seq:
                yield seq, body, place
    else:
        vi = f"không có {path}; hãy chỉ đến thư mục hoặc tệp của events export"
        raise NotFoundError(vi, f"no {path}; name what events export wrote")


def exported_size(folder: Path) -> int:
    """Tell the size of an export's checkpoint, not verified; raises TamperedError."""
    try:
        text, _ = split_note((folder / CHECKPOINT).read_bytes())
    except FileNotFoundError:
        refuse(folder / CHECKPOINT, "it is missing: the export was not finished")
    return read_head(text)[1]


def chain(folder: Path, size: int, from_seq: int = 1) -> list[tuple[int, int, Path]]:
    """
    Choose the files that hold the events from a seq to a size: first, last, file.

    What an interrupted later export left beside them does not count. Raises
    TamperedError where a file is missing.
    """
    there = [one for one in segments(folder) if one[1] <= size]
    chosen, following = list[tuple[int, int, Path]](), max(from_seq, 1)
    while following <= size:
        fits = [one for one in there if one[0] <= following <= one[1]]
        if not fits or (chosen and max(fits)[0] < following):
            refuse(folder / EVENTS, f"no file holds event {following} of {size}")
        chosen.append(max(fits))
        following = chosen[-1][1] + 1
    return chosen


def segments(folder: Path) -> list[tuple[int, int, Path]]:
    """List the event files of an export: first seq, last seq, path."""
    named = ((_NAME.fullmatch(one.name), one) for one in (folder / EVENTS).glob("*"))
    return sorted((int(name[1]), int(name[2]), one) for name, one in named if name)


def read_segment(
    path: Path, first: int, last: int | None
) -> Iterator[tuple[int, bytes, str]]:
    """Read one file; `last` None: as many events as there are. TamperedError."""
    seq, at, rest = first, 0, b""
    for piece in _pieces(path):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            place = f"{path}, byte {at}"
            if not line or len(line) > MAX_BODY or (last and seq > last):
                refuse(path, f"byte {at}: no event belongs here")
            yield seq, line, place
            seq, at = seq + 1, at + len(line) + 1
        if len(rest) > MAX_BODY:
            refuse(path, f"byte {at}: a line is too long for an event")
    if rest or (last and seq != last + 1):
        refuse(path, f"byte {at + len(rest)}: it ends before event {last or seq} does")


def read_entries(folder: Path, number: int, width: int) -> list[bytes]:
    """Read a bundle of entries; raises TamperedError for anything but `width` ones."""
    path = folder / entries_name(number, width)
    try:
        raw = path.read_bytes()
    except OSError as error:
        refuse(path, f"{error.strerror}")
    step = ENTRY + 2
    found = [raw[at + 2 : at + step] for at in range(0, len(raw), step)]
    if len(raw) != width * step or raw != packed_entries(found):
        refuse(path, f"it does not hold {width} entries of {ENTRY} bytes")
    return found


def packed_entries(entries: list[bytes]) -> bytes:
    """Write entries as C2SP tlog-tiles does: each behind its length in two bytes."""
    return b"".join(ENTRY.to_bytes(2) + entry for entry in entries)


def entry_of(body: bytes) -> bytes:
    """Make the log's entry of an event (architecture §7)."""
    return b"\1" + hashlib.sha256(body).digest()


def entries_name(number: int, width: int = WIDTH) -> str:
    """Name a bundle of entries: `tile/entries/x001/x234/067[.p/W]`."""
    return f"tile/entries/{tile_name(0, number, width).removeprefix('0/')}"


def refuse(path: Path, text: str) -> NoReturn:
    """Raise TamperedError with its place."""
    vi = f"bản xuất sai ở {path}: {text}; hãy xuất lại (events export)"
    raise TamperedError(vi, f"bad export: {path}: {text}; export it again")


def _read_folder(folder: Path, from_seq: int) -> Iterator[tuple[int, bytes, str]]:
    size = exported_size(folder)
    bundle, entries = -1, list[bytes]()
    for first, last, path in chain(folder, size, from_seq):
        for seq, body, place in read_segment(path, first, last):
            number, slot = divmod(seq - 1, WIDTH)
            if number != bundle:
                bundle, width = number, min(WIDTH, size - number * WIDTH)
                entries = read_entries(folder, number, width)
            if entry_of(body) != entries[slot]:
                at = place.rpartition(", ")[2]
                refuse(path, f"{at}: event {seq} is not the entry of the log")
            if seq >= from_seq:
                yield seq, body, place


def _pieces(path: Path) -> Iterator[bytes]:
    """Read a file in pieces, decompressed when its name says so; TamperedError."""
    with path.open("rb") as file:
        if path.suffix != ".zst":
            while piece := file.read(_PIECE << 4):
                yield piece
            return
        frame = zstandard.ZstdDecompressor().decompressobj()
        while piece := file.read(_PIECE):
            if frame.eof:
                refuse(path, f"bytes after its end, before byte {file.tell()}")
            try:
                yield frame.decompress(piece)
            except zstandard.ZstdError as error:
                refuse(path, f"before compressed byte {file.tell()}: {error}")
        if not frame.eof or frame.unused_data:
            refuse(path, f"it is cut or has more than it says, at {file.tell()}")
