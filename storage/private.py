"""Private fields of dossiers: sealed under a key of each dossier, in SQL only."""

import secrets

from sqlalchemy import Connection, Row, bindparam, insert, select

from dossiers.change import Private
from dossiers.values import digest
from storage.encryption.fields import open_field, seal_field
from storage.encryption.keys import KeyProvider
from storage.tables import DOSSIER_KEY, DOSSIER_PRIVATE

_SALT = 16
_KEY = select(DOSSIER_KEY.c.kek_id, DOSSIER_KEY.c.wrapped).where(
    DOSSIER_KEY.c.dossier_id == bindparam("id")
)
_ADD_KEY = insert(DOSSIER_KEY)
_ADD = insert(DOSSIER_PRIVATE)
_FIELDS = (
    select(DOSSIER_PRIVATE)
    .where(DOSSIER_PRIVATE.c.dossier_id == bindparam("id"))
    .order_by(DOSSIER_PRIVATE.c.version)
)


class PrivateFields:
    """Seals and opens private fields; without the dossier's key they are erased."""

    def __init__(self, keys: KeyProvider) -> None:
        self._keys = keys

    def keep(
        self,
        connection: Connection,
        dossier_id: str,
        fields: tuple[Private, ...],
        *,
        version: int,
    ) -> None:
        """Seal fields, salt inside, in the transaction that appends their digest."""
        key = self._key(connection, dossier_id) or self._new_key(connection, dossier_id)
        rows = [
            {
                "dossier_id": dossier_id,
                "name": field.name,
                "version": version,
                "sealed": seal_field(
                    key,
                    field.salt + field.plaintext,
                    _place(dossier_id, field.name, version),
                ),
            }
            for field in fields
        ]
        connection.execute(_ADD, rows)

    def open(self, connection: Connection, dossier_id: str, name: str) -> bytes | None:
        """Open the newest field of this name; None when it was erased."""
        found = [
            field for field in self.all(connection, dossier_id) if field[0] == name
        ]
        return found[-1][2] if found else None

    def digests(self, connection: Connection, dossier_id: str) -> frozenset[str]:
        """Compute anew the digests that the dossier's events must carry."""
        fields = self.all(connection, dossier_id)
        return frozenset(digest(salt, plaintext) for _, salt, plaintext in fields)

    def all(
        self, connection: Connection, dossier_id: str
    ) -> list[tuple[str, bytes, bytes]]:
        """Open every field: name, salt, plaintext; none when the key was destroyed."""
        rows = connection.execute(_FIELDS, {"id": dossier_id}).all()
        key = self._key(connection, dossier_id) if rows else None
        return [] if key is None else [_opened(key, row) for row in rows]

    def _key(self, connection: Connection, dossier_id: str) -> bytes | None:
        row = connection.execute(_KEY, {"id": dossier_id}).one_or_none()
        if row is None:
            return None
        return self._keys.unwrap(row.wrapped, label(dossier_id), row.kek_id)

    def _new_key(self, connection: Connection, dossier_id: str) -> bytes:
        key = secrets.token_bytes(32)
        kek_id, wrapped = self._keys.wrap(key, label(dossier_id))
        row = {"dossier_id": dossier_id, "kek_id": kek_id, "wrapped": wrapped}
        connection.execute(_ADD_KEY, row)
        return key


def _opened(key: bytes, row: Row[tuple[object, ...]]) -> tuple[str, bytes, bytes]:
    place = _place(row.dossier_id, row.name, row.version)
    plain = open_field(key, row.sealed, place)
    return row.name, plain[:_SALT], plain[_SALT:]


def label(dossier_id: str) -> bytes:
    """Name a dossier's key for its wrapping: it cannot stand in for another."""
    return f"dossier-key:{dossier_id}".encode()


def _place(dossier_id: str, name: str, version: int) -> bytes:
    return f"{dossier_id}:{name}:{version}".encode()
