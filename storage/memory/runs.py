"""Run rows and the outbox in dictionaries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock

from dossiers.change import Change
from dossiers.dossier import Dossier
from dossiers.parts import wakes
from dossiers.ports import Mark, RunRow
from storage.runs import ATTEMPTS

_Change = Callable[[RunRow], RunRow]


@dataclass(frozen=True, slots=True)
class _Run:
    row: RunRow
    until: datetime


class InMemoryRuns:
    """Wake marks and leases over a dictionary."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._runs: dict[str, _Run] = {}

    def follow(self, before: Dossier | None, dossier: Dossier, change: Change) -> None:
        """Do what an append does to the run's row."""
        with self._lock:
            if before is None:
                self._runs[dossier.id] = _Run(_new(dossier), self._now())
            elif wakes(before, dossier, self._runs[dossier.id].row.shown):
                self.wake(dossier.id)
            self.show(dossier.id, change.shown)

    def show(self, dossier_id: str, shown: int | None) -> None:
        """Count the shown steps up, never down."""
        run = self._runs.get(dossier_id)
        if run is not None and shown is not None and shown > run.row.shown:
            self._set(dossier_id, lambda row: replace(row, shown=shown))

    def wake(self, dossier_id: str) -> None:
        """Ask for a segment; never lost, even during one."""
        self._set(
            dossier_id, lambda row: replace(row, wanted=row.wanted + 1, closed=False)
        )

    def claim(self, owner: str, count: int, lease_s: float) -> list[Mark]:
        """Take due marks under a lease."""
        with self._lock:
            now = self._now()
            due = [run for run in self._runs.values() if _due(run, now)]
            due.sort(key=lambda run: (run.until, run.row.dossier_id))
            for run in due[:count]:
                leased = replace(run.row, owner=owner)
                until = now + timedelta(seconds=lease_s)
                self._runs[run.row.dossier_id] = _Run(leased, until)
            return [_mark(run.row) for run in due[:count]]

    def renew(self, owner: str, lease_s: float) -> None:
        """Lengthen every lease this owner holds."""
        with self._lock:
            until = self._now() + timedelta(seconds=lease_s)
            for key, run in self._runs.items():
                if run.row.owner == owner:
                    self._runs[key] = replace(run, until=until)

    def release(self, owner: str, mark: Mark, *, closed: bool) -> None:
        """Give a finished segment back: seen = the wanted that was claimed."""

        def given(row: RunRow) -> RunRow:
            return replace(
                row,
                owner=None,
                seen=mark.wanted,
                attempts=0,
                not_before=None,
                last_error=None,
                closed=(closed and row.wanted == mark.wanted) or row.closed,
            )

        self._give_back(owner, mark, given)

    def failed(self, owner: str, mark: Mark, *, error: str, pause_s: float) -> None:
        """Give it back still due, not before a pause; parked after too many."""
        tries = mark.attempts + 1
        reason = f"{tries} attempts failed: {error}"

        def given(row: RunRow) -> RunRow:
            return replace(
                row,
                owner=None,
                attempts=tries,
                not_before=self._now() + timedelta(seconds=pause_s),
                last_error=error,
                parked_reason=reason if tries >= ATTEMPTS else None,
            )

        self._give_back(owner, mark, given)

    def bind(self, dossier_id: str, run_id: str | None) -> None:
        """Remember which flow run shows the dossier."""
        self._set(dossier_id, lambda row: replace(row, run_id=run_id))

    def park(self, dossier_id: str, reason: str | None) -> None:
        """Keep a poisoned dossier from being claimed; None frees it."""
        parked = reason is not None
        self._set(
            dossier_id,
            lambda row: replace(
                row,
                parked_reason=reason,
                attempts=row.attempts if parked else 0,
                not_before=row.not_before if parked else None,
            ),
        )

    def row(self, dossier_id: str) -> RunRow | None:
        """Read one row again before judging."""
        with self._lock:
            run = self._runs.get(dossier_id)
            return None if run is None else self._seen(run)

    def rows(self, *, closed: bool | None = None) -> Iterator[RunRow]:
        """Read all rows, or only open or closed ones."""
        with self._lock:
            found = [self._seen(self._runs[key]) for key in sorted(self._runs)]
        yield from (r for r in found if closed is None or r.closed is closed)

    def _seen(self, run: _Run) -> RunRow:
        held = run.row.owner is not None and run.until > self._now()
        return replace(run.row, held=held)

    def _give_back(self, owner: str, mark: Mark, change: _Change) -> None:
        with self._lock:
            run = self._runs.get(mark.dossier_id)
            if run is not None and run.row.owner == owner:
                self._runs[mark.dossier_id] = _Run(change(run.row), self._now())

    def _set(self, dossier_id: str, change: _Change) -> None:
        with self._lock:
            run = self._runs.get(dossier_id)
            if run is not None:
                self._runs[dossier_id] = replace(run, row=change(run.row))


def _new(dossier: Dossier) -> RunRow:
    return RunRow(
        dossier_id=dossier.id,
        code=dossier.code,
        run_id=None,
        wanted=1,
        seen=0,
        shown=0,
        owner=None,
        held=False,
        attempts=0,
        not_before=None,
        last_error=None,
        parked_reason=None,
        closed=False,
    )


def _due(run: _Run, now: datetime) -> bool:
    row = run.row
    asked = row.wanted > row.seen and not row.closed and row.parked_reason is None
    return asked and run.until <= now and (row.not_before or now) <= now


def _mark(row: RunRow) -> Mark:
    return Mark(
        dossier_id=row.dossier_id,
        run_id=row.run_id,
        wanted=row.wanted,
        shown=row.shown,
        attempts=row.attempts,
        left_by=row.owner,
    )
