"""Reading dossiers back from their streams, and remembering what they fold to."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection, bindparam, func, or_, select

from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.fold import after
from storage.prepared import Prepared
from storage.refusals import unknown
from storage.tables import DOSSIER_VIEW, EVENT, RUN_LEASE

NEWEST = 2**31 - 1
"""Later than any version."""
END = 2**62
"""Later than any seq and any instant."""
_REMEMBERED = 1024
_ID = Prepared(
    select(DOSSIER_VIEW.c.dossier_id, DOSSIER_VIEW.c.version).where(
        or_(
            DOSSIER_VIEW.c.dossier_id == bindparam("key"),
            DOSSIER_VIEW.c.code == bindparam("key"),
        )
    )
)
_BODIES = Prepared(
    select(EVENT.c.body)
    .where(
        EVENT.c.stream == bindparam("stream"),
        EVENT.c.version > bindparam("since"),
        EVENT.c.version <= bindparam("last"),
        EVENT.c.seq <= bindparam("seq"),
        EVENT.c.occurred_at <= bindparam("at"),
    )
    .order_by(EVENT.c.version)
)
_COMMAND = Prepared(
    select(EVENT.c.stream, EVENT.c.version).where(
        EVENT.c.command_id == bindparam("command")
    )
)
_NEXT_GROUP = select(func.min(EVENT.c.version)).where(
    EVENT.c.stream == bindparam("stream"),
    EVENT.c.version > bindparam("version"),
    EVENT.c.command_id.is_not(None),
)
# What an append must know, in one look.
_SITUATION = Prepared(
    select(
        select(func.max(EVENT.c.version))
        .where(EVENT.c.stream == bindparam("stream"))
        .scalar_subquery()
        .label("version"),
        select(RUN_LEASE.c.shown)
        .where(RUN_LEASE.c.dossier_id == bindparam("id"))
        .scalar_subquery()
        .label("shown"),
        select(EVENT.c.stream)
        .where(EVENT.c.command_id == bindparam("command"))
        .scalar_subquery()
        .label("used_by"),
    )
)
_LEAF = select(EVENT.c.leaf).where(
    EVENT.c.stream == bindparam("stream"), EVENT.c.version == bindparam("version")
)


@dataclass(frozen=True, slots=True)
class Situation:
    """A dossier's version (0: new), its shown steps, who used the command id."""

    version: int
    shown: int
    used_by: str | None


def stream_of(dossier_id: str) -> str:
    """Name the stream of a dossier."""
    return f"dossier:{dossier_id}"


def resolve(connection: Connection, key: str) -> tuple[str, int]:
    """Find id and version of the dossier of this code or id; NotFoundError."""
    found = _ID.rows(connection, {"key": key})
    if not found:
        raise unknown(key)
    return found[0].dossier_id, found[0].version


def situation(connection: Connection, dossier_id: str, command: str) -> Situation:
    """Look up what an append must know; under the journal's lock it stays true."""
    asked = {"stream": stream_of(dossier_id), "id": dossier_id, "command": command}
    (row,) = _SITUATION.rows(connection, asked)
    used_by = row.used_by and row.used_by.partition(":")[2]
    return Situation(row.version or 0, row.shown or 0, used_by)


def leaf_at(connection: Connection, dossier_id: str, version: int) -> bytes:
    """Read the leaf hash of one event of a dossier; raises NotFoundError."""
    place = {"stream": stream_of(dossier_id), "version": version}
    found: bytes | None = connection.execute(_LEAF, place).scalar()
    if found is None:
        key = f"{dossier_id} v{version}"
        raise unknown(key)
    return found


def read(
    connection: Connection,
    dossier_id: str,
    *,
    since: int = 0,
    last: int = NEWEST,
    until: tuple[int, int] = (END, END),
) -> tuple[Event, ...]:
    """Read versions after `since` up to `last`, up to a seq and a microsecond."""
    seq, at = until
    bounds = {"since": since, "last": last, "seq": seq, "at": at}
    row = {"stream": stream_of(dossier_id)} | bounds
    return tuple(decode(found.body) for found in _BODIES.rows(connection, row))


def answer(connection: Connection, command: str) -> tuple[str, int] | None:
    """Find whom a command changed: dossier id, last version of its events."""
    found = _COMMAND.rows(connection, {"command": command})
    if not found:
        return None
    (row,) = found
    place = {"stream": row.stream, "version": row.version}
    following: int | None = connection.execute(_NEXT_GROUP, place).scalar()
    return row.stream.partition(":")[2], (following or NEWEST) - 1


class States:
    """The newest states seen, by dossier: a fold is a fold, so they never lie."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, Dossier] = OrderedDict()

    def at(self, connection: Connection, dossier_id: str, version: int) -> Dossier:
        """Fold a dossier up to a version; raises NotFoundError."""
        with self._lock:
            state = self._kept.get(dossier_id)
        if state is not None and state.version == version:
            return state
        if state is not None and state.version > version:
            state = None
        since = state.version if state else 0
        for event in read(connection, dossier_id, since=since, last=version):
            state = after(state, event)
        if state is None:
            raise unknown(dossier_id)
        self.remember(state)
        return state

    def remember(self, dossier: Dossier) -> None:
        """Keep a committed state unless a newer one is known."""
        with self._lock:
            known = self._kept.pop(dossier.id, dossier)
            newest = known if known.version > dossier.version else dossier
            self._kept[dossier.id] = newest
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
