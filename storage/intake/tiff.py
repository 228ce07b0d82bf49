"""Structure of TIFF 6.0: directories and strips lie inside; pixels are not decoded."""

import struct

from storage.intake.archives import hides_another_format
from storage.intake.images import outsized
from storage.intake.verdict import MOST_PAGES, Kind

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_CODES = {3: "H", 4: "I"}
_WIDTH, _HEIGHT = 256, 257
# Tags of offsets and lengths: strips, tiles, an old embedded JPEG.
_PLACES = ((273, 279), (324, 325), (513, 514))
_KEPT = frozenset({_WIDTH, _HEIGHT}.union(*_PLACES))
_INLINE = 4
_MOST_NUMBERS = 2_000_000


class _RefusedError(Exception):
    """The file cannot be accepted as it is."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


def check_tiff(content: bytes) -> set[Kind]:
    """Follow the directories and measure where the last strip ends."""
    try:
        furthest = _Walk(content).run()
    except _RefusedError as refused:
        return {refused.kind}
    hidden = hides_another_format(content[furthest:])
    return {Kind.SECOND_FORMAT} if hidden else set()


class _Walk:
    """The chain of directories; `left` bounds the work."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.order = "<" if content.startswith(b"II") else ">"
        self.furthest = 0
        self.left = _MOST_NUMBERS

    def run(self) -> int:
        """Visit every page; returns where the last byte that belongs ends."""
        place, seen = self.numbers("I", 4)[0], set[int]()
        while place:
            if place in seen:
                raise _RefusedError(Kind.DAMAGED)
            seen.add(place)
            if len(seen) > MOST_PAGES:
                raise _RefusedError(Kind.TOO_MANY_PAGES)
            place = self.directory(place)
        if not seen:
            raise _RefusedError(Kind.DAMAGED)
        return self.furthest

    def directory(self, place: int) -> int:
        """Measure one page; returns where the next directory lies, 0 for none."""
        (count,) = self.numbers("H", place)
        end = place + 2 + count * 12
        kept = dict[int, tuple[int, ...]]()
        for entry in range(place + 2, end, 12):
            tag, kind, number = self.numbers("HHI", entry)
            size = _SIZES.get(kind, 1) * number
            where = entry + 8
            if size > _INLINE:
                (where,) = self.numbers("I", where)
            self.reach(where + size)
            if tag in _KEPT and kind in _CODES:
                kept[tag] = self.numbers(f"{number}{_CODES[kind]}", where, number)
        for offsets, sizes in _PLACES:
            pairs = zip(kept.get(offsets, ()), kept.get(sizes, ()), strict=False)
            self.reach(max((start + size for start, size in pairs), default=0))
        if outsized(*(max((0, *kept.get(tag, ()))) for tag in (_WIDTH, _HEIGHT))):
            raise _RefusedError(Kind.BOMB)
        self.reach(end + 4)
        return self.numbers("I", end)[0]

    def reach(self, end: int) -> None:
        """Note how far the file is used; nothing may lie outside."""
        if end > len(self.content):
            raise _RefusedError(Kind.TRUNCATED)
        self.furthest = max(self.furthest, end)

    def numbers(self, form: str, place: int, count: int = 1) -> tuple[int, ...]:
        """Read whole numbers in the file's byte order."""
        self.left -= count
        if self.left < 0:
            raise _RefusedError(Kind.TOO_COMPLEX)
        try:
            return struct.unpack_from(self.order + form, self.content, place)
        except struct.error as error:
            raise _RefusedError(Kind.TRUNCATED) from error
