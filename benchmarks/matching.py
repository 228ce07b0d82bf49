"""Finding the owner's paper among a million: one question of one component."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from dossiers.ports import NewDocument
from dossiers.reuse import Wish, match
from dossiers.reuse_rules import Conversion, PaperIdentity, ReuseRule
from infra.ids import Ids
from measure import Case, Goal, alone, share
from storage.document_rows import row_of
from storage.documents import SqlDocuments
from storage.encryption.keys import FileKeys
from storage.engine import open_database, writing
from storage.objects.memory import InMemoryObjects
from storage.paper_tables import BLOB, DOCUMENT
from storage.schema import migrate

_PAPERS_OF_ONE, _TYPES, _BATCH = 7, 20, 10_000
_ASKED, _ROUNDS = 4_000, 5
_STRIDE = 1_000_003
"""A prime: what is asked one after the other lies far apart."""
AT = datetime(2025, 3, 3, tzinfo=UTC)
WANTED = ReuseRule(accepts=("K1", "K2", "K3"), min_level=2, issued_within="60mo")


def matching(folder: Path, count: int) -> list[Case]:
    """Measure how long the store takes to rank one owner's papers, of `count`."""
    folder.mkdir()
    engine = open_database(f"sqlite:///{folder / 'nambuoc.db'}")
    try:
        migrate(engine)
        for blobs, documents in _rows(count):
            with writing(engine) as connection:
                connection.execute(insert(BLOB), blobs)
                connection.execute(insert(DOCUMENT), documents)
        keys = FileKeys(folder / "master.json", must_exist=False)
        store = SqlDocuments(engine, InMemoryObjects(), keys, Ids(b"bench", None))
        rounds = [_ask(store, count // _PAPERS_OF_ONE) for _ in range(_ROUNDS)]
    finally:
        engine.dispose()
    name = f"matching among {count:,} papers"
    half = [share(told, 0.5) for told in rounds]
    most = [share(told, 0.99) for told in rounds]
    return [
        alone(f"{name}, p50", "ms", half, note="SQL and rule"),
        alone(f"{name}, p99", "ms", most, goal=Goal(1.0), note="SQL and rule"),
    ]


def _ask(store: SqlDocuments, owners: int) -> list[float]:
    """Ask for a paper of one owner after the other; milliseconds each."""
    told, found = [], 0
    for number in range(_ASKED):
        holder = f"p{number * _STRIDE % owners}"
        began = time.perf_counter()
        kept = store.candidates(holder, WANTED.accepts)
        wish = Wish(holder, WANTED.accepts, AT, AT.date())
        found += len(match(WANTED, kept, wish).taken)
        told.append((time.perf_counter() - began) * 1000)
    if not found:
        text = "nothing matched: the measurement says nothing"
        raise AssertionError(text)
    return told


Rows = tuple[list[dict[str, object]], list[dict[str, object]]]


def _rows(count: int) -> Iterator[Rows]:
    owners = count // _PAPERS_OF_ONE
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        yield (
            [_blob(number, owners) for number in numbers],
            [_document(number, owners) for number in numbers],
        )


def _blob(number: int, owners: int) -> dict[str, object]:
    return {
        "key": f"o/{number}",
        "owner": f"p{number % owners}",
        "retention": "reuse",
        "sha256": number.to_bytes(32, "big"),
        "size": 1000,
        "wrapped": b"",
        "state": "live",
    }


def _document(number: int, owners: int) -> dict[str, object]:
    """Write one paper; the papers of an owner differ in type, day and worth."""
    issued = date(2019, 1, 1) + timedelta(days=number % 2000)
    stored = AT - timedelta(minutes=number % 500_000 + 1)
    about = NewDocument(
        upload=f"u{number}",
        owner=f"p{number % owners}",
        type_code=f"K{number * 7919 // owners % _TYPES}",
        media_type="application/pdf",
        at=stored,
        identity=PaperIdentity(issued_on=issued),
        level=number % 4,
        source="component",
        conversion=Conversion(converter="cb01", agency="H49", at=stored),
    )
    return row_of(f"x{number:012d}", about, f"o/{number}")
