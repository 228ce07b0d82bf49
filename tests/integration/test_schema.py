"""The schema of real databases: what migrations make, refuse and never rebuild."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import storage.migrations
from dossiers.dossier import Dossier
from dossiers.errors import FaultError, MalformedError, UnavailableError
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.engine import open_database, reading, writing
from storage.meta import Meta
from storage.paper_tables import DOCUMENT
from storage.private import PrivateFields
from storage.schema import HEAD, demand_guards, migrate
from tests.support.changes import submitted
from tests.support.databases import IDS

FOLDER = Path(storage.migrations.__file__).parent
LIGHT = """
import sys
import storage.dossiers, storage.schema, storage.runs, storage.journal
heavy = {"alembic", "psycopg", "cryptography", "prefect"} & set(sys.modules)
sys.exit(str(heavy) if heavy else 0)
"""


def test_migrations_make_exactly_the_tables_of_the_program(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)

        assert compare_metadata(context, DOCUMENT.metadata) == []


def test_the_newest_migration_is_the_programs_schema() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    Meta(engine).put("site", "tinh-a")

    migrate(engine)

    assert Meta(engine).get("site") == "tinh-a"


def test_eight_first_starts_at_once_make_one_schema(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new.db'}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(migrate, [engine] * 8))

    demand_guards(engine)
    engine.dispose()


def test_a_newer_schema_is_a_fault_and_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    try:
        with pytest.raises(FaultError, match=r"0999.*update nambuoc"):
            migrate(engine)
    finally:
        with engine.begin() as connection:
            reset = text("UPDATE alembic_version SET version_num = :head")
            connection.execute(reset, {"head": HEAD})


def test_sqlite_is_set_to_lose_nothing(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    with reading(engine) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "recursive_triggers",
                "busy_timeout",
            )
        }
    engine.dispose()

    assert tuple(found.values()) == ("wal", 2, 1, 1, 30_000)


def test_a_full_disk_is_a_fault_and_leaves_state_and_events_together(
    tmp_path: Path, sqlite_template: Path, keys: FileKeys
) -> None:
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = open_database(f"sqlite:///{path}")
    dossiers = SqlDossiers(engine, IDS, PrivateFields(keys))
    with engine.connect() as connection:  # the one pooled connection keeps the limit
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")
    made: list[Dossier] = []

    with pytest.raises(FaultError, match="disk is full"):
        made.extend(dossiers.append(submitted(n)) for n in range(1, 1000))

    with engine.connect() as connection:
        counted = [
            connection.execute(text(query)).scalar_one()
            for query in (
                "SELECT count(*) FROM event",
                "SELECT size FROM log_head",
                "SELECT 2 * count(*) FROM dossier_view",
                "SELECT 2 * count(*) FROM run_lease",
            )
        ]
    engine.dispose()
    assert made
    assert counted == [2 * len(made)] * 4


def test_no_driver_error_crosses_a_transaction(engine: Engine) -> None:
    with (
        pytest.raises(FaultError, match="no_such_table"),
        reading(engine) as connection,
    ):
        connection.execute(text("SELECT 1 FROM no_such_table"))
    with pytest.raises(FaultError), writing(engine) as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))


def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all" * 99)
    for url in (f"sqlite:///{tmp_path}/x.db", f"sqlite:///{tmp_path}/no/folder/x.db"):
        engine = open_database(url)
        with pytest.raises(FaultError, match="server doctor"):
            migrate(engine)
        engine.dispose()


def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    engine = open_database(f"postgresql+psycopg://nobody@/x?host={tmp_path}")

    with pytest.raises(UnavailableError, match="try again later"), reading(engine):
        pass


@pytest.mark.parametrize("url", ["mysql://x", "oracle+oracledb://x", "nonsense"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(MalformedError, match="sqlite:///FILE"):
        open_database(url)


def test_the_kernel_is_imported_without_what_it_seldom_needs() -> None:
    command = [sys.executable, "-c", LIGHT]

    assert subprocess.run(command, cwd=FOLDER.parents[1], check=False).returncode == 0
