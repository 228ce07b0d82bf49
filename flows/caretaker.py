"""
Keeps runs and dossiers equal: a pass every half minute, and a whole one on request.

A request is a file NAME.request in HOME/run/reconcile (JSON: closed), written under
another name and renamed; the answer is NAME.answer beside it, made the same way.
"""

import logging
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flows.board import Board
from flows.desk import Engine
from flows.drift import (
    GRACE,
    Difference,
    Kind,
    Span,
    differences,
    heal,
    instant,
    judge,
    missing_tasks,
)
from infra import running

EVERY_S = 30.0
THOROUGH = timedelta(hours=1)
OVERLAP = timedelta(seconds=5)
SETTLE_S = 60.0
LOOK_S = 0.2
REQUESTS = "run/reconcile"
MARK = "run/reconciled.json"
logger = logging.getLogger("nambuoc.reconcile")


@dataclass(frozen=True, slots=True)
class Report:
    """What `ops reconcile` answers; `drift` is what is left after healing."""

    dossiers: int
    runs: int
    drift_before: int
    healed: int
    drift: int
    differences: dict[str, int]


class Caretaker:
    """One per worker process, in a thread of its own."""

    def __init__(
        self, engine: Engine, board: Board, home: Path, *, every_s: float = EVERY_S
    ) -> None:
        """Take over where the last worker's passes ended."""
        self._engine = engine
        self._board = board
        self._home = home
        self._every_s = every_s
        since = running.read(home / MARK).get("until")
        self._since = datetime.fromisoformat(str(since)) if since else None
        self._thorough_at: datetime | None = None
        self.drift: int | None = None

    def until(self, stop: threading.Event) -> None:
        """Pass now and then, answer requests at once, until told to stop."""
        due = 0.0
        while not stop.wait(LOOK_S):
            try:
                self._answer_requests()
                if time.monotonic() >= due:
                    due = time.monotonic() + self._every_s
                    self.drift = self.go_round()
            except Exception:
                logger.exception("not reconciled; trying again")

    def go_round(self) -> int:
        """Heal what has come about since the last pass; tell how much it was."""
        self._taken_up_by_hand()
        now = instant()
        until = now - GRACE
        last = self._thorough_at
        thorough = last is None or now - last > THOROUGH
        since = self._since - OVERLAP if self._since else None
        found = differences(
            self._engine, self._board, Span(since, until, thorough=thorough)
        )
        self._heal(found)
        self._since = until
        self._thorough_at = now if thorough else last
        running.write(self._home / MARK, {"until": until.isoformat()})
        return len(found)

    def _taken_up_by_hand(self) -> None:
        """Take note of what somebody resumed or retried in Prefect's pages."""
        for run in self._board.scheduled():
            if difference := judge(self._engine, run):
                heal(self._engine, self._board, difference)
            else:
                self._engine.runs.wake(str(run.parameters.get("code", "")))

    def _heal(self, found: list[Difference]) -> int:
        healed = 0
        for difference in found:
            logger.warning("%s: %s", difference.dossier_id, difference.kind)
            try:
                heal(self._engine, self._board, difference)
                healed += 1
            except Exception:
                logger.exception("%s: not healed", difference.dossier_id)
        return healed

    def _answer_requests(self) -> None:
        for request in sorted((self._home / REQUESTS).glob("*.request")):
            asked = running.read(request)
            report = self.answer(closed=bool(asked.get("closed")))
            running.write(request.with_suffix(".answer"), asdict(report))
            request.unlink(missing_ok=True)

    def answer(self, *, closed: bool = False) -> Report:
        """
        Compare everything, heal, wait for the woken, compare again.

        `closed` also makes the runs of closed dossiers that Prefect has lost.
        """
        time.sleep(GRACE.total_seconds())
        asked = instant()
        span = Span(None, asked, thorough=True)
        before = differences(self._engine, self._board, span, closed=closed)
        healed = self._heal(before)
        self._settled()
        again = Span(asked - OVERLAP, instant(), thorough=True)
        after = differences(self._engine, self._board, again)
        ended = [d for d in before if d.kind in (Kind.TASKS, Kind.UNSHOWN)]
        left = len(after) + missing_tasks(self._engine, self._board, ended)
        self.drift = left
        return Report(
            dossiers=sum(1 for _ in self._engine.runs.rows()),
            runs=self._board.count(),
            drift_before=len(before),
            healed=healed,
            drift=left,
            differences=_by_kind(before),
        )

    def _settled(self) -> None:
        """Wait until nothing is due that could run now, or a minute is over."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            rows = self._engine.runs.rows(closed=False)
            if not any(
                row.held or (row.wanted > row.seen and not row.parked_reason)
                for row in rows
            ):
                return
            time.sleep(LOOK_S)


def _by_kind(found: list[Difference]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for difference in found:
        counts[difference.kind] = counts.get(difference.kind, 0) + 1
    return counts
