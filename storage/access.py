"""Reads of personal papers: events in streams of their own, in the same journal."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Engine, bindparam, func, select

from dossiers.envelope import Event
from dossiers.events import DocumentRead
from dossiers.ports import Ids
from dossiers.values import Actor
from storage import journal
from storage.engine import writing
from storage.meta import site_of
from storage.tables import EVENT

_LAST = select(func.max(EVENT.c.version)).where(EVENT.c.stream == bindparam("s"))


class AccessLog:
    """Appends one `document-read` for each view of a person's paper (domain §10)."""

    def __init__(self, engine: Engine, ids: Ids) -> None:
        self._engine = engine
        self._ids = ids

    def record(
        self, about: str, fact: DocumentRead, actor: Actor, at: datetime
    ) -> None:
        """Record a read in stream `access:<about>`; raises FaultError."""
        stream = f"access:{about}"
        command = f"read-{uuid4()}"
        with writing(self._engine) as connection:
            tree = journal.lock(connection)
            last = connection.execute(_LAST, {"s": stream}).scalar() or 0
            event = Event(
                id=self._ids.new(at, stream, str(last + 1)),
                stream=stream,
                version=last + 1,
                occurred_at=at,
                actor=actor,
                command=command,
                fact=fact,
            )
            site = site_of(connection)
            journal.record(connection, tree, [event], site=site, command=command)
