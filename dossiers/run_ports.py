"""Ports of the runs: wake marks with leases, the outbox, the receiver."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mark:
    """A claimed wake mark with its lease; `left_by`: a dead owner's name."""

    dossier_id: str
    run_id: str | None
    wanted: int
    shown: int
    attempts: int
    left_by: str | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of the run table, as reconcile and ops read it."""

    dossier_id: str
    code: str
    run_id: str | None
    wanted: int
    seen: int
    shown: int
    owner: str | None
    held: bool
    attempts: int
    not_before: datetime | None
    last_error: str | None
    parked_reason: str | None
    closed: bool


class Runs(Protocol):
    """Wake marks and leases of the flow runs (real time, database clock)."""

    def wake(self, dossier_id: str) -> None:
        """Ask for a segment; never lost, even during one."""

    def claim(self, owner: str, count: int, lease_s: float) -> list[Mark]:
        """Take due marks under a lease; one short write transaction."""

    def renew(self, owner: str, lease_s: float) -> None:
        """Lengthen every lease this owner holds."""

    def release(self, owner: str, mark: Mark, *, closed: bool) -> None:
        """Give a finished segment back: seen = the wanted that was claimed."""

    def failed(self, owner: str, mark: Mark, *, error: str, pause_s: float) -> None:
        """Give it back still due, not before a pause; parked after too many."""

    def bind(self, dossier_id: str, run_id: str | None) -> None:
        """Remember which flow run shows the dossier."""

    def park(self, dossier_id: str, reason: str | None) -> None:
        """Keep a poisoned dossier from being claimed; None frees it."""

    def row(self, dossier_id: str) -> RunRow | None:
        """Read one row again before judging."""

    def rows(self, *, closed: bool | None = None) -> Iterator[RunRow]:
        """Read all rows, or only open or closed ones."""


@dataclass(frozen=True, slots=True)
class DueEffect:
    """An effect to send: stable key, kind, recipient and what it is about."""

    key: str
    dossier_id: str
    code: str
    kind: str
    recipient: str
    about: str
    attempts: int


class Effects(Protocol):
    """The outbox of effects (D10)."""

    def claim(self, owner: str, count: int, lease_s: float) -> list[DueEffect]:
        """Take unsent effects under a lease."""

    def done(self, key: str, receipt: str) -> None:
        """Record the receiver's answer; the row is closed."""

    def failed(self, key: str, *, error: str, pause_s: float) -> None:
        """Record a failure; due again after a pause."""

    def counts(self) -> dict[str, int]:
        """Count rows by state: sent, waiting."""


class Notices(Protocol):
    """A receiver of notices that takes our key and counts each once."""

    def send(self, effect: DueEffect) -> str:
        """Deliver; returns the receiver's receipt; raises UnavailableError."""
