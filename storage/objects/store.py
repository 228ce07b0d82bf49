"""
The port of the object stores and what they answer.

Raised across it, and nothing else: NotFoundError (no such key), MalformedError (key,
announced size or term is wrong), ConflictError (the key is taken: objects are never
overwritten), LockedError (may not be deleted), RefusedError (wrong credentials),
UnavailableError (the store is away: the step waits, nothing is judged lost),
TamperedError (other bytes arrived than were sent), FaultError (disk full, clock wrong).

A store with versions names the version of each object; `version_id` is None where there
are none, and None in a question means the one that is there now.
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
LOCAL = "local"
CANARIES = "probe/"
"""Keys below it are tried and removed by `probe`."""
LOCKED_FOLDER = "l/"
"""Keys below it are outcomes: they lie where objects can be locked."""


@dataclass(frozen=True, slots=True)
class Stored:
    """
    Acknowledgement of a durable object: its key, size in bytes, SHA-256 hex.

    `store_id` is the store it lies in, `version_id` its version there.
    """

    key: str
    size: int
    sha256: str
    version_id: str | None = None
    store_id: str = LOCAL


@dataclass(frozen=True, slots=True)
class Stat:
    """What a store knows of an object: key, size in bytes, time of storing (UTC)."""

    key: str
    size: int
    stored_at: datetime
    version_id: str | None = None
    store_id: str = LOCAL


@dataclass(frozen=True, slots=True)
class Capabilities:
    """
    What a store was seen to do with a canary.

    `durable`: survives a power loss (None: cannot be seen from here); `create_only`:
    refuses a second put; `private`: refuses who shows no credentials; `versioning`;
    `object_lock`: refused to delete a locked object; `conditional_put`: the server
    itself refuses a second put; `clock_skew_s`: its clock minus ours, in seconds.
    """

    durable: bool | None
    create_only: bool
    private: bool = True
    versioning: bool = False
    object_lock: bool = False
    conditional_put: bool = False
    clock_skew_s: float | None = None

    @property
    def worm(self) -> str:
        """How far a term is kept: `enforced` by the store, or `advisory` only."""
        return "enforced" if self.object_lock else "advisory"


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

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open for reading from byte `start`; the caller closes; NotFoundError."""

    def stat(self, key: str, version_id: str | None = None) -> Stat | None:
        """Describe an object; None when there is none."""

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """
        Keep one version until then, not shorter; False: the store only advises.

        Raises NotFoundError, MalformedError for a term that is over or has no zone,
        LockedError for one that is shorter than the present one.
        """

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Delete, also when it is gone already; None: all versions; LockedError."""

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List the keys with this prefix that sort after `after`, in byte order."""

    def probe(self) -> Capabilities:
        """Try with canaries what the store really does."""

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


def shortened(key: str) -> LockedError:
    """Build the refusal to let a locked object go earlier."""
    return LockedError(
        f"đối tượng {key} đã khóa lâu hơn; thời hạn chỉ được kéo dài",
        f"object {key} is locked for longer already; a term is only lengthened",
    )


def checked_term(key: str, until: datetime, now: datetime) -> datetime:
    """Refuse a term without a zone or one that is over; MalformedError."""
    if until.tzinfo is None or until <= now:
        vi = f"thời hạn khóa {until} của {key} đã qua hoặc thiếu múi giờ"
        en = f"the term {until} of {key} is over or has no zone; give a later instant"
        raise MalformedError(vi, en)
    return until


def wrong_size(key: str, announced: int, came: int) -> MalformedError:
    """Build the refusal of a body that is shorter or longer than announced."""
    return MalformedError(
        f"đối tượng {key}: báo {announced} byte nhưng nhận {came} byte; hãy gửi lại",
        f"object {key}: {announced} bytes announced, {came} came; send it again",
    )
