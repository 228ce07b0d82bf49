"""
Wake marks and leases of the flow runs, by the database's clock (real time).

A lease only saves work; safety is the journal's unique key `dossier:step:attempt`.
"""

from collections.abc import Iterator

from sqlalchemy import (
    Engine,
    Row,
    Select,
    Update,
    bindparam,
    select,
    text,
    update,
)

from dossiers.ports import Mark, RunRow
from storage import wakes
from storage.engine import DatabaseClock, reading, writing
from storage.tables import DOSSIER_VIEW, DUE, RUN_LEASE, instant

ATTEMPTS = 8
"""Failed segments in a row after which a dossier is parked."""
_SECOND = 1_000_000
_PAGE = 500
_ERROR = 2000
_R = RUN_LEASE.c
_NOW = DatabaseClock()
_READY = (
    text(DUE),
    _R.parked_reason.is_(None),
    _R.until <= _NOW,
    _R.not_before <= _NOW,
)
_ANY = select(_R.dossier_id).where(*_READY).limit(1)
_TAKE = (
    select(_R.dossier_id, _R.run_id, _R.wanted, _R.shown, _R.attempts, _R.owner)
    .where(*_READY)
    .order_by(_R.until, _R.dossier_id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(RUN_LEASE)
    .where(_R.dossier_id.in_(bindparam("taken", expanding=True)))
    .values(owner=bindparam("by"), until=_NOW + bindparam("lease"))
)
_RENEW = (
    update(RUN_LEASE)
    .where(_R.owner == bindparam("by"))
    .values(until=_NOW + bindparam("lease"))
)
_HELD = update(RUN_LEASE).where(
    _R.dossier_id == bindparam("id"), _R.owner == bindparam("by")
)
_RELEASE = _HELD.values(
    owner=None,
    until=_NOW,
    seen=bindparam("claimed"),
    attempts=0,
    not_before=0,
    last_error=None,
)
_CLOSE = (
    update(RUN_LEASE)
    .where(_R.dossier_id == bindparam("id"), _R.wanted == bindparam("claimed"))
    .values(closed=1)
)
_FAILED = _HELD.values(
    owner=None,
    until=_NOW,
    attempts=bindparam("tries"),
    not_before=_NOW + bindparam("pause"),
    last_error=bindparam("error"),
    parked_reason=bindparam("reason"),
)
_BIND = (
    update(RUN_LEASE)
    .where(_R.dossier_id == bindparam("id"))
    .values(run_id=bindparam("run"))
)
_PARK = (
    update(RUN_LEASE)
    .where(_R.dossier_id == bindparam("id"))
    .values(parked_reason=bindparam("reason"))
)
_FREE = _PARK.values(attempts=0, not_before=0)
_ROWS = select(RUN_LEASE, DOSSIER_VIEW.c.code, (_R.until > _NOW).label("lasting")).join(
    DOSSIER_VIEW, DOSSIER_VIEW.c.dossier_id == _R.dossier_id
)
_ROW = _ROWS.where(_R.dossier_id == bindparam("id"))
_ALL = (
    _ROWS.where(_R.dossier_id > bindparam("after")).order_by(_R.dossier_id).limit(_PAGE)
)
_BY_STATE = {
    None: _ALL,
    True: _ALL.where(text("closed = 1")),
    False: _ALL.where(text("closed = 0")),
}


class SqlRuns:
    """The run table; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def wake(self, dossier_id: str) -> None:
        """Ask for a segment; never lost, even during one."""
        with writing(self._engine) as connection:
            wakes.mark(connection, dossier_id)

    def claim(self, owner: str, count: int, lease_s: float) -> list[Mark]:
        """Take due marks under a lease; an idle look takes no write lock."""
        with reading(self._engine) as connection:
            if connection.execute(_ANY).first() is None:
                return []
        with writing(self._engine) as connection:
            taken = connection.execute(_TAKE, {"count": count}).all()
            if taken:
                ids = [row.dossier_id for row in taken]
                lease = {"taken": ids, "by": owner, "lease": _micros(lease_s)}
                connection.execute(_LEASE, lease)
        return [_mark(row) for row in taken]

    def renew(self, owner: str, lease_s: float) -> None:
        """Lengthen every lease this owner holds."""
        self._change(_RENEW, by=owner, lease=_micros(lease_s))

    def release(self, owner: str, mark: Mark, *, closed: bool) -> None:
        """Give a finished segment back: seen = the wanted that was claimed."""
        held = {"id": mark.dossier_id, "by": owner, "claimed": mark.wanted}
        with writing(self._engine) as connection:
            if connection.execute(_RELEASE, held).rowcount and closed:
                connection.execute(_CLOSE, held)

    def failed(self, owner: str, mark: Mark, *, error: str, pause_s: float) -> None:
        """Give it back still due, not before a pause; parked after too many."""
        tries = mark.attempts + 1
        reason = f"{tries} attempts failed: {error}"[:_ERROR]
        self._change(
            _FAILED,
            id=mark.dossier_id,
            by=owner,
            tries=tries,
            pause=_micros(pause_s),
            error=error[:_ERROR],
            reason=reason if tries >= ATTEMPTS else None,
        )

    def bind(self, dossier_id: str, run_id: str | None) -> None:
        """Remember which flow run shows the dossier."""
        self._change(_BIND, id=dossier_id, run=run_id)

    def park(self, dossier_id: str, reason: str | None) -> None:
        """Keep a poisoned dossier from being claimed; None frees it."""
        statement = _FREE if reason is None else _PARK
        self._change(statement, id=dossier_id, reason=reason)

    def row(self, dossier_id: str) -> RunRow | None:
        """Read one row again before judging."""
        with reading(self._engine) as connection:
            found = connection.execute(_ROW, {"id": dossier_id}).one_or_none()
        return None if found is None else _run(found)

    def rows(self, *, closed: bool | None = None) -> Iterator[RunRow]:
        """Read all rows, or only open or closed ones, page by page."""
        after = ""
        while page := self._page(_BY_STATE[closed], after):
            yield from map(_run, page)
            after = page[-1].dossier_id

    def _page(
        self, statement: Select[tuple[object, ...]], after: str
    ) -> list[Row[tuple[object, ...]]]:
        with reading(self._engine) as connection:
            return list(connection.execute(statement, {"after": after}))

    def _change(self, statement: Update, **values: object) -> None:
        with writing(self._engine) as connection:
            connection.execute(statement, values)


def _micros(seconds: float) -> int:
    return round(seconds * _SECOND)


def _mark(row: Row[tuple[str, str | None, int, int, int, str | None]]) -> Mark:
    return Mark(
        dossier_id=row.dossier_id,
        run_id=row.run_id,
        wanted=row.wanted,
        shown=row.shown,
        attempts=row.attempts,
        left_by=row.owner,
    )


def _run(row: Row[tuple[object, ...]]) -> RunRow:
    return RunRow(
        dossier_id=row.dossier_id,
        code=row.code,
        run_id=row.run_id,
        wanted=row.wanted,
        seen=row.seen,
        shown=row.shown,
        owner=row.owner,
        held=row.owner is not None and bool(row.lasting),
        attempts=row.attempts,
        not_before=instant(row.not_before) if row.not_before else None,
        last_error=row.last_error,
        parked_reason=row.parked_reason,
        closed=bool(row.closed),
    )
