"""Rows that no event made: somebody put them into the tables."""

from collections.abc import Iterator
from itertools import groupby

from dossiers.envelope import decode
from infra.audit.expected import History
from infra.audit.findings import BROKEN, Findings
from storage.evidence import Evidence


def strangers(snapshot: Evidence, known_effects: int, findings: Findings) -> None:
    """Find rows of unknown dossiers and documents, and effects nobody promised."""
    for table, key in snapshot.orphans():
        text = f"{table} {key}: the table has a row that no event made"
        findings.add(None, f"dossier:{key}", "stranger", text)
    if snapshot.count_effects() == known_effects:
        return
    for key in _unpromised(snapshot):
        text = f"effect {key}: the table has a row that no event made"
        findings.add(None, f"dossier:{key.partition(':')[0]}", "effect", text)


def _unpromised(snapshot: Evidence) -> Iterator[str]:
    """Fold the dossiers of all effects again; done only when the counts differ."""
    keys = list(snapshot.effects())
    for dossier_id, group in groupby(keys, key=lambda key: key.partition(":")[0]):
        promised = _promised(snapshot, dossier_id)
        yield from (key for key in group if key not in promised)


def _promised(snapshot: Evidence, dossier_id: str) -> frozenset[str]:
    history = History()
    try:
        for row in snapshot.stream(f"dossier:{dossier_id}"):
            history.take(decode(row.body if isinstance(row.body, bytes) else b""))
    except BROKEN:
        return frozenset(history.notices)  # the torn history is a finding already
    return frozenset(history.notices)
