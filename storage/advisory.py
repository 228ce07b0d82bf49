"""One of many: PostgreSQL's advisory lock, held by a connection of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import bindparam, text

from storage.engine import open_database, reading

_TRY = text("SELECT pg_try_advisory_lock(:key)").bindparams(bindparam("key"))


@contextmanager
def alone(url: str, key: int) -> Iterator[bool]:
    """
    Tell whether the lock is ours; PostgreSQL gives it to another when we die.

    On SQLite there is one home and one process: always True.
    """
    engine = open_database(url)
    try:
        if engine.dialect.name != "postgresql":
            yield True
            return
        steady = engine.execution_options(isolation_level="AUTOCOMMIT")
        with reading(steady) as connection:
            yield bool(connection.execute(_TRY, {"key": key}).scalar_one())
    finally:
        engine.dispose()
