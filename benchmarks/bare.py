"""The baseline of the ledger: the same steps in plain SQL, by SQLite's own driver."""

import sqlite3
from pathlib import Path

from storage.engine import open_database, writing

STEPS = 5
BODY = b"x" * 700
"""As long as one event of ours, so that each step writes the same payload."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")
_SCHEMA = """
CREATE TABLE case_file(id TEXT PRIMARY KEY, version INT, step TEXT, holder TEXT);
CREATE TABLE case_event(id INTEGER PRIMARY KEY, case_id TEXT, version INT, body BLOB);
"""
_OPEN = "INSERT INTO case_file VALUES (?, 0, 'receive', 'canbo1')"
_GUARDED = (
    "UPDATE case_file SET version = version + 1, step = ?, holder = ?"
    " WHERE id = ? AND version = ?"
)
_ADD = "INSERT INTO case_event(case_id, version, body) VALUES (?, ?, ?)"


class BareSteps:
    """One guarded update and one insert a step, in a transaction as durable as ours."""

    def __init__(self, path: Path) -> None:
        """Make the two tables in a file of their own."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}").close()
        self._connection.executescript(_SCHEMA)

    def open(self, case_id: str) -> None:
        """Let a case exist at version 0."""
        self._connection.execute(_OPEN, (case_id,))

    def step(self, case_id: str, version: int, body: bytes) -> None:
        """Do one step from this version; ValueError when it is stale."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        changed = run(_GUARDED, ("process", "cv1", case_id, version)).rowcount
        if changed != 1:
            raise ValueError(case_id)
        run(_ADD, (case_id, version + 1, body))
        run("COMMIT")

    def go(self, numbers: range) -> None:
        """Take cases `b<number>` through five steps."""
        for number in numbers:
            for version in range(STEPS):
                self.step(f"b{number}", version, BODY)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class CoreSteps:
    """The same through SQLAlchemy, with the product's engine and transactions."""

    def __init__(self, path: Path) -> None:
        """Make the two tables in a file of their own."""
        BareSteps(path).close()
        self._engine = open_database(f"sqlite:///{path}")

    def open(self, case_id: str) -> None:
        """Let a case exist at version 0."""
        with writing(self._engine) as connection:
            connection.exec_driver_sql(_OPEN, (case_id,))

    def go(self, numbers: range) -> None:
        """Take cases `b<number>` through five steps; ValueError for a stale one."""
        for case_id in (f"b{number}" for number in numbers):
            for version in range(STEPS):
                with writing(self._engine) as connection:
                    run = connection.exec_driver_sql
                    key = ("process", "cv1", case_id, version)
                    if run(_GUARDED, key).rowcount != 1:
                        raise ValueError(case_id)
                    run(_ADD, (case_id, version + 1, BODY))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
