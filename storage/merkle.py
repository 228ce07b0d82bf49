"""The Merkle tree over the journal: RFC 6962, SHA-256 (architecture §7)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

HASH = 32


def leaf_of(body: bytes) -> bytes:
    """Hash an event: RFC 6962 leaf over the 33 bytes `0x01 ‖ SHA-256(body)`."""
    return leaf_hash(b"\1" + hashlib.sha256(body).digest())


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry of the tree: SHA-256(0x00 ‖ entry), RFC 6962 §2.1."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """All that is needed to grow a tree: the roots of its full subtrees, big first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, size: int, stored: bytes) -> Self:
        """Read what `written` gave; ValueError when it does not fit the size."""
        count = size.bit_count()
        if len(stored) != count * HASH:
            message = f"{len(stored)} bytes for a tree of {size} leaves"
            raise ValueError(message)
        parts = (stored[i * HASH : (i + 1) * HASH] for i in range(count))
        return cls(size, tuple(parts))

    @property
    def written(self) -> bytes:
        """The roots of the full subtrees in one piece."""
        return b"".join(self.roots)

    def grown(self, leaves: Iterable[bytes]) -> "CompactRange":
        """Add leaf hashes at the end."""
        size, roots = self.size, list(self.roots)
        for leaf in leaves:
            grown, rest = leaf, size
            while rest & 1:
                grown = node_hash(roots.pop(), grown)
                rest >>= 1
            roots.append(grown)
            size += 1
        return CompactRange(size, tuple(roots))

    @property
    def root(self) -> bytes:
        """The tree's root hash; of nothing, SHA-256 of nothing."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        *bigger, root = self.roots
        for left in reversed(bigger):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Compute the root over leaf hashes, in constant memory."""
    return CompactRange().grown(leaves).root
