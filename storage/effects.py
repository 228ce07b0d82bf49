"""The outbox: what must be done outside, as rows with a key for ever (D10)."""

from sqlalchemy import (
    Engine,
    Row,
    Update,
    bindparam,
    func,
    select,
    text,
    update,
)

from dossiers.ports import DueEffect
from storage.engine import DatabaseClock, reading, writing
from storage.tables import EFFECT, WAITING

_SECOND = 1_000_000
_ERROR = 2000
_E = EFFECT.c
_NOW = DatabaseClock()
_READY = (text(WAITING), _E.until <= _NOW, _E.not_before <= _NOW)
_ANY = select(_E.key).where(*_READY).limit(1)
_TAKE = (
    select(_E.key, _E.code, _E.about, _E.attempts)
    .where(*_READY)
    .order_by(_E.until, _E.key)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(EFFECT)
    .where(_E.key.in_(bindparam("taken", expanding=True)))
    .values(owner=bindparam("by"), until=_NOW + bindparam("lease"))
)
_OPEN = update(EFFECT).where(_E.key == bindparam("id"), text(WAITING))
_DONE = _OPEN.values(
    state="sent", receipt=bindparam("answer"), owner=None, last_error=None
)
_FAILED = _OPEN.values(
    owner=None,
    until=0,
    attempts=_E.attempts + 1,
    not_before=_NOW + bindparam("pause"),
    last_error=bindparam("error"),
)
_COUNTS = select(_E.state, func.count()).group_by(_E.state)


class SqlEffects:
    """The table `effect`; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, owner: str, count: int, lease_s: float) -> list[DueEffect]:
        """Take unsent effects under a lease; an idle look takes no write lock."""
        with reading(self._engine) as connection:
            if connection.execute(_ANY).first() is None:
                return []
        with writing(self._engine) as connection:
            taken = connection.execute(_TAKE, {"count": count}).all()
            if taken:
                keys = [row.key for row in taken]
                lease = round(lease_s * _SECOND)
                row = {"taken": keys, "by": owner, "lease": lease}
                connection.execute(_LEASE, row)
        return [_due(row) for row in taken]

    def done(self, key: str, receipt: str) -> None:
        """Record the receiver's answer; the row is closed."""
        self._change(_DONE, id=key, answer=receipt)

    def failed(self, key: str, *, error: str, pause_s: float) -> None:
        """Record a failure; due again after a pause."""
        pause = round(pause_s * _SECOND)
        self._change(_FAILED, id=key, error=error[:_ERROR], pause=pause)

    def counts(self) -> dict[str, int]:
        """Count rows by state: sent, waiting."""
        with reading(self._engine) as connection:
            found = dict(connection.execute(_COUNTS).tuples().all())
        return {"sent": 0, "waiting": 0} | found

    def _change(self, statement: Update, **values: object) -> None:
        with writing(self._engine) as connection:
            connection.execute(statement, values)


def _due(row: Row[tuple[str, str, str, int]]) -> DueEffect:
    dossier_id, _, kind, recipient = row.key.split(":", 3)
    return DueEffect(
        key=row.key,
        dossier_id=dossier_id,
        code=row.code,
        kind=kind,
        recipient=recipient,
        about=row.about,
        attempts=row.attempts,
    )
