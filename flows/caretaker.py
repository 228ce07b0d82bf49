"""
Keeps runs and dossiers equal: a pass every half minute, and a whole one on request.

A request is a file NAME.request in HOME/run/reconcile (JSON: closed), written under
another name and renamed; the answer is NAME.answer beside it, made the same way.
"""

import logging
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flows.board import Board
from flows.desk import Engine
from flows.drift import (
    GRACE,
    Difference,
    Span,
    differences,
    heal,
    instant,
    judge,
    lacking,
)
from infra import running

EVERY_S = 30.0
THOROUGH = timedelta(hours=1)
OVERLAP = timedelta(seconds=5)
SETTLE_S = 60.0
LOOK_S = 0.2
ROUNDS = 3
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
        if self._heal(found) < len(found):
            return len(found)  # what is not healed is looked at again
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
            closed = bool(running.read(request).get("closed"))
            try:
                told = asdict(self.answer(closed=closed))
            except Exception as error:
                logger.exception("a request could not be answered")
                told = {"error": f"{type(error).__name__}: {error}"[:400]}
            running.write(request.with_suffix(".answer"), told)
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
        left, healed = before, 0
        for _ in range(ROUNDS):
            healed += self._heal(left)
            self._settled()
            left = self._left(asked, left)
            if not left:
                break
        self.drift = len(left)
        return Report(
            dossiers=sum(1 for _ in self._engine.runs.rows()),
            runs=self._board.count(),
            drift_before=len(before),
            healed=healed,
            drift=len(left),
            differences=dict(Counter(d.kind.value for d in before)),
        )

    def _left(self, asked: datetime, healed: list[Difference]) -> list[Difference]:
        """Look again at what was healed, at what is open, at what ended meanwhile."""
        span = Span(asked - OVERLAP, instant(), thorough=True)
        left = differences(self._engine, self._board, span)
        known = {difference.dossier_id for difference in left}
        again = lacking(self._engine, self._board, healed)
        return left + [d for d in again if d.dossier_id not in known]

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
