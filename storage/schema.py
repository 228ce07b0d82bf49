"""Which schema a database has, and bringing it to ours."""

from importlib import import_module

from sqlalchemy import Connection, Engine, inspect, text

from dossiers.errors import FaultError, TamperedError
from storage.engine import reading, writing

HEAD = "0003"
"""The schema this program writes; a test compares it with the newest migration."""
_KNOWN = frozenset({None, "0001", "0002", HEAD})
_GUARDS = {"sqlite": 2, "postgresql": 3}
_MIGRATION_LOCK = 0x6E616D62
_VERSION = text("SELECT version_num FROM alembic_version")
_COUNT = {
    "sqlite": text(
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        " AND tbl_name = 'event' AND name LIKE 'event_no_%'"
    ),
    "postgresql": text(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'event'::regclass"
        " AND tgname LIKE 'event_no_%' AND tgenabled IN ('O', 'A')"
    ),
}


def migrate(engine: Engine, *, guarded: bool = True) -> None:
    """
    Bring the database to this program's schema and check the journal's guards.

    Quick when nothing is due. Raises FaultError for a newer schema, TamperedError
    when a trigger of the journal is missing; `guarded`: unless an audit will tell.
    """
    with reading(engine) as connection:
        version = _version(connection)
    if version != HEAD:
        with writing(engine) as connection:
            _migrate(connection)
    if guarded:
        demand_guards(engine)


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:key)")
        connection.execute(lock, {"key": _MIGRATION_LOCK})
    if _version(connection) != HEAD:  # another process may have been faster
        import_module("storage.migrations.upgrade").upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(_VERSION).scalar()
    if found not in _KNOWN:
        raise _newer(found)
    return found


def demand_guards(engine: Engine) -> None:
    """Count the triggers that refuse UPDATE, DELETE, TRUNCATE; TamperedError."""
    wanted = _GUARDS[engine.dialect.name]
    with reading(engine) as connection:
        found = connection.execute(_COUNT[engine.dialect.name]).scalar_one()
    if found != wanted:
        raise _unguarded(found, wanted)


def _newer(found: str | None) -> FaultError:
    return FaultError(
        f"cơ sở dữ liệu có lược đồ {found}, chương trình này biết đến {HEAD}; "
        "hãy cập nhật nambuoc",
        f"the database has schema {found}, this program knows {HEAD}; update nambuoc",
    )


def _unguarded(found: int, wanted: int) -> TamperedError:
    return TamperedError(
        f"nhật ký chỉ có {found}/{wanted} trigger bảo vệ; chạy nambuoc audit verify",
        f"the journal has {found} of {wanted} guard triggers; run nambuoc audit verify",
    )
