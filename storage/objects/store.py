"""
The port of the object stores and what they answer.

Raised across it, and nothing else: NotFoundError (no such key), MalformedError (key or
announced size is wrong), ConflictError (the key is taken: objects are never
overwritten), LockedError (may not be deleted), UnavailableError (the store is away: the
step waits, nothing is judged lost), FaultError (disk full, input or output error).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from dossiers.errors import (
    ConflictError,
    LockedError,
    MalformedError,
    NotFoundError,
)

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_LONGEST_KEY = 512


@dataclass(frozen=True, slots=True)
class Stored:
    """Acknowledgement of a durable object: its key, size in bytes, SHA-256 hex."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stat:
    """What a store knows of an object: key, size in bytes, time of storing (UTC)."""

    key: str
    size: int
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store was seen to do: survive power loss, refuse a second put."""

    durable: bool
    create_only: bool


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a store answers, why not, and its free bytes (None: unknown)."""

    ok: bool
    reason: str = ""
    free_bytes: int | None = None


class ObjectStore(Protocol):
    """Opaque bytes under unique keys, written once."""

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store exactly `size` bytes durably; never overwrites, never in part."""

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Open for reading from byte `start`; the caller closes; NotFoundError."""

    def stat(self, key: str) -> Stat | None:
        """Describe an object; None when there is none."""

    def delete(self, key: str) -> None:
        """Delete, also when it is gone already; LockedError."""

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List the keys with this prefix that sort after `after`, in byte order."""

    def probe(self) -> Capabilities:
        """Try with a canary what the store really does."""

    def health(self) -> Health:
        """Say at once whether the store can be used; never raises."""


def checked_key(key: str) -> str:
    """Refuse a key that could leave the store or hide in it; MalformedError."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        vi = f"khóa đối tượng {key!r} không hợp lệ; dùng object_key() để tạo khóa"
        en = f"object key {key!r} is malformed; make keys with object_key()"
        raise MalformedError(vi, en)
    return key


def no_object(key: str) -> NotFoundError:
    """Build the answer for a key that is unknown."""
    return NotFoundError(
        f"không có đối tượng {key} trong kho; kiểm tra khóa hoặc khôi phục bản sao lưu",
        f"no object {key} in the store; check the key or restore a backup",
    )


def taken(key: str) -> ConflictError:
    """Build the refusal of a put under a key that is in use."""
    return ConflictError(
        f"đã có đối tượng {key}, không bao giờ ghi đè; hãy dùng khóa mới",
        f"object {key} exists and is never overwritten; use a new key",
    )


def locked(key: str) -> LockedError:
    """Build the refusal to delete a locked object."""
    return LockedError(
        f"đối tượng {key} bị khóa; chỉ được xóa sau khi hết thời hạn lưu giữ",
        f"object {key} is locked; it may be deleted only after its term",
    )


def wrong_size(key: str, announced: int, came: int) -> MalformedError:
    """Build the refusal of a body that is shorter or longer than announced."""
    return MalformedError(
        f"đối tượng {key}: báo {announced} byte nhưng nhận {came} byte; hãy gửi lại",
        f"object {key}: {announced} bytes announced, {came} came; send it again",
    )
