"""Rows that no event made, and procedures that are not what their digest says."""

from collections.abc import Iterator
from itertools import groupby

from dossiers.envelope import decode
from dossiers.procedure import Procedure
from infra.audit.expected import History
from infra.audit.findings import BROKEN, Findings
from storage.evidence import Evidence


def procedures(snapshot: Evidence, used: set[str], findings: Findings) -> None:
    """Check that each version is what its digest says, and that used ones are here."""
    for row in snapshot.procedures():
        used.discard(str(row["digest"]))
        stream = f"procedure:{row['digest']}"
        with findings.unbroken(None, stream, "procedure"):
            procedure = Procedure.model_validate_json(str(row["body"]))
            said = _columns(procedure)
            wrong = [name for name, value in said.items() if row[name] != value]
            if wrong:
                text = f"its content says otherwise: {', '.join(wrong)}"
                findings.add(None, stream, "procedure", text)
    for digest in sorted(used):
        text = "dossiers were received under a version that is gone"
        findings.add(None, f"procedure:{digest}", "procedure", text)


def strangers(snapshot: Evidence, known_effects: int, findings: Findings) -> None:
    """Find rows of unknown dossiers and documents, and effects nobody promised."""
    for table, key in snapshot.orphans():
        text = f"{table} {key}: the table has a row that no event made"
        findings.add(None, f"dossier:{key}", "stranger", text)
    if snapshot.count_effects() == known_effects:
        return
    for key in unpromised(snapshot):
        text = f"effect {key}: the table has a row that no event made"
        findings.add(None, f"dossier:{key.partition(':')[0]}", "effect", text)


def unpromised(snapshot: Evidence) -> Iterator[str]:
    """Fold the dossiers of all effects again; done only when the counts differ."""
    keys = list(snapshot.effects())
    for dossier_id, group in groupby(keys, key=lambda key: key.partition(":")[0]):
        promised = _promised(snapshot, dossier_id)
        if promised is not None:
            yield from (key for key in group if key not in promised)


def _promised(snapshot: Evidence, dossier_id: str) -> frozenset[str] | None:
    """List what the events promise; None when their history is torn."""
    history = History()
    try:
        for row in snapshot.stream(f"dossier:{dossier_id}"):
            history.take(decode(row.body if isinstance(row.body, bytes) else b""))
    except BROKEN:
        return None
    return frozenset(history.notices)


def _columns(one: Procedure) -> dict[str, object]:
    start, end = one.effective_from, one.effective_to
    return {
        "digest": one.digest,
        "code": one.code,
        "issuer": one.issuer,
        "name": one.name,
        "state": one.state,
        "effective_from": start and start.isoformat(),
        "effective_to": end and end.isoformat(),
    }
