"""A small home to audit, copies of it, and hands that may do anything to its rows."""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from dossiers.values import digest
from infra.settings import from_environment
from infra.wiring import open_house
from storage.merkle import CompactRange
from tests.support.seeds import Draws
from tests.support.whole_way import acts, furnish, send_all

DATABASE = "nambuoc.db"
BEFORE_SIGNATURES = 7
"""Acts of the whole way that end before the outcome is signed."""


def make_home(home: Path, whole: Sequence[str], begun: Sequence[str] = ()) -> Path:
    """Take some dossiers the whole way and others a part of it; sign a checkpoint."""
    furnish(home)
    go_on(home, whole, begun)
    return home


def go_on(home: Path, whole: Sequence[str], begun: Sequence[str] = ()) -> None:
    """Let more dossiers come, or begun ones go on."""
    os.environ.pop("NAMBUOC_CRASHPOINT", None)
    with open_house(from_environment(home)) as house:
        for name in whole:
            for act in acts(name):
                act(house)
        for name in begun:
            for act in acts(name)[:BEFORE_SIGNATURES]:
                act(house)
        send_all(house)
        house.checkpoints.sign()


def copied(home: Path, place: Path) -> Path:
    """Copy a home that nobody has open."""
    return Path(shutil.copytree(home, place))


def save_database(home: Path, place: Path) -> None:
    """Back the database up, as an operator does."""
    with (
        closing(sqlite3.connect(home / DATABASE)) as source,
        closing(sqlite3.connect(place)) as target,
    ):
        source.backup(target)


def restore_database(home: Path, place: Path) -> None:
    """Put a backup in the place of the database."""
    for file in home.glob(f"{DATABASE}*"):
        file.unlink()
    shutil.copy(place, home / DATABASE)


@contextmanager
def hands(home: Path) -> Iterator[sqlite3.Connection]:
    """Write into the database as its administrator can: no trigger, then all again."""
    with closing(sqlite3.connect(home / DATABASE)) as connection:
        guards = _guards(connection)
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, statement in guards:
            connection.execute(statement)
        connection.commit()


def _guards(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    return connection.execute(asked).fetchall()


def close_over(connection: sqlite3.Connection) -> None:
    """Let the tree's head fit the leaves that are there: a forger's last touch."""
    rows = connection.execute("SELECT leaf FROM event ORDER BY seq").fetchall()
    tree = CompactRange().grown(leaf for (leaf,) in rows)
    connection.execute(
        "UPDATE log_head SET size = ?, compact = ?", (tree.size, tree.written)
    )


Row = tuple[object, ...]


class Rows:
    """All rows of a database, read and written whatever they hold."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the connection of `hands`."""
        self._connection = connection
        self.tables = [
            str(name)
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
        ]

    def of(self, table: str) -> list[Row]:
        """Read one table."""
        return self._do("SELECT * FROM", table)

    def all(self) -> dict[str, list[Row]]:
        """Read every table."""
        return {table: self.of(table) for table in self.tables}

    def put_back(self, content: dict[str, list[Row]]) -> None:
        """Let every table hold these rows and no others."""
        for table, rows in content.items():
            self._do("DELETE FROM", table)
            for row in rows:
                self.add(table, row)

    def add(self, table: str, row: Sequence[object]) -> None:
        """Add a row."""
        holes = ",".join("?" * len(row))
        self._do("INSERT INTO", table, "VALUES (", holes, ")", values=row)

    def drop(self, table: str, row: Row) -> None:
        """Remove a row."""
        where, key = self._key(table, row)
        self._do("DELETE FROM", table, "WHERE", where, values=key)

    def write(self, table: str, row: Row, place: int, value: object) -> str:
        """Change one field of a row; tells its column."""
        column = self._columns(table)[place][1]
        where, key = self._key(table, row)
        words = ("UPDATE", table, "SET", column, "= ? WHERE", where)
        self._do(*words, values=[value, *key])
        return column

    def _key(self, table: str, row: Row) -> tuple[str, list[object]]:
        columns = self._columns(table)
        keys = [one for one in columns if one[5]] or columns[:1]
        where = " AND ".join(f"{one[1]} IS ?" for one in keys)
        return where, [row[one[0]] for one in keys]

    def _columns(self, table: str) -> list[tuple[int, str, str, int, object, int]]:
        return self._connection.execute(f"PRAGMA table_info({table})").fetchall()

    def _do(self, *words: str, values: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(" ".join(words), values).fetchall()


class Vandal:
    """Does something to a row of any table, drawn from a seed."""

    def __init__(self, rows: Rows, seed: int) -> None:
        """Take the rows and the seed."""
        self._rows = rows
        self._dice = Draws(seed)

    def act(self) -> tuple[str, str]:
        """Change, remove or add; tells table and column, `-` or `+` for a whole row."""
        table = self._dice.one_of(["event"] * 8 + self._rows.tables)
        rows = self._rows.of(table)
        if not rows:
            return table, ""
        act = self._dice.one_of(
            (self._set, self._set, self._flip, self._drop, self._add)
        )
        return table, act(table, self._dice.one_of(rows))

    def _set(self, table: str, row: Row) -> str:
        place = self._dice.below(len(row))
        return self._rows.write(table, row, place, self._any())

    def _flip(self, table: str, row: Row) -> str:
        place = self._dice.below(len(row))
        value = row[place]
        if isinstance(value, bytes) and value:
            at = self._dice.below(len(value))
            value = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
        elif isinstance(value, str) and value:
            value = value[:-1] + chr(ord(value[-1]) ^ 1)
        elif isinstance(value, int):
            value += self._dice.one_of((-1, 1))
        return self._rows.write(table, row, place, value)

    def _drop(self, table: str, row: Row) -> str:
        self._rows.drop(table, row)
        return "-"

    def _add(self, table: str, row: Row) -> str:
        new = [self._any() if self._dice.below(2) else one for one in row]
        self._rows.add(table, new)
        return "+"

    def _any(self) -> object:
        number, text = self._dice.below(200), digest(b"x")
        return self._dice.one_of((None, -1, number, 2**62, 1.5, "", text, b"\xff" * 40))
