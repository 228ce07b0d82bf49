"""
`audit diff`: the log against the database, field by field.

Each difference names the first event from which on the two disagree: the one after the
last that still said what the database says.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from dossiers.envelope import Event, decode
from infra.audit import papers
from infra.audit.comparing import ROW, Difference, differences
from infra.audit.expected import History
from infra.audit.findings import BROKEN
from infra.audit.replay import Tell, wrong
from infra.audit.sources import JOURNAL, read
from infra.house import House
from storage.evidence import Evidence, evidence
from storage.refusals import unknown

_BATCH = 200
Told = list[tuple[int, Event]]
"""The events of one stream with their seq."""


def diff(
    house: House, code: str | None, source: str, tell: Tell = lambda _, __: None
) -> dict[str, object]:
    """
    Compare what a log says with every table it decides; of one dossier, or of all.

    Raises NotFoundError, UnavailableError; TamperedError when the log itself cannot be
    read to its end: `audit verify` tells more then.
    """
    url = house.settings.database_url
    only = None
    if code is not None:
        with evidence(url) as snapshot:
            only = snapshot.stream_of(code)
        if only is None:
            raise unknown(code)
    histories, size = _histories(house, source, tell)
    wanted = _of(only, histories) if only else histories
    with evidence(url) as snapshot:
        suspects = {one.stream for one in _all(house, snapshot, wanted)}
    rows = list(_confirmed(house, source, suspects))
    if only is None:
        rows += _unknown_to(house, histories)
    return {
        "ok": not rows,
        "from": source,
        "size": size,
        "dossiers": sum(one.state is not None for one in wanted.values()),
        "differences": rows,
    }


def _histories(house: House, source: str, tell: Tell) -> tuple[dict[str, History], int]:
    found: dict[str, History] = {}
    size = 0
    for one in read(house, source):
        try:
            event = decode(one.body)
            found.setdefault(event.stream, History()).take(event)
        except BROKEN as error:
            raise wrong(one, error) from error
        size = one.seq
        if size % 1_000 == 0:
            tell("events", size)
    return found, size


def _of(only: str, histories: Mapping[str, History]) -> dict[str, History]:
    """Choose one dossier and its papers."""
    history = histories.get(only, History())
    named = papers.named(history.state) if history.state else frozenset()
    own = only.partition(":")[2]
    return {only: history} | {
        stream: one
        for stream, one in histories.items()
        if one.stored
        and (one.stored["source_dossier"] == own or one.stored["document_id"] in named)
    }


def suspicious(
    house: House, tell: Tell = lambda _, __: None
) -> list[tuple[History, Difference]]:
    """Compare the whole journal with the tables, each difference with its history."""
    histories, _ = _histories(house, JOURNAL, tell)
    with evidence(house.settings.database_url) as snapshot:
        return [
            (histories[one.stream], one) for one in _all(house, snapshot, histories)
        ]


def _all(
    house: House, snapshot: Evidence, histories: Mapping[str, History]
) -> Iterator[Difference]:
    rest = iter(histories.items())
    while batch := dict(islice(rest, _BATCH)):
        yield from differences(snapshot, batch)
        yield from papers.private(house, batch, papers.erased(snapshot, batch))


def _confirmed(
    house: House, source: str, suspects: set[str]
) -> Iterator[dict[str, object]]:
    """Look again at streams that differed: in one snapshot, event by event."""
    with evidence(house.settings.database_url) as snapshot:
        for stream, events in _told(house, snapshot, source, suspects):
            history = History()
            for _, event in events:
                history.take(event)
            for one in _all(house, snapshot, {stream: history}):
                yield _row(one, history, _first(one, events))


def _told(
    house: House, snapshot: Evidence, source: str, wanted: set[str]
) -> Iterator[tuple[str, Told]]:
    if source == JOURNAL:
        for stream in sorted(wanted):
            yield stream, list(_rows(snapshot, stream))
    elif wanted:
        found: dict[str, Told] = {stream: [] for stream in sorted(wanted)}
        for one in read(house, source):
            event = decode(one.body)
            if event.stream in found:
                found[event.stream].append((one.seq, event))
        yield from found.items()


def _rows(snapshot: Evidence, stream: str) -> Iterator[tuple[int, Event]]:
    for row in snapshot.stream(stream):
        if isinstance(row.seq, int) and isinstance(row.body, bytes):
            yield row.seq, decode(row.body)


def _first(one: Difference, events: Iterable[tuple[int, Event]]) -> int | None:
    """Find the first seq from which on log and database disagree."""
    if one.log is None and one.field == ROW:
        return None  # the log never knew this row
    history, disagrees = History(), None
    for seq, event in events:
        history.take(event)
        value: object = history.private
        if one.table != "dossier_private":
            said = history.rows().get((one.table, one.key))
            if said is None:
                continue  # the row is not yet made
            value = "there" if one.field == ROW else said[one.field]
        if value == one.database:
            disagrees = None
        elif disagrees is None:
            disagrees = seq
    return disagrees


def _row(one: Difference, history: History, seq: int | None) -> dict[str, object]:
    return {
        "dossier": one.stream.partition(":")[2],
        "code": history.state.code if history.state else None,
        "table": one.table,
        "key": one.key,
        "field": one.field,
        "log": one.log,
        "database": one.database,
        "seq": seq,
    }


def _unknown_to(
    house: House, histories: Mapping[str, History]
) -> Iterator[dict[str, object]]:
    """List dossiers in the read model of which this log says nothing."""
    with evidence(house.settings.database_url) as snapshot:
        for dossier_id in snapshot.dossiers():
            stream = f"dossier:{dossier_id}"
            if stream not in histories:
                place = (stream, "dossier_view", dossier_id, ROW)
                extra = Difference(*place, log=None, database="there")
                yield _row(extra, History(), None)
