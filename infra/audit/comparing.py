"""The log against the tables, row by row and field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.audit.expected import WHOLE, Fields, History, Rows
from storage.evidence import Evidence

ROW = "row"
_OF_DOSSIER = ("dossier_view", "document_number", "run_lease", "binding")
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


def sentence(one: Difference) -> str:
    """Tell one difference in a line."""
    if one.field == ROW:
        where = "the log knows it, the table does not"
        if one.log is None:
            where = "the table has a row that no event made"
        return f"{one.table} {one.key}: {where}"
    return f"{one.table} {one.key}: {one.field} is {one.database}, not {one.log}"


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
        ("consent", [one.reader for one in batch.values() if one.reader]),
    ]
    for table, ids in asked:
        for first in range(0, len(ids), 500):
            for row in evidence.beside(table, ids[first : first + 500]):
                yield table, row


def _stream_of(table: str, fields: Fields) -> str:
    if table == "document":
        return f"document:{fields['document_id']}"
    if table == "consent":
        return f"access:{fields['owner']}"
    if table == "effect":
        return f"dossier:{str(fields['key']).partition(':')[0]}"
    return f"dossier:{fields['dossier_id']}"


def _key_of(table: str, fields: Fields) -> str:
    if table == "document_number":
        return f"{fields['agency']}/{fields['year']}/{fields['number']}"
    if table == "binding":
        return "{document_id}/{dossier_id}/{component}".format_map(fields)
    if table == "consent":
        return f"{fields['owner']}/{fields['scope']}"
    name = {"document": "document_id", "effect": "key"}.get(table, "dossier_id")
    return str(fields[name])


def _shown(table: str, theirs: Fields, mine: Fields) -> Fields:
    """Bring a row into the words of the log, which knows bounds of some fields only."""
    if table == "run_lease":  # shown steps are closed ones; an open dossier's run lives
        steps = range(int(str(mine["shown"])) + 1)
        ends = range(int(str(mine["closed"])) + 1)
        shown, closed = theirs["shown"], theirs["closed"]
        return {
            "shown": mine["shown"] if shown in steps else shown,
            "closed": mine["closed"] if closed in ends else closed,
        }
    if table == "effect":
        state, receipt = theirs["state"], theirs["receipt"]
        right = state == "waiting" or (state == "sent" and receipt is not None)
        return {**theirs, "delivery": WHOLE if right else f"{state}, {receipt}"}
    if table == "document":
        raw = theirs["sha256"]
        sha256 = raw.hex() if isinstance(raw, bytes) else raw
        return {**mine, **theirs, "sha256": sha256}
    return theirs
