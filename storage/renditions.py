"""
What was made of a document, beside it: page images, text. The original never changes.

A rendition is a blob of the same owner and retention class, so it is sealed, scrubbed
and shredded with its original. It proves nothing: no event tells of it, and it can be
made again.
"""

from typing import BinaryIO

from sqlalchemy import Connection, Engine, Row, bindparam, select, text

from dossiers.errors import NotFoundError
from storage import journal
from storage.blobs import Blobs
from storage.engine import reading, writing
from storage.paper_tables import BLOB, DOCUMENT, RENDITION

PAGE_1, TEXT = "page-1.png", "text"
_ORIGINAL = (
    select(BLOB)
    .join(DOCUMENT, DOCUMENT.c.blob_key == BLOB.c.key)
    .where(DOCUMENT.c.document_id == bindparam("d"))
)
_FOUND = (
    select(BLOB, RENDITION.c.media_type)
    .join(RENDITION, RENDITION.c.blob_key == BLOB.c.key)
    .where(
        RENDITION.c.document_id == bindparam("d"), RENDITION.c.kind == bindparam("k")
    )
)
_KINDS = (
    select(RENDITION.c.kind)
    .where(RENDITION.c.document_id == bindparam("d"))
    .order_by(RENDITION.c.kind)
)
_KEEP = text(
    "INSERT INTO rendition (document_id, kind, blob_key, media_type)"
    " VALUES (:d, :k, :key, :media_type) ON CONFLICT (document_id, kind) DO NOTHING"
)


class Renditions:
    """The renditions of all documents."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        self._engine = engine
        self._blobs = blobs

    def put(
        self, document_id: str, kind: str, content: bytes | BinaryIO, media_type: str
    ) -> None:
        """
        Keep a rendition; the first of a kind stays.

        Raises NotFoundError, ErasedError for a document that was shredded,
        ConflictError: try again.
        """
        with reading(self._engine) as connection:
            original = self._original(connection, document_id)
        laid = self._blobs.lay(content, original.owner, original.retention)
        with writing(self._engine) as connection:
            journal.lock(connection)
            # Erased meanwhile: it must not come back under a new key.
            self._original(connection, document_id)
            key = self._blobs.own(connection, laid)
            told = {"d": document_id, "k": kind, "key": key, "media_type": media_type}
            connection.execute(_KEEP, told)

    def open(self, document_id: str, kind: str) -> bytes:
        """Read a rendition; NotFoundError, ErasedError, TamperedError."""
        with reading(self._engine) as connection:
            asked = {"d": document_id, "k": kind}
            blob = connection.execute(_FOUND, asked).first()
            if blob is None:
                raise _none(document_id, kind)
            data_key = self._blobs.key_of(connection, blob)
        with self._blobs.open(blob, data_key) as stream:
            return stream.read()

    def kinds(self, document_id: str) -> tuple[str, ...]:
        """List the kinds of renditions that a document has."""
        with reading(self._engine) as connection:
            return tuple(connection.execute(_KINDS, {"d": document_id}).scalars())

    def _original(
        self, connection: Connection, document_id: str
    ) -> Row[tuple[object, ...]]:
        """Find a readable original; NotFoundError, ErasedError."""
        blob = connection.execute(_ORIGINAL, {"d": document_id}).first()
        if blob is None:
            raise _none(document_id, "original")
        self._blobs.key_of(connection, blob)
        return blob


def _none(document_id: str, kind: str) -> NotFoundError:
    vi = f"giấy tờ {document_id} chưa có bản {kind}"
    return NotFoundError(vi, f"document {document_id} has no {kind}")
