"""Opaque ids: UUIDv7 (RFC 9562) of an instant, with chance or a demo seed."""

import hashlib
import hmac
import os
from datetime import datetime
from uuid import UUID

VERSION_7 = 0x7 << 76
VARIANT = 0b10 << 62


def uuid7(at: datetime, entropy: bytes) -> str:
    """Make a UUIDv7 of an instant in milliseconds; entropy gives the other 74 bits."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    rand = int.from_bytes(entropy[:10], "big")
    high = (rand >> 62) & 0xFFF
    low = rand & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | VERSION_7 | high << 64 | VARIANT | low))


class Ids:
    """Ids by chance, or repeatable under a seed; tokens under the installation key."""

    def __init__(self, key: bytes, seed: bytes | None = None) -> None:
        """Take the installation's key and, in a demo, its seed."""
        self._key = key
        self._seed = seed

    def new(self, at: datetime, *parts: str) -> str:
        """Make an id; the same parts give the same id only under a seed."""
        if self._seed is None:
            return uuid7(at, os.urandom(10))
        return uuid7(at, self._mac(self._seed, parts))

    def salt(self) -> bytes:
        """Draw sixteen random bytes."""
        return os.urandom(16)

    def token(self, *parts: str) -> str:
        """Derive 128 unguessable bits in hex, the same for the same parts."""
        return self._mac(self._key, ("token", *parts))[:16].hex()

    @staticmethod
    def _mac(key: bytes, parts: tuple[str, ...]) -> bytes:
        return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest()
