"""Documents in a dictionary; each arrival is an event, as in a database."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from dossiers.change import PaperAct
from dossiers.envelope import Event
from dossiers.errors import NotFoundError
from dossiers.events import ConsentGiven, DocumentDigitized, DocumentStateChanged
from dossiers.ports import Consent, Document, Ids, NewDocument
from dossiers.values import Actor, digest
from storage.document_rows import stored
from storage.memory.log import Log


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
        self._consents: set[str] = set()

    def put(self, content: bytes | BinaryIO, about: NewDocument) -> Document:
        """Store, once for each upload id; a repeat gives the first document."""
        content = content if isinstance(content, bytes) else content.read()
        with self._log.lock:
            if about.upload in self._uploads:
                return self._kept[self._uploads[about.upload]].document
            document_id = self._ids.new(about.at, "document", about.upload)
            document = _described(document_id, content, about)
            event = stored(document_id, about, document.sha256, document.size)
            self._record(event)
            self._kept[document.id] = _Kept(document, content)
            self._uploads[about.upload] = document.id
            return document

    def find(self, document_id: str) -> Document:
        """Describe a document; raises NotFoundError."""
        return self._of(document_id).document

    def open(self, document_id: str) -> bytes:
        """Read the original bytes; raises NotFoundError."""
        return self._of(document_id).content

    def candidates(self, owner: str, types: tuple[str, ...]) -> tuple[Document, ...]:
        """List the owner's papers of these types in any state, newest first."""
        found = [
            kept.document
            for kept in self._kept.values()
            if kept.document.owner == owner
            and kept.document.type_code in types
            and kept.document.state != "draft"
        ]
        found.sort(key=lambda one: (one.stored_at, one.id), reverse=True)
        return tuple(found)

    def is_present(self, document_id: str) -> bool:
        """Whether the document is there."""
        return document_id in self._kept

    def consents(self, owner: str) -> bool:
        """Whether the owner allows now that his papers are reused."""
        return owner in self._consents

    def let(self, consent: Consent, actor: Actor, at: datetime) -> None:
        """Record that an owner gives or withdraws his consent."""
        with self._log.lock:
            stream = f"access:{consent.owner}"
            version = len(self._log.streams.get(stream, ())) + 1
            self._record(_event(stream, version, consent, (actor, at)))
            given = isinstance(consent, ConsentGiven)
            (self._consents.add if given else self._consents.discard)(consent.owner)

    def change(self, act: PaperAct) -> None:
        """Let one act on a document happen; raises NotFoundError."""
        kept = self._of(act.document)
        stream = f"document:{act.document}"
        version = len(self._log.streams[stream]) + 1
        at = max(act.at, kept.document.stored_at)
        event = _event(stream, version, act.fact, (act.actor, at))
        self._record(event.model_copy(update={"command": act.command}))
        document = _changed(kept.document, act.fact)
        self._kept[act.document] = replace(kept, document=document)

    def _record(self, event: Event) -> None:
        new_id = self._ids.new(event.occurred_at, event.stream, str(event.version))
        self._log.record([event.model_copy(update={"id": new_id})])

    def _of(self, document_id: str) -> _Kept:
        if document_id not in self._kept:
            vi = f"không có giấy tờ {document_id}"
            raise NotFoundError(vi, f"no document {document_id}")
        return self._kept[document_id]


def _changed(
    document: Document, fact: DocumentDigitized | DocumentStateChanged
) -> Document:
    match fact:
        case DocumentDigitized(conversion=mark, level=level):
            return replace(
                document,
                level=level,
                converter=mark.converter,
                converted_at=mark.at,
            )
        case DocumentStateChanged(state=state):
            return replace(document, state=state)


def _event(
    stream: str,
    version: int,
    fact: Consent | DocumentDigitized | DocumentStateChanged,
    by: tuple[Actor, datetime],
) -> Event:
    actor, at = by
    return Event(
        id="",
        stream=stream,
        version=version,
        occurred_at=at,
        actor=actor,
        command=f"{stream}:{version}",
        fact=fact,
    )


def _described(document_id: str, content: bytes, about: NewDocument) -> Document:
    return Document(
        id=document_id,
        owner=about.owner,
        type_code=about.type_code,
        media_type=about.media_type,
        sha256=digest(content),
        size=len(content),
        state=about.state,
        source_dossier=about.source_dossier,
        stored_at=about.at,
        identity=about.identity,
        level=about.level,
        source=about.source,
        signature=about.signature,
        signer=about.signer,
        converter=about.conversion.converter if about.conversion else None,
        converted_at=about.conversion.at if about.conversion else None,
    )
