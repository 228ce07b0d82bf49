"""
Documents: stored once, encrypted, found again.

Order of an ingest: intent row (commit) → object (durable) → one transaction with the
intent's end, the blob, the document and its event. A crash in between leaves an intent
and perhaps an object without a row; nobody has seen an id yet.
"""

from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Engine, Row, bindparam, insert, select

from dossiers.crashpoints import crashpoint
from dossiers.errors import NotFoundError
from dossiers.ports import Consent, Document, Ids, NewDocument
from dossiers.values import Actor
from storage import consents, journal
from storage.blobs import LIVE, Blobs
from storage.document_rows import described, row_of, stored
from storage.encryption.keys import KeyProvider
from storage.engine import reading, writing
from storage.locking import FINAL, lock_new
from storage.meta import site_of
from storage.objects.store import ObjectStore
from storage.paper_tables import BLOB, DOCUMENT
from storage.prepared import Prepared

_FIELDS = (DOCUMENT, BLOB.c.sha256, BLOB.c.size, BLOB.c.state.label("blob_state"))
_JOINED = select(*_FIELDS).join(BLOB, BLOB.c.key == DOCUMENT.c.blob_key)
_BY_ID = Prepared(_JOINED.where(DOCUMENT.c.document_id == bindparam("d")))
_BY_UPLOAD = Prepared(_JOINED.where(DOCUMENT.c.upload == bindparam("u")))
_BLOB_OF = Prepared(
    select(BLOB)
    .join(DOCUMENT, DOCUMENT.c.blob_key == BLOB.c.key)
    .where(DOCUMENT.c.document_id == bindparam("d"))
)
_ADD = Prepared(insert(DOCUMENT))
_CANDIDATES = _JOINED.where(
    DOCUMENT.c.owner == bindparam("o"),
    DOCUMENT.c.type_code.in_(bindparam("types", expanding=True)),
    DOCUMENT.c.state != "draft",
).order_by(DOCUMENT.c.stored_at.desc(), DOCUMENT.c.document_id.desc())


class SqlDocuments:
    """Documents in an object store, their rows and events in SQL."""

    def __init__(
        self, engine: Engine, objects: ObjectStore, keys: KeyProvider, ids: Ids
    ) -> None:
        self._engine = engine
        self._blobs = Blobs(engine, objects, keys)
        self._ids = ids

    def put(self, content: bytes | BinaryIO, about: NewDocument) -> Document:
        """
        Store durably, once for each upload id; a repeat gives the first document.

        The same bytes of the same owner and retention class share one object. A file
        is read in pieces, twice. Raises FaultError for a full disk, UnavailableError,
        ConflictError when the garbage collector was faster: try again.
        """
        if (known := self._uploaded(about.upload)) is not None:
            return known
        final = about.retention in FINAL and about.state == "valid"
        laid = self._blobs.lay(content, about.owner, about.retention, lockable=final)
        with writing(self._engine) as connection:
            tree = journal.lock(connection)
            if first := _BY_UPLOAD.rows(connection, {"u": about.upload}):
                return _document(first[0])
            kept = self._blobs.own(connection, laid)
            document_id = self._ids.new(about.at, "document", about.upload)
            _ADD.run(connection, row_of(document_id, about, kept))
            whole = laid.whole
            event = stored(document_id, about, whole.sha256, whole.size)
            event = event.model_copy(
                update={"id": self._ids.new(about.at, event.stream, "1")}
            )
            journal.record(connection, tree, [event], site=site_of(connection))
            (row,) = _BY_ID.rows(connection, {"d": document_id})
        crashpoint("after-document")
        if final and laid.stored is not None and kept == laid.stored.key:
            lock_new(self._blobs, laid.stored, about.retention, about.at)
        return _document(row)

    def find(self, document_id: str) -> Document:
        """Describe a document; raises NotFoundError."""
        with reading(self._engine) as connection:
            found = _BY_ID.rows(connection, {"d": document_id})
        if not found:
            raise _unknown(document_id)
        return _document(found[0])

    def open(self, document_id: str) -> bytes:
        """
        Read and decrypt; every chunk is checked before it is given out.

        Raises NotFoundError, ErasedError, UnavailableError, TamperedError. That these
        are the bytes of the recorded digest is the scrub's to say.
        """
        with reading(self._engine) as connection:
            found = _BLOB_OF.rows(connection, {"d": document_id})
            if not found:
                raise _unknown(document_id)
            blob = found[0]
            data_key = self._blobs.key_of(connection, blob)
        with self._blobs.open(blob, data_key) as stream:
            return stream.read()

    def candidates(self, owner: str, types: tuple[str, ...]) -> tuple[Document, ...]:
        """List the owner's papers of these types in any state, newest first."""
        asked = {"o": owner, "types": types}
        with reading(self._engine) as connection:
            return tuple(map(_document, connection.execute(_CANDIDATES, asked).all()))

    def is_present(self, document_id: str) -> bool:
        """Whether the store has its bytes now; UnavailableError when it is away."""
        with reading(self._engine) as connection:
            found = _BLOB_OF.rows(connection, {"d": document_id})
        return bool(found) and self._blobs.is_there(found[0])

    def consents(self, owner: str) -> bool:
        """Whether the owner allows now that his papers are reused."""
        with reading(self._engine) as connection:
            return consents.consents(connection, owner)

    def let(self, consent: Consent, actor: Actor, at: datetime) -> None:
        """Record that an owner gives or withdraws his consent."""
        with writing(self._engine) as connection:
            consents.let(connection, consent, actor, at, ids=self._ids)

    def _uploaded(self, upload: str) -> Document | None:
        with reading(self._engine) as connection:
            found = _BY_UPLOAD.rows(connection, {"u": upload})
        return _document(found[0]) if found else None


def _document(row: "Row[tuple[object, ...]]") -> Document:
    return described(row, readable=row.blob_state == LIVE)


def _unknown(document_id: str) -> NotFoundError:
    vi = f"không có giấy tờ {document_id}"
    return NotFoundError(vi, f"no document {document_id}")
