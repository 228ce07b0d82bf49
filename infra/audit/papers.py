"""Private fields, files and signatures against what the events say of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from dossiers.dossier import Dossier
from dossiers.envelope import decode
from dossiers.errors import DossierError, ErasedError, NotFoundError
from dossiers.events import DocumentStateChanged, DocumentStored
from dossiers.values import digest
from infra.audit.comparing import Difference
from infra.audit.expected import History
from infra.audit.findings import BROKEN, Findings, told
from infra.house import House
from storage.evidence import Evidence

PDF_SLOTS = ("person", "seal")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed outcome: whose it is, and which document."""

    stream: str
    code: str
    document: str

    @classmethod
    def of(cls, dossier: Dossier) -> Self | None:
        """Name the sealed outcome of a dossier; None when it has none."""
        if dossier.sealer is None or dossier.outcome is None:
            return None
        return cls(f"dossier:{dossier.id}", dossier.code, dossier.outcome)


def erased(evidence: Evidence, batch: Mapping[str, History]) -> frozenset[str]:
    """Name the dossiers whose key was destroyed: nobody reads their fields again."""
    ids = [one.state.id for one in batch.values() if one.state]
    keyed = {row["dossier_id"] for row in evidence.beside("dossier_key", ids)}
    return frozenset(ids) - keyed


def private(
    house: House, batch: Mapping[str, History], gone: frozenset[str]
) -> Iterator[Difference]:
    """Compare private fields with their digests, but for those that are erased."""
    for stream, history in batch.items():
        if history.state is None or history.state.id in gone:
            continue
        key = history.state.id
        try:
            digests = house.sql.private_digests(key)
            there = None if history.private in digests else ", ".join(sorted(digests))
        except BROKEN as error:
            there = told(error)
        if there is not None:
            place = (stream, "dossier_private", key, "digest")
            yield Difference(*place, log=history.private, database=there)


def named(dossier: Dossier) -> frozenset[str]:
    """List the documents that a dossier's history names."""
    of_components = (component.document for component in dossier.components)
    printed = (document for _, document in dossier.papers)
    every = (dossier.outcome, *of_components, *printed)
    return frozenset(document for document in every if document)


def files(
    house: House, evidence: Evidence, wanted: Iterable[str], findings: Findings
) -> Iterator[str]:
    """Open these documents and compare them with what was stored; gives each id."""
    for document_id in wanted:
        stream = f"document:{document_id}"
        with findings.unbroken(None, stream, "file"):
            stored = _stored(evidence, stream)
            if stored is not None:
                yield document_id
                _open(house, evidence, (document_id, stored), findings)


def _open(
    house: House,
    evidence: Evidence,
    paper: tuple[str, DocumentStored],
    findings: Findings,
) -> None:
    document_id, stored = paper
    stream = f"document:{document_id}"
    try:
        content = house.office.documents.open(document_id)
    except ErasedError:
        if not _is_erased(evidence, stream):
            text = f"the file of {document_id} is erased, and no event orders it"
            findings.add(None, stream, "file", text)
        return
    except NotFoundError as error:
        findings.add(None, stream, "missing", error.en)
        return
    if digest(content) != stored.sha256:
        text = f"the file of {document_id} is not what was stored"
        findings.add(None, stream, "file", text)


def _is_erased(evidence: Evidence, stream: str) -> bool:
    """Whether an event of the document's own stream says that it was erased."""
    facts = (
        decode(row.body).fact
        for row in evidence.stream(stream)
        if isinstance(row.body, bytes)
    )
    return any(
        isinstance(fact, DocumentStateChanged) and fact.state == "erased"
        for fact in facts
    )


def _stored(evidence: Evidence, stream: str) -> DocumentStored | None:
    for row in evidence.stream(stream)[:1]:
        fact = decode(row.body if isinstance(row.body, bytes) else b"").fact
        if isinstance(fact, DocumentStored):
            return fact
    return None  # an orphan of its table, or a torn stream: told elsewhere


def signatures(house: House, outcome: Sealed, findings: Findings) -> int:
    """Judge the signatures on a dossier's outcome; counts them."""
    try:
        content = house.office.documents.open(outcome.document)
    except DossierError:
        return 0  # a finding of `files` already
    with findings.unbroken(None, outcome.stream, "signature"):
        now = house.office.clock.now()
        if not house.office.verifier.is_valid(content, slots=PDF_SLOTS, at=now):
            text = f"outcome of {outcome.code}"
            findings.add(None, outcome.stream, "signature", text)
    return len(PDF_SLOTS)
