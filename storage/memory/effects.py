"""The outbox in a dictionary."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import RLock

from dossiers.change import Change
from dossiers.dossier import Dossier
from dossiers.ports import DueEffect
from storage.refusals import doubled


@dataclass(frozen=True, slots=True)
class _Row:
    effect: DueEffect
    not_before: datetime
    owner: str | None = None
    receipt: str | None = None
    last_error: str | None = None


class InMemoryEffects:
    """The outbox over a dictionary."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._rows: dict[str, _Row] = {}

    def checked(self, dossier: Dossier, change: Change) -> tuple[DueEffect, ...]:
        """Name a change's effects; FaultError when a key is there twice."""
        event = str(change.expected + 1)
        found = tuple(
            DueEffect(
                key=effect.key(dossier.id, event),
                dossier_id=dossier.id,
                code=dossier.code,
                kind=effect.kind,
                recipient=effect.recipient,
                about=effect.about,
                attempts=0,
            )
            for effect in change.effects
        )
        keys = {effect.key for effect in found}
        if len(keys) < len(found) or keys & self._rows.keys():
            raise doubled(dossier.id, "effect.key")
        return found

    def add(self, effects: tuple[DueEffect, ...]) -> None:
        """Let checked effects wait."""
        with self._lock:
            for effect in effects:
                self._rows[effect.key] = _Row(effect, self._now())

    def claim(self, owner: str, count: int, lease_s: float) -> list[DueEffect]:
        """Take unsent effects under a lease."""
        with self._lock:
            now = self._now()
            waiting = [row for row in self._rows.values() if row.receipt is None]
            due = [row for row in waiting if row.not_before <= now][:count]
            for row in due:
                until = now + timedelta(seconds=lease_s)
                self._rows[row.effect.key] = replace(row, owner=owner, not_before=until)
            return [row.effect for row in due]

    def done(self, key: str, receipt: str) -> None:
        """Record the receiver's answer; the row is closed."""
        with self._lock:
            if self._rows[key].receipt is None:
                self._rows[key] = replace(self._rows[key], receipt=receipt)

    def failed(self, key: str, *, error: str, pause_s: float) -> None:
        """Record a failure; due again after a pause."""
        with self._lock:
            row = self._rows[key]
            if row.receipt is not None:
                return
            tried = replace(row.effect, attempts=row.effect.attempts + 1)
            later = self._now() + timedelta(seconds=pause_s)
            self._rows[key] = _Row(tried, later, last_error=error)

    def counts(self) -> dict[str, int]:
        """Count rows by state: sent, waiting."""
        with self._lock:
            sent = sum(row.receipt is not None for row in self._rows.values())
            return {"sent": sent, "waiting": len(self._rows) - sent}
