"""
The container NBO1: any number of bytes under one data key, readable as a stream.

`b"NBO1" ‖ prefix(7) ‖ chunks`; a chunk is 1 MiB of plaintext (the last one less) under
AES-256-GCM with its tag. Nonce of chunk i = prefix ‖ u32be(i) ‖ (1 when last, else 0);
the additional data is the object's key. So a flipped bit, a cut, a swap, an added byte
and another object put in its place are all found. An empty document is one empty last
chunk. A data key is used for one container only.
"""

import io
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dossiers.errors import TamperedError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MAGIC = b"NBO1"
_PREFIX = 7
_CHUNK = 1 << 20
_TAG = 16


class Source(Protocol):
    """What plaintext is read from."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""


def new_data_key() -> bytes:
    """Make a random 256-bit data key for one container."""
    return secrets.token_bytes(32)


def sealed_size(size: int) -> int:
    """Bytes of the container that holds `size` bytes."""
    chunks = max(1, -(-size // _CHUNK))
    return len(_MAGIC) + _PREFIX + size + chunks * _TAG


def sealing(data_key: bytes, object_key: str, source: Source) -> BinaryIO:
    """Read plaintext from `source` as a container, chunk by chunk."""
    return io.BufferedReader(_Pieces(_seal(data_key, object_key, source)), _CHUNK)


def opening(data_key: bytes, object_key: str, source: BinaryIO) -> BinaryIO:
    """
    Read a container as plaintext; TamperedError before any byte of a bad chunk.

    Closing it closes `source`.
    """
    pieces = _Pieces(_open(data_key, object_key, source), source)
    return io.BufferedReader(pieces, _CHUNK)


def seal(data_key: bytes, object_key: str, plaintext: bytes) -> bytes:
    """Put bytes into a container."""
    return b"".join(_seal(data_key, object_key, io.BytesIO(plaintext)))


def unseal(data_key: bytes, object_key: str, container: bytes) -> bytes:
    """Take the bytes out of a container; TamperedError."""
    return b"".join(_open(data_key, object_key, io.BytesIO(container)))


def _seal(data_key: bytes, object_key: str, source: Source) -> Iterator[bytes]:
    cipher, prefix = AESGCM(data_key), secrets.token_bytes(_PREFIX)
    yield _MAGIC + prefix
    for nonce, chunk in _numbered(prefix, source, _CHUNK):
        yield cipher.encrypt(nonce, chunk, object_key.encode())


def _open(data_key: bytes, object_key: str, source: BinaryIO) -> Iterator[bytes]:
    cipher, header = AESGCM(data_key), _exactly(source, len(_MAGIC) + _PREFIX)
    prefix = header[len(_MAGIC) :]
    if not header.startswith(_MAGIC) or len(prefix) != _PREFIX:
        raise _tampered(object_key, "header")
    for nonce, chunk in _numbered(prefix, source, _CHUNK + _TAG):
        try:
            plaintext = cipher.decrypt(nonce, chunk, object_key.encode())
        except (InvalidTag, ValueError) as error:
            number = int.from_bytes(nonce[_PREFIX:-1])
            raise _tampered(object_key, f"chunk {number}") from error
        yield plaintext


def _numbered(
    prefix: bytes, source: Source, size: int
) -> Iterator[tuple[bytes, bytes]]:
    """Cut a stream into chunks, each with its nonce; at least one, possibly empty."""
    number, chunk = 0, _exactly(source, size)
    while following := _exactly(source, size) if len(chunk) == size else b"":
        yield prefix + number.to_bytes(4) + b"\0", chunk
        number, chunk = number + 1, following
    yield prefix + number.to_bytes(4) + b"\1", chunk


def _exactly(source: Source, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end, however little each read gives."""
    piece = source.read(size)
    if len(piece) in (0, size):
        return piece
    pieces, missing = [piece], size - len(piece)
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _tampered(object_key: str, place: str) -> TamperedError:
    return TamperedError(
        f"đối tượng {object_key} đã bị thay đổi ({place}); khôi phục từ bản sao lưu",
        f"object {object_key} was altered ({place}); restore it from a backup",
    )


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a readable stream."""

    def __init__(self, pieces: Iterator[bytes], source: BinaryIO | None = None) -> None:
        self._pieces = pieces
        self._source = source
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        super().close()

    def readall(self) -> bytes:
        rest, self._rest = self._rest, memoryview(b"")
        return b"".join((rest, *self._pieces))

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
