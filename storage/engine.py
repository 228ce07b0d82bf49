"""
Connections and transactions: SQLite (WAL) or PostgreSQL (psycopg 3).

Every read and write of this package happens inside `reading` or `writing`: what a
driver raises never leaves them, only the tree of `dossiers.errors` does.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import BigInteger, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.failures import translated, unsupported

BUSY_MS = 30_000
_THREADS = 32
_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
)

Database = Engine
"""What `open_database` opens, for those who may not import SQLAlchemy."""


class DatabaseClock(FunctionElement[int]):
    """The database's clock in microseconds since 1970, real time."""

    type = BigInteger()
    inherit_cache = True


@compiles(DatabaseClock, "sqlite")
def _sqlite_clock(_: DatabaseClock, __: SQLCompiler, **___: object) -> str:
    days = "(julianday('now') - 2440587.5)"
    return f"CAST(round({days} * 86400000) AS INTEGER) * 1000"


@compiles(DatabaseClock, "postgresql")
def _postgresql_clock(_: DatabaseClock, __: SQLCompiler, **___: object) -> str:
    return "(extract(epoch from clock_timestamp()) * 1000000)::bigint"


def open_database(url: str) -> Engine:
    """
    Open `sqlite:///FILE` or `postgresql+psycopg://…`; connects at first use.

    Raises MalformedError for another kind of address.
    """
    try:
        engine = create_engine(url, pool_size=_THREADS, max_overflow=_THREADS)
    except (ArgumentError, ImportError, TypeError) as error:
        raise unsupported(url) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name != "postgresql":
        raise unsupported(url)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite`
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that writes after reading fails at once when another
    # one has committed in between, whatever the busy timeout.
    options = connection.get_execution_options()
    mode = "IMMEDIATE" if "nambuoc_write" in options else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Look at one snapshot of the database."""
    try:
        with engine.connect() as connection:
            yield connection
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise translated(error) from error


@lru_cache(maxsize=8)
def _writer(engine: Engine) -> Engine:
    return engine.execution_options(nambuoc_write=True)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Commit all of it or nothing; on SQLite the one writer (BEGIN IMMEDIATE)."""
    try:
        with (
            _writer(engine).connect() as connection,
            connection.begin(),
        ):
            yield connection
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise translated(error) from error
