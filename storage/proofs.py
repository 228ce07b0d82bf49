"""
Proofs over the tree: made and checked by RFC 6962 §2.1 and RFC 9162 §2.1.3 f.

Whoever makes one gives `range_hash(start, end)`, the tree hash of the leaves from
`start` to before `end`; whoever checks one needs nothing but the proof and the roots.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn

from dossiers.errors import MalformedError, TamperedError
from storage.merkle import HASH, node_hash

_IN, _CON = "inclusion", "consistency"
_LONG = ("quá dài", "it is too long")
_SHORT = ("quá ngắn", "it is too short")

RangeHash = Callable[[int, int], bytes]
"""The RFC 6962 hash of the leaves [start, end); end > start."""


def inclusion(index: int, size: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """
    Prove that leaf `index` is in the tree of `size` leaves, its sibling first.

    Raises MalformedError for a leaf that the tree does not have.
    """
    if not 0 <= index < size:
        vi = f"cây có {size} lá, không có lá {index}; hãy chọn số nhỏ hơn"
        raise MalformedError(vi, f"a tree of {size} has no leaf {index}; choose less")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            path.append(range_hash(split, end))
            end = split
        else:
            path.append(range_hash(start, split))
            start = split
    return tuple(reversed(path))


def consistency(old: int, new: int, range_hash: RangeHash) -> tuple[bytes, ...]:
    """
    Prove that the tree of `new` leaves begins with the tree of `old` leaves.

    Raises MalformedError unless 0 < old ≤ new.
    """
    if not 0 < old <= new:
        vi = f"chỉ chứng minh được từ 1 đến {new}, không từ {old}"
        raise MalformedError(vi, f"can only prove from 1 up to {new}, not from {old}")
    start, end, path = 0, new, list[bytes]()
    while end > old:
        split = _split(start, end)
        if old <= split:
            path.append(range_hash(split, end))
            end = split
        else:
            path.append(range_hash(start, split))
            start = split
    if start:
        path.append(range_hash(start, end))
    return tuple(reversed(path))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check an inclusion proof (RFC 9162 §2.1.3.2); raises TamperedError."""
    if not 0 <= index < size:
        vi = f"cây {size} lá không có lá {index}"
        _refuse(_IN, vi, f"a tree of {size} has no leaf {index}")
    _demand_hashes(_IN, proof)
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            _refuse(_IN, *_LONG)
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _risen(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        _refuse(_IN, *_SHORT)
    if found != root:
        vi = f"lá {index} dẫn đến gốc {found.hex()}, không phải {root.hex()}"
        en = f"leaf {index} leads to root {found.hex()}, not to {root.hex()}"
        _refuse(_IN, vi, en)


def verify_consistency(
    old_size: int,
    old_root: bytes,
    new_size: int,
    new_root: bytes,
    proof: Sequence[bytes],
) -> None:
    """
    Check a consistency proof (RFC 9162 §2.1.4.2); raises TamperedError.

    The empty tree proves nothing: `old_size` 0 is refused.
    """
    if not 0 < old_size <= new_size:
        vi = f"{new_size} lá không thể dài ra từ {old_size}"
        _refuse(_CON, vi, f"{new_size} leaves do not grow from {old_size}")
    _demand_hashes(_CON, proof)
    if old_size == new_size:
        if proof or old_root != new_root:
            vi = f"hai gốc cho cùng cỡ {old_size}"
            _refuse(_CON, vi, f"two roots for one size, {old_size}")
        return
    power = old_size & (old_size - 1) == 0
    path = (old_root, *proof) if power else tuple(proof)
    if not path:
        _refuse(_CON, *_SHORT)
    before, after = _climbed(old_size - 1, new_size - 1, path)
    if before != old_root:
        _refuse(_CON, *_other_root(old_size, before))
    if after != new_root:
        _refuse(_CON, *_other_root(new_size, after))


def _climbed(place: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Compute the roots of the old and of the new tree from a consistency path."""
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            _refuse(_CON, *_LONG)
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            place, last = _risen(place, last)
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    if last:
        _refuse(_CON, *_SHORT)
    return before, after


def _split(start: int, end: int) -> int:
    """Where RFC 6962 §2.1 splits: the largest power of two below the width."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _risen(place: int, last: int) -> tuple[int, int]:
    """Rise past the levels where the last node has no sibling on its right."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _demand_hashes(what: str, proof: Sequence[bytes]) -> None:
    for number, node in enumerate(proof, start=1):
        if len(node) != HASH:
            size = len(node)
            _refuse(what, f"mã {number} có {size} byte", f"hash {number}: {size} bytes")


def _other_root(size: int, root: bytes) -> tuple[str, str]:
    return f"cỡ {size} có gốc {root.hex()}", f"size {size} has root {root.hex()}"


def _refuse(what: str, vi: str, en: str) -> NoReturn:
    kind = {"inclusion": "có mặt", "consistency": "nhất quán"}[what]
    vi = f"bằng chứng {kind} không đúng: {vi}; hãy xin lại từ sổ nhật ký"
    en = f"wrong {what} proof: {en}; ask the log for a new one"
    raise TamperedError(vi, en)
