"""Whether the log is whole, and all that lies beside it agrees with it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.errors import DossierError, NotFoundError
from dossiers.events import DocumentStored, Submitted
from dossiers.fold import after
from dossiers.ports import Recorded
from dossiers.values import digest
from dossiers.views import digest_of, state
from infra.house import House
from infra.replaying import dossiers_at
from storage.merkle import CompactRange, leaf_of

PDF_SLOTS = ("person", "seal")


@dataclass(slots=True)
class _Book:
    """What one pass over the journal collects."""

    only: str | None
    leaves: list[bytes] = field(default_factory=list)
    versions: Counter[str] = field(default_factory=Counter)
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    documents: dict[str, DocumentStored] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)
    findings: list[dict[str, object]] = field(default_factory=list)

    def find(self, seq: int | None, stream: str, kind: str, text: str) -> None:
        """Note one finding with its place."""
        name = stream.partition(":")[2]
        self.findings.append({"seq": seq, "dossier": name, "kind": kind, "text": text})


def verify(house: House, code: str | None) -> dict[str, object]:
    """
    Check the whole tree, and one dossier or all down to files and signatures.

    Bodies, versions, folds, read models, private digests, documents, outcomes.
    """
    only = house.office.dossiers.find(code).id if code else None
    book = _Book(only)
    for recorded in house.journal.read():
        _take(book, recorded)
    head = house.journal.head()
    tree = CompactRange().grown(book.leaves)
    if (tree.size, tree.root.hex()) != (head.size, head.root):
        book.find(None, "", "root", f"tree {tree.size} differs from its head")
    _beside(house, book)
    documents = sum(1 for _ in _files(house, book))
    signatures = _signatures(house, book)
    return {
        "ok": not book.findings,
        "size": head.size,
        "root": head.root,
        "events": tree.size,
        "dossiers": len(book.dossiers),
        "documents": documents,
        "signatures": signatures,
        "findings": book.findings,
    }


def _take(book: _Book, recorded: Recorded) -> None:
    stream = recorded.stream
    leaf = leaf_of(recorded.body)
    if leaf != recorded.leaf:
        book.find(recorded.seq, stream, "body", "the body is not what was hashed")
    book.leaves.append(leaf)
    if recorded.seq != len(book.leaves):
        book.find(recorded.seq, stream, "gap", f"seq {len(book.leaves)} is missing")
    book.versions[stream] += 1
    if recorded.version != book.versions[stream]:
        book.find(recorded.seq, stream, "version", f"version {recorded.version}")
    if book.only and stream.startswith("dossier:") and book.only not in stream:
        return
    try:
        _fold(book, decode(recorded.body))
    except DossierError as error:
        book.find(recorded.seq, stream, "fold", error.en)


def _fold(book: _Book, event: Event) -> None:
    fact = event.fact
    if event.stream.startswith("dossier:"):
        book.dossiers[event.stream] = after(book.dossiers.get(event.stream), event)
        if isinstance(fact, Submitted):
            book.private[event.stream] = fact.private_digest
    elif isinstance(fact, DocumentStored):
        book.documents[event.subject] = fact


def _beside(house: House, book: _Book) -> None:
    for stream, dossier in book.dossiers.items():
        if _kept(house, dossier) != house.project(dossier):
            book.find(None, stream, "read-model", "the read model differs from the log")
        found = house.sql.private_digests(dossier.id)
        if found and book.private.get(stream) not in found:
            book.find(None, stream, "private", "private fields differ from the log")


def _kept(house: House, dossier: Dossier) -> dict[str, object] | None:
    try:
        return house.listing.view(dossier.id)
    except NotFoundError:
        return None


def _files(house: House, book: _Book) -> Iterator[str]:
    for document_id, stored in _wanted(book):
        yield document_id
        try:
            content = house.office.documents.open(document_id)
        except NotFoundError as error:
            book.find(None, f"document:{document_id}", "missing", error.en)
        except DossierError as error:
            book.find(None, f"document:{document_id}", "file", error.en)
        else:
            if digest(content) != stored.sha256:
                text = f"the file of {document_id} is not what was stored"
                book.find(None, f"document:{document_id}", "file", text)


def _wanted(book: _Book) -> Iterator[tuple[str, DocumentStored]]:
    """Every document; for one dossier those made for it, bound to it or printed."""
    named = {
        document_id
        for dossier in book.dossiers.values()
        for document_id in (
            dossier.outcome,
            *(component.document for component in dossier.components),
            *(document for _, document in dossier.papers),
        )
    }
    for document_id, stored in book.documents.items():
        ours = document_id in named or stored.source_dossier == book.only
        if book.only is None or ours:
            yield document_id, stored


def _signatures(house: House, book: _Book) -> int:
    checked = 0
    for stream, dossier in book.dossiers.items():
        if dossier.sealer is None or dossier.outcome is None:
            continue
        try:
            content = house.office.documents.open(dossier.outcome)
        except DossierError:
            continue  # found by _files already
        checked += len(PDF_SLOTS)
        if not house.office.verifier.is_valid(
            content, slots=PDF_SLOTS, at=house.office.clock.now()
        ):
            book.find(None, stream, "signature", f"outcome of {dossier.code}")
    return checked


def replay(
    house: House, *, at: datetime | None, seq: int | None
) -> tuple[dict[str, object], list[str]]:
    """Build every dossier from the journal; the digest covers what events say."""
    read = house.journal.read(1, seq)
    tree = CompactRange().grown(recorded.leaf for recorded in read)
    states = dossiers_at(house, at=at, seq=seq)
    lines = [json.dumps(state(one), ensure_ascii=False) for one in states]
    summary: dict[str, object] = {
        "size": tree.size,
        "root": tree.root.hex(),
        "events": sum(one.version for one in states),
        "dossiers": len(states),
        "state_digest": digest_of(states),
    }
    return summary, lines
