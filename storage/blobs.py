"""
Blobs: sealed objects, the rows that own them, and the keys that open them.

`lay` puts an object down behind an intent (commit → object), `own` gives it its row in
the caller's transaction, where the intent is the fence against the collector.
"""

import hashlib
import io
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import BinaryIO

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)

from dossiers.crashpoints import crashpoint
from dossiers.errors import (
    ConflictError,
    ErasedError,
    MalformedError,
    TamperedError,
)
from storage.encryption.container import (
    Source,
    new_data_key,
    opening,
    sealed_size,
    sealing,
)
from storage.encryption.keys import (
    KeyProvider,
    Purpose,
    object_key,
    unwrap_key,
    wrap_key,
)
from storage.engine import DatabaseClock, reading, writing
from storage.objects.store import LOCKED_FOLDER, ObjectStore, Stored
from storage.owner_keys import demand_key, find_key
from storage.paper_tables import BLOB, READABLE, UPLOAD_INTENT
from storage.prepared import Prepared
from storage.tables import micros

BlobRow = Row[tuple[object, ...]]
_PIECE = 1 << 20
_SAME = select(BLOB.c.key, BLOB.c.state).where(
    BLOB.c.owner == bindparam("o"),
    BLOB.c.retention == bindparam("r"),
    BLOB.c.sha256 == bindparam("h"),
    text(READABLE),
)
_TWIN, _TWIN_HELD = Prepared(_SAME), Prepared(_SAME.with_for_update())
_INTEND = Prepared(
    insert(UPLOAD_INTENT).values(created_at=DatabaseClock()), "key", "state"
)
_END_INTENT = Prepared(
    delete(UPLOAD_INTENT).where(
        UPLOAD_INTENT.c.key == bindparam("k"),
        UPLOAD_INTENT.c.state == text("'open'"),
    )
)
_FORGOTTEN = {"locked_until", "last_verified"}
_ADD = Prepared(insert(BLOB), *(c.name for c in BLOB.c if c.name not in _FORGOTTEN))
_LOCKED = (
    update(BLOB)
    .where(BLOB.c.key == bindparam("k"))
    .values(locked_until=bindparam("until"))
)
_FOLDER = "o/"
_MANY = 4 << 20
_LARGE = BoundedSemaphore(4)
"""How many large objects one process sends at once: a driver holds parts of each."""
LIVE, SHREDDED = "live", "shredded"


@dataclass(frozen=True, slots=True)
class Whole:
    """Bytes that are to be kept: whose, in which retention class, which, how many."""

    owner: str
    retention: str
    sha256: str
    size: int

    @property
    def same(self) -> dict[str, object]:
        """Ask for the blob of these very bytes."""
        digest = bytes.fromhex(self.sha256)
        return {"o": self.owner, "r": self.retention, "h": digest}


@dataclass(frozen=True, slots=True)
class Laid:
    """An object that is durable and not owned yet; without one: a twin lies there."""

    whole: Whole
    stored: Stored | None = None
    data_key: bytes = b""


class Blobs:
    """Sealed objects in a store, their rows and wrapped keys in SQL."""

    def __init__(self, engine: Engine, objects: ObjectStore, keys: KeyProvider) -> None:
        self._engine = engine
        self.objects = objects
        self._keys = keys
        self._names = keys.sub_key(Purpose.OBJECT_NAMES)

    def lay(
        self,
        content: bytes | BinaryIO,
        owner: str,
        retention: str,
        *,
        lockable: bool = False,
    ) -> Laid:
        """
        Seal the content into a fresh object, unless its bytes are kept already.

        A file is read twice from where it stands, in pieces. Raises FaultError,
        UnavailableError, MalformedError for a file that changes meanwhile.
        """
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        start = stream.tell()
        whole = Whole(owner, retention, *_measured(stream))
        with reading(self._engine) as connection:
            twins = _TWIN.rows(connection, whole.same)
        if twins and twins[0].state == LIVE:
            return Laid(whole)
        with _LARGE if whole.size > _MANY else nullcontext():
            stream.seek(start)
            source = stream if isinstance(content, bytes) else _Unchanged(stream, whole)
            return self._sealed(whole, source, LOCKED_FOLDER if lockable else _FOLDER)

    def _sealed(self, whole: Whole, source: Source, folder: str) -> Laid:
        key = object_key(self._names, whole.owner, whole.sha256, folder=folder)
        with writing(self._engine) as connection:
            _INTEND.run(connection, {"key": key, "state": "open"})
        crashpoint("after-intent")
        data_key = new_data_key()
        sealed = sealing(data_key, key, source)
        stored = self.objects.put(key, sealed, sealed_size(whole.size))
        crashpoint("after-object")
        return Laid(whole, stored, data_key)

    def own(self, connection: Connection, laid: Laid) -> str:
        """
        Own the object, or attach to the same bytes; the blob's key.

        The caller holds the journal's lock. Raises ConflictError when the collector or
        a shredding was faster.
        """
        whole, stored = laid.whole, laid.stored
        if twins := _TWIN_HELD.rows(connection, whole.same):
            if twins[0].state != LIVE:
                raise _fenced()
            return str(
                twins[0].key
            )  # our own object, if any, stays an intent for the GC
        if stored is None:
            raise _fenced()
        if _END_INTENT.run(connection, {"k": stored.key}) != 1:
            raise _fenced()
        outer = demand_key(connection, self._keys, whole.owner, whole.retention)
        row = {
            "key": stored.key,
            "owner": whole.owner,
            "retention": whole.retention,
            "sha256": bytes.fromhex(whole.sha256),
            "size": whole.size,
            "wrapped": wrap_key(outer, laid.data_key, stored.key.encode()),
            "state": LIVE,
            "store_id": stored.store_id,
            "version_id": stored.version_id,
        }
        _ADD.run(connection, row)
        return stored.key

    def key_of(self, connection: Connection, blob: BlobRow) -> bytes:
        """Unwrap a blob's data key; ErasedError for what was shredded."""
        if blob.state == SHREDDED:
            raise _erased(blob.key)
        outer = find_key(connection, self._keys, blob.owner, blob.retention)
        if outer is None:
            raise _keyless(blob.key)
        return unwrap_key(outer, blob.wrapped, blob.key.encode())

    def open(self, blob: BlobRow, data_key: bytes) -> BinaryIO:
        """
        Open a blob's bytes for reading; the caller closes the stream.

        Every chunk is checked before it is given out. Raises NotFoundError,
        UnavailableError, TamperedError.
        """
        sealed = self.objects.open(blob.key, version_id=blob.version_id)
        return opening(data_key, blob.key, sealed)

    def is_there(self, blob: BlobRow) -> bool:
        """Whether the store has the object now; UnavailableError."""
        return self.objects.stat(blob.key, blob.version_id) is not None

    def lock(self, key: str, version_id: str | None, until: datetime) -> None:
        """Keep an object until then, and remember the term; UnavailableError."""
        with suppress(MalformedError):  # a term that is over needs no lock
            self.objects.lock(key, version_id, until)
        with writing(self._engine) as connection:
            term = {"k": key, "until": micros(until)}
            connection.execute(_LOCKED, term)


def _measured(stream: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


class _Unchanged:
    """A file read again: its end is refused when it is not what was measured."""

    def __init__(self, stream: BinaryIO, whole: Whole) -> None:
        self._stream = stream
        self._whole = whole
        self._digest = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(size)
        self._digest.update(piece)
        if not piece and self._digest.hexdigest() != self._whole.sha256:
            vi = "tệp bị thay đổi trong khi cất; hãy gửi lại"
            raise MalformedError(
                vi, "the file changed while it was read; send it again"
            )
        return piece


def _fenced() -> ConflictError:
    vi = "kho đang dọn tệp này; hãy thử lại"
    return ConflictError(vi, "the store is removing this object; try again")


def _erased(key: str) -> ErasedError:
    return ErasedError(
        f"nội dung {key} đã được xóa theo yêu cầu; chỉ còn mã băm và ngày tháng",
        f"the content of {key} was erased; its digest and dates remain",
    )


def _keyless(key: str) -> TamperedError:
    return TamperedError(
        f"mất khóa của đối tượng {key}; khôi phục cơ sở dữ liệu từ bản sao lưu",
        f"the key of object {key} is gone; restore the database from a backup",
    )
