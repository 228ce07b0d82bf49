"""
Documents: stored once, encrypted, found again.

Order of an ingest: intent row (commit) → object (durable) → one transaction with the
intent's end, the blob, the document and its event. A crash in between leaves an intent
and perhaps an object without a row; nobody has seen an id yet.
"""

import io

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, text

from dossiers.crashpoints import crashpoint
from dossiers.envelope import Event
from dossiers.errors import ConflictError, NotFoundError, TamperedError
from dossiers.events import DocumentStored
from dossiers.ports import Document, Ids, NewDocument
from dossiers.values import ENGINE, Actor, digest
from storage import journal
from storage.encryption.container import new_data_key, seal, unseal
from storage.encryption.keys import (
    KeyProvider,
    Purpose,
    object_key,
    unwrap_key,
    wrap_key,
)
from storage.engine import DatabaseClock, reading, writing
from storage.meta import site_of
from storage.objects.store import ObjectStore
from storage.paper_tables import BLOB, DOCUMENT, OWNER_KEY, UPLOAD_INTENT
from storage.tables import instant, micros

_FIELDS = (DOCUMENT, BLOB.c.sha256, BLOB.c.size)
_JOINED = select(*_FIELDS).join(BLOB, BLOB.c.key == DOCUMENT.c.blob_key)
_BY_ID = _JOINED.where(DOCUMENT.c.document_id == bindparam("d"))
_BY_UPLOAD = _JOINED.where(DOCUMENT.c.upload == bindparam("u"))
_BLOB_OF = (
    select(BLOB)
    .join(DOCUMENT, DOCUMENT.c.blob_key == BLOB.c.key)
    .where(DOCUMENT.c.document_id == bindparam("d"))
)
_SAME = select(BLOB.c.key, BLOB.c.state).where(
    BLOB.c.owner == bindparam("o"),
    BLOB.c.retention == bindparam("r"),
    BLOB.c.sha256 == bindparam("h"),
)
_KEY = select(OWNER_KEY.c.kek_id, OWNER_KEY.c.wrapped).where(
    OWNER_KEY.c.owner == bindparam("o"), OWNER_KEY.c.retention == bindparam("r")
)
_ADD_KEY = text(
    "INSERT INTO owner_key (owner, retention, kek_id, wrapped)"
    " VALUES (:owner, :retention, :kek_id, :wrapped)"
    " ON CONFLICT (owner, retention) DO NOTHING"
)
_REMEMBERED = 4096
"""Unwrapped owner keys kept in memory."""
_END_INTENT = delete(UPLOAD_INTENT).where(
    UPLOAD_INTENT.c.key == bindparam("k"), UPLOAD_INTENT.c.state == "open"
)
_RELEASE = {"state": "live"}
SITE_ACTOR = Actor(id=ENGINE, position=ENGINE, agency="store")


class SqlDocuments:
    """Documents in an object store, their rows and events in SQL."""

    def __init__(
        self, engine: Engine, objects: ObjectStore, keys: KeyProvider, ids: Ids
    ) -> None:
        self._engine = engine
        self._objects = objects
        self._keys = keys
        self._ids = ids
        self._names = keys.sub_key(Purpose.OBJECT_NAMES)
        self._owners: dict[tuple[str, str], bytes] = {}

    def put(self, content: bytes, about: NewDocument) -> Document:
        """
        Store durably, once for each upload id; a repeat gives the first document.

        The same bytes of the same owner and retention class share one object.
        Raises FaultError for a full disk, UnavailableError, ConflictError when the
        garbage collector was faster: try again.
        """
        if (known := self._uploaded(about.upload)) is not None:
            return known
        sha256 = digest(content)
        outer = self._owner_key(about.owner, about.retention)
        key, wrapped = self._stored_object(content, sha256, about, outer)
        with writing(self._engine) as connection:
            tree = journal.lock(connection)
            first = connection.execute(_BY_UPLOAD, {"u": about.upload}).first()
            if first is not None:
                return _document(first)
            kept = _blob(connection, (key, wrapped), sha256, len(content), about)
            document = self._row(about, kept)
            connection.execute(insert(DOCUMENT), document)
            event = self._event(document, about, sha256, len(content))
            journal.record(connection, tree, [event], site=site_of(connection))
        crashpoint("after-document")
        return self.find(str(document["document_id"]))

    def find(self, document_id: str) -> Document:
        """Describe a document; raises NotFoundError."""
        with reading(self._engine) as connection:
            row = connection.execute(_BY_ID, {"d": document_id}).first()
        if row is None:
            raise _unknown(document_id)
        return _document(row)

    def open(self, document_id: str) -> bytes:
        """Read and decrypt; NotFoundError, TamperedError for changed bytes."""
        with reading(self._engine) as connection:
            blob = connection.execute(_BLOB_OF, {"d": document_id}).first()
        if blob is None:
            raise _unknown(document_id)
        outer = self._owner_key(blob.owner, blob.retention)
        data_key = unwrap_key(outer, blob.wrapped, blob.key.encode())
        with self._objects.open(blob.key) as sealed:
            content = unseal(data_key, blob.key, sealed.read())
        if digest(content) != blob.sha256.hex():
            vi = f"giấy tờ {document_id} không còn đúng bản đã cất"
            raise TamperedError(vi, f"document {document_id} is not what was stored")
        return content

    def candidates(self, owner: str, types: tuple[str, ...]) -> tuple[Document, ...]:
        """List the owner's valid documents of these types, newest first."""
        asked = (
            _JOINED.where(DOCUMENT.c.owner == owner, DOCUMENT.c.type_code.in_(types))
            .where(DOCUMENT.c.state == "valid", BLOB.c.state == "live")
            .order_by(DOCUMENT.c.stored_at.desc(), DOCUMENT.c.document_id.desc())
        )
        with reading(self._engine) as connection:
            return tuple(map(_document, connection.execute(asked).all()))

    def _uploaded(self, upload: str) -> Document | None:
        with reading(self._engine) as connection:
            row = connection.execute(_BY_UPLOAD, {"u": upload}).first()
        return None if row is None else _document(row)

    def _stored_object(
        self, content: bytes, sha256: str, about: NewDocument, outer: bytes
    ) -> tuple[str, bytes]:
        key = object_key(self._names, about.owner, sha256)
        same = {"o": about.owner, "r": about.retention, "h": bytes.fromhex(sha256)}
        with reading(self._engine) as connection:
            twin = connection.execute(_SAME, same).first()
        if twin is not None and twin.state == "live":
            return twin.key, b""
        data_key = new_data_key()
        sealed = seal(data_key, key, content)
        row = {"key": key, "state": "open"}
        with writing(self._engine) as connection:
            intent = insert(UPLOAD_INTENT).values(created_at=DatabaseClock())
            connection.execute(intent, row)
        crashpoint("after-intent")
        self._objects.put(key, io.BytesIO(sealed), len(sealed))
        crashpoint("after-object")
        return key, wrap_key(outer, data_key, key.encode())

    def _owner_key(self, owner: str, retention: str) -> bytes:
        known = self._owners.get((owner, retention))
        if known is not None:
            return known
        label = f"owner-key:{owner}:{retention}".encode()
        with writing(self._engine) as connection:
            kept = {
                "owner": owner,
                "retention": retention,
                "kek_id": self._keys.kek_id,
                "wrapped": self._keys.wrap(new_data_key(), label),
            }
            connection.execute(_ADD_KEY, kept)  # the first of two processes wins
            row = connection.execute(_KEY, {"o": owner, "r": retention}).one()
        found = self._keys.unwrap(row.wrapped, label, row.kek_id)
        if len(self._owners) >= _REMEMBERED:
            self._owners.clear()
        self._owners[owner, retention] = found
        return found

    def _row(self, about: NewDocument, key: str) -> dict[str, object]:
        return {
            "document_id": self._ids.new(about.at, "document", about.upload),
            "upload": about.upload,
            "blob_key": key,
            "owner": about.owner,
            "type_code": about.type_code,
            "media_type": about.media_type,
            "state": about.state,
            "source_dossier": about.source_dossier,
            "stored_at": micros(about.at),
        }

    def _event(
        self, row: dict[str, object], about: NewDocument, sha256: str, size: int
    ) -> Event:
        stream = f"document:{row['document_id']}"
        fact = DocumentStored.model_validate(
            {
                "owner": about.owner,
                "document_type": about.type_code,
                "media_type": about.media_type,
                "size": size,
                "sha256": sha256,
                "state": about.state,
                "source_dossier": about.source_dossier,
            }
        )
        return Event(
            id=self._ids.new(about.at, stream, "1"),
            stream=stream,
            version=1,
            occurred_at=about.at,
            actor=SITE_ACTOR,
            command=about.upload,
            fact=fact,
        )


def _blob(
    connection: Connection,
    made: tuple[str, bytes],
    sha256: str,
    size: int,
    about: NewDocument,
) -> str:
    """Keep the new object, or attach to a live twin; the fence is the intent."""
    key, wrapped = made
    same = {"o": about.owner, "r": about.retention, "h": bytes.fromhex(sha256)}
    twin = connection.execute(_SAME.with_for_update(), same).first()
    if twin is not None:
        if twin.state != "live":
            raise _fenced()
        return str(twin.key)  # our own object, if any, stays an intent for the GC
    if connection.execute(_END_INTENT, {"k": key}).rowcount != 1:
        raise _fenced()
    row = {
        "key": key,
        "owner": about.owner,
        "retention": about.retention,
        "sha256": bytes.fromhex(sha256),
        "size": size,
        "wrapped": wrapped,
    }
    connection.execute(insert(BLOB), row | _RELEASE)
    return key


def _document(row: "Row[tuple[object, ...]]") -> Document:
    return Document(
        id=row.document_id,
        owner=row.owner,
        type_code=row.type_code,
        media_type=row.media_type,
        sha256=row.sha256.hex(),
        size=row.size,
        state=row.state,
        source_dossier=row.source_dossier,
        stored_at=instant(row.stored_at),
    )


def _unknown(document_id: str) -> NotFoundError:
    vi = f"không có giấy tờ {document_id}"
    return NotFoundError(vi, f"no document {document_id}")


def _fenced() -> ConflictError:
    vi = "kho đang dọn tệp này; hãy thử lại"
    return ConflictError(vi, "the store is removing this object; try again")
