"""Documents in a dictionary; each arrival is an event, as in a database."""

from dataclasses import dataclass

from dossiers.document_events import DocumentStored
from dossiers.envelope import Event
from dossiers.errors import NotFoundError
from dossiers.ports import Document, Ids, NewDocument
from dossiers.values import ENGINE, Actor, digest
from storage.memory.log import Log

_STORE = Actor(id=ENGINE, position=ENGINE, agency="store")


@dataclass(frozen=True, slots=True)
class _Kept:
    document: Document
    content: bytes


class InMemoryDocuments:
    """Documents over dictionaries; nothing is encrypted because nothing is at rest."""

    def __init__(self, log: Log, ids: Ids) -> None:
        self._log = log
        self._ids = ids
        self._kept: dict[str, _Kept] = {}
        self._uploads: dict[str, str] = {}

    def put(self, content: bytes, about: NewDocument) -> Document:
        """Store, once for each upload id; a repeat gives the first document."""
        with self._log.lock:
            if about.upload in self._uploads:
                return self._kept[self._uploads[about.upload]].document
            document = self._described(content, about)
            self._log.record([self._event(document, about)])
            self._kept[document.id] = _Kept(document, bytes(content))
            self._uploads[about.upload] = document.id
            return document

    def find(self, document_id: str) -> Document:
        """Describe a document; raises NotFoundError."""
        return self._of(document_id).document

    def open(self, document_id: str) -> bytes:
        """Read the original bytes; raises NotFoundError."""
        return self._of(document_id).content

    def candidates(self, owner: str, types: tuple[str, ...]) -> tuple[Document, ...]:
        """List the owner's valid documents of these types, newest first."""
        found = [
            kept.document
            for kept in self._kept.values()
            if kept.document.owner == owner
            and kept.document.type_code in types
            and kept.document.state == "valid"
        ]
        found.sort(key=lambda one: (one.stored_at, one.id), reverse=True)
        return tuple(found)

    def _of(self, document_id: str) -> _Kept:
        if document_id not in self._kept:
            vi = f"không có giấy tờ {document_id}"
            raise NotFoundError(vi, f"no document {document_id}")
        return self._kept[document_id]

    def _described(self, content: bytes, about: NewDocument) -> Document:
        return Document(
            id=self._ids.new(about.at, "document", about.upload),
            owner=about.owner,
            type_code=about.type_code,
            media_type=about.media_type,
            sha256=digest(content),
            size=len(content),
            state=about.state,
            source_dossier=about.source_dossier,
            stored_at=about.at,
        )

    def _event(self, document: Document, about: NewDocument) -> Event:
        stream = f"document:{document.id}"
        fact = DocumentStored.model_validate(
            {
                "owner": document.owner,
                "document_type": document.type_code,
                "media_type": document.media_type,
                "size": document.size,
                "sha256": document.sha256,
                "state": document.state,
                "source_dossier": document.source_dossier,
            }
        )
        return Event(
            id=self._ids.new(about.at, stream, "1"),
            stream=stream,
            version=1,
            occurred_at=about.at,
            actor=_STORE,
            command=about.upload,
            fact=fact,
        )
