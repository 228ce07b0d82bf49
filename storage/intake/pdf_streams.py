"""What a PDF keeps compressed: object streams, and bombs; unpacking is bounded."""

import re
import zlib
from dataclasses import dataclass

from storage.intake.pdf_skeleton import NAME_END, Stream, W, plain, unescaped
from storage.intake.verdict import Kind

_LARGEST_OBJECTS = 32 << 20
_LARGEST_ALL = 256 << 20
_DEFLATE_RATIO = 1032
_PIECE = 1 << 16
_FIRST = re.compile(rb"/First" + NAME_END)
_FIRST_NUMBER = re.compile(rb"/First" + W + rb"*([0-9]{1,9})" + W + rb"*(?=[/>])")
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)" + NAME_END)
_OTHER_FILTER = re.compile(
    rb"/(?:ASCIIHexDecode|AHx|ASCII85Decode|A85|LZWDecode|LZW|RunLengthDecode|RL"
    rb"|CCITTFaxDecode|CCF|JBIG2Decode|JPXDecode|DCTDecode|DCT|Crypt|Predictor)"
    + NAME_END
)
_HAS_FILTER = re.compile(rb"/(?:Filter|FFilter)" + NAME_END)


@dataclass(frozen=True, slots=True)
class ObjectStream:
    """The unpacked content of an object stream, and where its objects begin."""

    content: bytes
    first: int

    def objects(self) -> list[tuple[int, bytes]] | None:
        """Its numbered objects without strings; None when it is malformed."""
        header = self.content[: self.first].split()
        try:
            numbers = [int(word) for word in header]
        except ValueError:
            return None
        starts = sorted({self.first + offset for offset in numbers[1::2]})
        if len(starts) * 2 != len(numbers) or min([0, *numbers]) < 0:
            return None
        ends = dict(zip(starts, [*starts[1:], len(self.content)], strict=True))
        found = list[tuple[int, bytes]]()
        for number, offset in zip(numbers[::2], numbers[1::2], strict=True):
            start = self.first + offset
            text = plain(self.content[start : ends[start]])
            if text is None:
                return None
            found.append((number, unescaped(text)))
        return found


def object_streams(
    content: bytes, streams: list[Stream]
) -> tuple[list[ObjectStream], set[Kind]]:
    """Unpack every stream that a reader could take for an object stream."""
    found, flaws, left = list[ObjectStream](), set[Kind](), _LARGEST_OBJECTS
    for stream in streams:
        named = len(_FIRST.findall(stream.head))
        if not named and b"/ObjStm" not in stream.head:
            continue
        first = _FIRST_NUMBER.search(stream.head)
        unpacked = _unpacked(content[stream.start : stream.end], stream.head, left)
        if unpacked is None or first is None or named > 1:
            flaws.add(Kind.DAMAGED)
            continue
        left -= len(unpacked)
        if left < 0:
            return found, flaws | {Kind.BOMB}
        found.append(ObjectStream(unpacked, int(first[1])))
    return found, flaws


def _unpacked(body: bytes, head: bytes, limit: int) -> bytes | None:
    """Inflate up to one byte over the limit; None when it cannot be read in full."""
    if _OTHER_FILTER.search(head):
        return None
    layers = len(_FLATE.findall(head))
    if not layers:
        return None if _HAS_FILTER.search(head) else body
    if layers > 1:
        return None
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(body, limit + 1)
    except zlib.error:
        return None
    return unpacked if inflater.eof or len(unpacked) > limit else None


def bombs(content: bytes, streams: list[Stream]) -> set[Kind]:
    """Find what would unpack to far too much; deflate gives at most 1,032 to one."""
    flate = list[Stream]()
    for stream in streams:
        layers = len(_FLATE.findall(stream.head))
        if layers > 1:
            return {Kind.BOMB}
        if layers:
            flate.append(stream)
    if sum(s.end - s.start for s in flate) * _DEFLATE_RATIO <= _LARGEST_ALL:
        return set()
    left = _LARGEST_ALL
    for stream in flate:
        left -= _inflated_size(content[stream.start : stream.end], left)
        if left < 0:
            return {Kind.BOMB}
    return set()


def _inflated_size(body: bytes, limit: int) -> int:
    """Count the bytes a stream unpacks to, until over the limit; keeps none."""
    inflater, size = zlib.decompressobj(), 0
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        # At the end of its stream zlib leaves an old tail behind.
        while piece and size <= limit and not inflater.eof:
            try:
                size += len(inflater.decompress(piece, 1 << 20))
            except zlib.error:
                return size
            piece = inflater.unconsumed_tail
        if size > limit or inflater.eof:
            break
    return size
