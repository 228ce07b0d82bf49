"""The log against the tables, row by row and field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.audit.expected import Fields, History, Rows
from storage.evidence import Evidence

ROW = "row"
_OF_DOSSIER = ("dossier_view", "document_number", "run_lease")
_OF_DOCUMENT = ("document",)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that the log and a table tell differently; `row`: only one has it."""

    stream: str
    table: str
    key: str
    field: str
    log: object
    database: object


def differences(
    evidence: Evidence, batch: Mapping[str, History]
) -> Iterator[Difference]:
    """Compare some streams' histories with what lies in the tables."""
    found: dict[str, Rows] = {stream: {} for stream in batch}
    for table, fields in _read(evidence, batch):
        stream = _stream_of(table, fields)
        if stream in found:
            found[stream][table, _key_of(table, fields)] = fields
    for stream, history in batch.items():
        yield from compared(stream, history.rows(), found[stream])


def compared(stream: str, log: Rows, database: Rows) -> Iterator[Difference]:
    """Tell each field that differs, and each row that only one of them has."""
    for place in sorted(log.keys() | database.keys()):
        mine, theirs = log.get(place), database.get(place)
        if mine is None:
            yield Difference(stream, *place, ROW, log=None, database="there")
        elif theirs is None:
            yield Difference(stream, *place, ROW, log="there", database=None)
        else:
            for field, value in mine.items():
                other = _shown(place[0], theirs, mine).get(field)
                if other != value:
                    yield Difference(stream, *place, field, log=value, database=other)


def _read(
    evidence: Evidence, batch: Mapping[str, History]
) -> Iterator[tuple[str, Fields]]:
    dossiers = [one.state.id for one in batch.values() if one.state]
    documents = [str(one.stored["document_id"]) for one in batch.values() if one.stored]
    effects = [key for one in batch.values() for key in one.notices]
    asked: list[tuple[str, Sequence[str]]] = [
        *((table, dossiers) for table in _OF_DOSSIER),
        *((table, documents) for table in _OF_DOCUMENT),
        ("effect", effects),
    ]
    for table, ids in asked:
        for first in range(0, len(ids), 500):
            for row in evidence.beside(table, ids[first : first + 500]):
                yield table, row


def _stream_of(table: str, fields: Fields) -> str:
    if table == "document":
        return f"document:{fields['document_id']}"
    if table == "effect":
        return f"dossier:{str(fields['key']).partition(':')[0]}"
    return f"dossier:{fields['dossier_id']}"


def _key_of(table: str, fields: Fields) -> str:
    if table == "document_number":
        return f"{fields['agency']}/{fields['year']}/{fields['number']}"
    name = {"document": "document_id", "effect": "key"}.get(table, "dossier_id")
    return str(fields[name])


def _shown(table: str, theirs: Fields, mine: Fields) -> Fields:
    """Bring a row into the words of the log."""
    if table == "run_lease":  # shown steps lie in 0 … the steps that are closed
        reached, shown = mine["shown_at_most"], theirs["shown"]
        most = isinstance(reached, int) and isinstance(shown, int)
        right = most and 0 <= int(str(shown)) <= int(str(reached))
        return {"shown_at_most": reached if right else shown}
    if table == "document":
        raw = theirs["sha256"]
        return {**theirs, "sha256": raw.hex() if isinstance(raw, bytes) else raw}
    return theirs
