"""What owners allow: the newest word of each, and its event (`access:<owner>`)."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text

from dossiers.envelope import Event
from dossiers.events import ConsentGiven
from dossiers.ports import Consent, Ids
from dossiers.values import Actor
from storage import journal
from storage.meta import site_of
from storage.paper_tables import CONSENT
from storage.tables import EVENT, micros

SCOPE = "reuse"
_LAST = select(func.max(EVENT.c.version)).where(EVENT.c.stream == bindparam("s"))
_IS = select(CONSENT.c.owner).where(
    CONSENT.c.owner == bindparam("o"),
    CONSENT.c.scope == SCOPE,
    CONSENT.c.withdrawn_at.is_(None),
)
_GIVE = text(
    "INSERT INTO consent (owner, scope, granted_at) VALUES (:owner, :scope, :at)"
    " ON CONFLICT (owner, scope) DO UPDATE SET granted_at = :at, withdrawn_at = NULL"
)
_WITHDRAW = text(
    "UPDATE consent SET withdrawn_at = :at WHERE owner = :owner AND scope = :scope"
)


def consents(connection: Connection, owner: str) -> bool:
    """Whether the owner allows now that his papers are reused."""
    return connection.execute(_IS, {"o": owner}).first() is not None


def let(
    connection: Connection,
    consent: Consent,
    actor: Actor,
    at: datetime,
    *,
    ids: Ids,
) -> None:
    """Record an owner's word in the writing transaction."""
    tree = journal.lock(connection)
    stream = f"access:{consent.owner}"
    version = (connection.execute(_LAST, {"s": stream}).scalar() or 0) + 1
    event = Event(
        id=ids.new(at, stream, str(version)),
        stream=stream,
        version=version,
        occurred_at=at,
        actor=actor,
        command=f"{stream}:{version}",
        fact=consent,
    )
    journal.record(connection, tree, [event], site=site_of(connection))
    said = _GIVE if isinstance(consent, ConsentGiven) else _WITHDRAW
    row = {"owner": consent.owner, "scope": consent.scope, "at": micros(at)}
    connection.execute(said, row)
