"""The key of an owner and a retention class, which wraps the data keys of his blobs."""

import secrets

from sqlalchemy import Connection, bindparam, insert, select

from storage.encryption.keys import KeyProvider
from storage.paper_tables import OWNER_KEY
from storage.prepared import Prepared

_BYTES = 32
_KEY = Prepared(
    select(OWNER_KEY.c.kek_id, OWNER_KEY.c.wrapped).where(
        OWNER_KEY.c.owner == bindparam("o"), OWNER_KEY.c.retention == bindparam("r")
    )
)


def label(owner: str, retention: str) -> bytes:
    """Name the key for its wrapping: it cannot stand in for another."""
    return f"owner-key:{owner}:{retention}".encode()


def find_key(
    connection: Connection, keys: KeyProvider, owner: str, retention: str
) -> bytes | None:
    """Unwrap the key; None when there is none (any more); TamperedError."""
    found = _KEY.rows(connection, {"o": owner, "r": retention})
    if not found:
        return None
    row = found[0]
    return keys.unwrap(row.wrapped, label(owner, retention), row.kek_id)


def demand_key(
    connection: Connection, keys: KeyProvider, owner: str, retention: str
) -> bytes:
    """
    Unwrap the key, or make it, in a transaction that holds the journal's lock.

    Nobody remembers such a key: it may be destroyed at any other moment, and what is
    wrapped under a destroyed key is lost.
    """
    found = find_key(connection, keys, owner, retention)
    if found is not None:
        return found
    made = secrets.token_bytes(_BYTES)
    kek_id, wrapped = keys.wrap(made, label(owner, retention))
    row = {"owner": owner, "retention": retention}
    connection.execute(insert(OWNER_KEY), row | {"kek_id": kek_id, "wrapped": wrapped})
    return made
