"""A few named values of the installation: site, format, virtual time, demo seed."""

from sqlalchemy import Connection, Engine, bindparam, select, text

from storage.engine import reading, writing
from storage.tables import META

SITE = "site"
DEFAULT_SITE = "nambuoc.local"
_GET = select(META.c.value).where(META.c.key == bindparam("key"))
_ADD = "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO "
_PUT = text(_ADD + "UPDATE SET value = excluded.value")
_SETTLE = text(_ADD + "NOTHING")


class Meta:
    """Key and value in the database, so that every process sees the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, key: str) -> str | None:
        """Read a value; None when it was never set."""
        with reading(self._engine) as connection:
            return _get(connection, key)

    def put(self, key: str, value: str) -> None:
        """Set a value, whatever it was."""
        with writing(self._engine) as connection:
            connection.execute(_PUT, {"key": key, "value": value})

    def settle(self, key: str, value: str) -> str:
        """Set a value once; tells the one that was there first."""
        with writing(self._engine) as connection:
            connection.execute(_SETTLE, {"key": key, "value": value})
            return _get(connection, key) or value

    def site(self) -> str:
        """Read the site's name, in the sources of events and the log's origin."""
        with reading(self._engine) as connection:
            return site_of(connection)


def site_of(connection: Connection) -> str:
    """Read the site's name, which stands in every event's `source`."""
    return _get(connection, SITE) or DEFAULT_SITE


def _get(connection: Connection, key: str) -> str | None:
    return connection.execute(_GET, {"key": key}).scalar()
