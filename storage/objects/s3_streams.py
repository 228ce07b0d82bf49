"""What flows to and from an S3-compatible store, counted and digested on the way."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore
from typing import TYPE_CHECKING, BinaryIO

from urllib3 import BaseHTTPResponse

from dossiers.errors import FaultError
from storage.objects.s3_errors import translated
from storage.objects.store import wrong_size

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART = 5 << 20
"""Bytes sent in one request; more goes in parts of this size, one after another."""
BUFFER = 1 << 18
"""Bytes held between the connection and the reader."""
_CHUNK = 1 << 20
_SMALL = 1 << 18
_AHEAD = 2
"""Pieces that may wait to be digested."""


class Source(io.RawIOBase):
    """
    Exactly `size` bytes of a caller's stream.

    Fails before the last byte is sent when the stream holds fewer or more: nothing is
    stored then. The caller's own failures pass through. What is large is digested in a
    thread of its own, while it is signed and sent; close it to end that thread.
    """

    def __init__(self, key: str, stream: BinaryIO, size: int) -> None:
        """Take a size that is known; MalformedError."""
        self._key = key
        self._stream = stream
        self._size = size
        self._came = 0
        self._sha256 = hashlib.sha256()
        self._parts = [hashlib.md5(usedforsecurity=False)]
        if size < 0:
            raise wrong_size(key, size, 0)
        if not size:
            self._demand_end()
        self._beside = ThreadPoolExecutor(1) if size > _SMALL else None
        self._room = Semaphore(_AHEAD)

    @property
    def sha256(self) -> str:
        """SHA-256 hex of what was read, once it is closed."""
        return self._sha256.hexdigest()

    @property
    def etag(self) -> str:
        """The entity tag that S3 gives these bytes in parts of `PART`, once closed."""
        if len(self._parts) == 1:
            return self._parts[0].hexdigest()
        joined = b"".join(part.digest() for part in self._parts)
        whole = hashlib.md5(joined, usedforsecurity=False)
        return f"{whole.hexdigest()}-{len(self._parts)}"

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as one part goes."""
        target = memoryview(buffer).cast("B")
        room = min(len(target), _CHUNK, self._size - self._came)
        if not room:
            return 0
        piece = self._read(min(room, PART - self._came % PART))
        if not piece:
            raise wrong_size(self._key, self._size, self._came)
        self._came += len(piece)
        if self._beside is None:
            self._digest(piece, self._came)
        else:
            self._room.acquire()
            self._beside.submit(self._digest, piece, self._came)
        target[: len(piece)] = piece
        if self._came == self._size:
            self._demand_end()
        return len(piece)

    def close(self) -> None:
        """Wait until all that was read is digested."""
        if self._beside is not None:
            self._beside.shutdown()
        super().close()

    def _digest(self, piece: bytes, came: int) -> None:
        if came > len(piece) and not (came - len(piece)) % PART:
            self._parts.append(hashlib.md5(usedforsecurity=False))
        self._sha256.update(piece)
        self._parts[-1].update(piece)
        self._room.release()

    def _demand_end(self) -> None:
        if self._read(1):
            raise wrong_size(self._key, self._size, self._came + 1)

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (OSError, ValueError) as error:
            vi = f"không đọc được nội dung của {self._key} ({error}); hãy gửi lại"
            en = f"the content of {self._key} cannot be read ({error}); send it again"
            raise FaultError(vi, en) from error


class Body(io.RawIOBase):
    """The rest of an object on its way to us; a cut is said, never a short read."""

    def __init__(self, key: str, response: BaseHTTPResponse) -> None:
        """Take over the response: closing this gives its connection back."""
        self._key = key
        self._response = response

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read what has come; UnavailableError for a cut, a reset, a hang."""
        target = memoryview(buffer).cast("B")
        with translated(self._key):
            piece = self._response.read(len(target))
        target[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        """Read the whole rest at once; UnavailableError."""
        with translated(self._key):
            return self._response.read()

    def close(self) -> None:
        """Give the connection back; one with unread bytes is closed."""
        if not self.closed:
            self._response.close()
            self._response.release_conn()
        super().close()
