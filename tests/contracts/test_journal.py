"""One suite for every journal; what its database refuses stands at the end."""

import hashlib

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dossiers.envelope import decode
from dossiers.errors import TamperedError
from storage.encryption.keys import FileKeys
from storage.journal import SqlJournal
from storage.merkle import root_of
from storage.schema import demand_guards
from tests.support.changes import RECEIVED, act, submitted
from tests.support.databases import Kernel, sql_kernel

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_empty_journal_has_the_root_of_nothing(kernel: Kernel) -> None:
    assert kernel.journal.head().size == 0
    assert kernel.journal.head().root == EMPTY
    assert list(kernel.journal.read()) == []


def test_every_leaf_is_over_the_exact_bytes_and_the_head_over_every_leaf(
    kernel: Kernel,
) -> None:
    for number in range(1, 6):
        kernel.dossiers.append(submitted(number))

    rows = list(kernel.journal.read())

    for row in rows:
        hashed = hashlib.sha256(row.body).digest()
        assert row.leaf == hashlib.sha256(b"\0\1" + hashed).digest()
    head = kernel.journal.head()
    assert head.size == len(rows) == 10
    assert head.root == root_of(row.leaf for row in rows).hex()


def test_a_row_tells_what_its_body_tells(kernel: Kernel) -> None:
    first = kernel.dossiers.append(submitted())
    kernel.dossiers.append(act(first, RECEIVED, command="receive"))

    rows = list(kernel.journal.read())

    assert [row.command for row in rows] == ["c1:submit", None, "receive"]
    for row in rows:
        event = decode(row.body)
        assert (event.stream, event.version) == (row.stream, row.version)
        assert row.recorded_at.utcoffset() is not None
        assert b"Nguyen" not in row.body


def test_reads_any_stretch_without_gaps(kernel: Kernel) -> None:
    for number in range(1, 6):
        kernel.dossiers.append(submitted(number))

    def seqs(first: int, last: int | None = None) -> list[int]:
        return [row.seq for row in kernel.journal.read(first, last)]

    assert seqs(8) == [8, 9, 10]
    assert seqs(0, 2) == [1, 2]
    assert seqs(3, 4) == [3, 4]
    assert seqs(11) == []


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE event SET type = 'x'",
        "DELETE FROM event WHERE seq = 1",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 1",
        "TRUNCATE event",
    ],
)
def test_the_database_itself_refuses_to_rewrite_the_journal(
    engine: Engine, keys: FileKeys, attack: str
) -> None:
    sql_kernel(engine, keys).dossiers.append(submitted())
    before = list(SqlJournal(engine).read())

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(attack))

    assert list(SqlJournal(engine).read()) == before


GONE = {
    "sqlite": ("DROP TRIGGER event_no_delete",),
    "postgresql": ("ALTER TABLE event DISABLE TRIGGER USER",),
}


def test_gives_leaves_and_streams_and_names_the_first_missing_event(
    engine: Engine, keys: FileKeys
) -> None:
    dossiers, journal = sql_kernel(engine, keys).dossiers, SqlJournal(engine)
    for number in range(1, 4):
        dossiers.append(submitted(number))
    rows = list(journal.read())

    assert list(journal.leaves(1, 6)) == [row.leaf for row in rows]
    assert list(journal.leaves(3, 4)) == [row.leaf for row in rows[2:4]]
    assert list(journal.leaves(7, 6)) == []
    assert journal.stream("dossier:d2") == [row for row in rows if "d2" in row.stream]
    with pytest.raises(TamperedError, match="lacks event 7"):
        list(journal.leaves(5, 7))
    with engine.begin() as connection:
        for statement in (*GONE[engine.dialect.name], "DELETE FROM event WHERE seq=3"):
            connection.execute(text(statement))
    with pytest.raises(TamperedError, match="lacks event 3"):
        list(journal.leaves(1, 6))


OFF = {
    "sqlite": "DROP TRIGGER event_no_delete",
    "postgresql": "ALTER TABLE event DISABLE TRIGGER event_no_delete",
}


def test_a_missing_guard_is_noticed(engine: Engine) -> None:
    demand_guards(engine)

    with engine.begin() as connection:
        connection.execute(text(OFF[engine.dialect.name]))

    with pytest.raises(TamperedError, match="guard"):
        demand_guards(engine)
