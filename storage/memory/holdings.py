"""Which dossiers hold which papers, and which may not be taken."""

from collections.abc import Iterable

from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.errors import ConflictError, RefusedError
from dossiers.reuse_rules import CONSENT, day_of
from storage.memory.documents import InMemoryDocuments
from storage.paper_acts import brought


def holding(dossiers: Iterable[Dossier], document_id: str) -> tuple[str, ...]:
    """List the ids of the open dossiers that hold a document."""
    found = {
        dossier.id
        for dossier in dossiers
        if dossier.ended_at is None
        and any(one.document == document_id for one in dossier.components)
    }
    return tuple(sorted(found))


def demand_bindable(
    papers: InMemoryDocuments, dossier: Dossier, events: tuple[Event, ...]
) -> None:
    """Refuse papers of the store that hold no longer, as a database does."""
    for event in events:
        for one in brought(event.fact):
            if one.reused and one.document is not None:
                wrong = _wrong(papers, dossier, event, document=one.document)
                unwilling = one.basis == CONSENT and not papers.consents(dossier.owner)
                if wrong or unwilling:
                    text = f"document {one.document}: {wrong or 'consent withdrawn'}"
                    raise ConflictError(text)


def _wrong(
    papers: InMemoryDocuments, dossier: Dossier, event: Event, *, document: str
) -> str | None:
    paper = papers.find(document)
    if paper.owner not in (dossier.owner, dossier.applicant):
        text = f"document {document} is another owner's"
        raise RefusedError(text, rule="TT 01/2023 Đ24")
    until = paper.identity.expires_on
    if until is not None and until < day_of(event.occurred_at):
        return "expired"
    return None if paper.state == "valid" else paper.state
