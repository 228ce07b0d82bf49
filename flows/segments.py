"""
Takes due dossiers on: claims wake marks, runs each segment in one of a few threads.

A lease only saves work; safety is the journal's key `dossier:step:attempt`. Whatever
happens to a segment, its mark stays due until a segment has gone through.
"""

import contextvars
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import run_flow_sync
from prefect.states import Crashed, Scheduled

from dossiers.crashpoints import crashpoint
from dossiers.ports import Mark
from flows.answers import REFUSALS, away, busy, gone
from flows.board import Board
from flows.desk import SEGMENT, Engine, Segment
from flows.procedure import dossier as dossier_flow

THREADS = 8
LEASE_S = 30.0
LONGEST_PAUSE_S = 60.0
logger = logging.getLogger("nambuoc.segments")


class SegmentError(Exception):
    """A segment did not come to a wait or to the end; the row says when next."""


class Segments:
    """The segments of one worker process."""

    def __init__(
        self, engine: Engine, board: Board, *, owner: str, lease_s: float = LEASE_S
    ) -> None:
        """Make the threads; each takes over this thread's Prefect client."""
        self._engine = engine
        self._board = board
        self._owner = owner
        self._lease_s = lease_s
        self._context = contextvars.copy_context()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="segment")
        self._free = THREADS
        self._change = threading.Condition()
        self.away = threading.Event()

    def claim_until(self, stop: threading.Event, poll_s: float) -> None:
        """Claim and start what is due until told to stop, then wait for the rest."""
        while not stop.is_set():
            try:
                claimed = 0 if self.away.is_set() else self._claim()
            except Exception:
                logger.exception("the marks could not be claimed; trying again")
                claimed = 0
            with self._change:
                if not claimed or not self._free:
                    self._change.wait(poll_s)
        self._threads.shutdown(wait=True)

    def _claim(self) -> int:
        free = self._free
        marks = self._engine.runs.claim(self._owner, free, self._lease_s)
        for mark in marks:
            with self._change:
                self._free -= 1
            context = self._context.copy()
            self._threads.submit(context.run, self._one, mark)
        return len(marks)

    def renew_until(self, stop: threading.Event) -> None:
        """Lengthen the held leases well before they end."""
        while not stop.wait(self._lease_s / 3):
            try:
                self._engine.runs.renew(self._owner, self._lease_s)
            except Exception:
                logger.exception("the leases could not be renewed; trying again")

    def _one(self, mark: Mark) -> None:
        try:
            self._under_lease(mark)
        except Exception:
            logger.exception("%s: its lease will end and it is taken up again", mark)
        finally:
            with self._change:
                self._free += 1
                self._change.notify()

    def _under_lease(self, mark: Mark) -> None:
        runs = self._engine.runs
        crashpoint("after-mark")
        try:
            closed = self._segment(mark)
        except Exception as error:
            if away(error):  # nothing is wrong with the dossier: no attempt is counted
                if not busy(error):
                    self.away.set()
                runs.wake(mark.dossier_id)
                runs.release(self._owner, mark, closed=False)
                return
            logger.warning("segment of %s", mark.dossier_id, exc_info=True)
            pause_s = min(0.5 * 2.0**mark.attempts, LONGEST_PAUSE_S)
            runs.failed(self._owner, mark, error=_text(error), pause_s=pause_s)
        else:
            crashpoint("after-segment")
            runs.release(self._owner, mark, closed=closed)

    def _segment(self, mark: Mark) -> bool:
        if mark.run_id is None:
            return self._execute(self._new_run(mark))
        if mark.left_by is not None:
            self._mend(mark.run_id)
        try:
            return self._execute(self._board.known(mark.run_id, mark.dossier_id))
        except REFUSALS as error:
            if not gone(error):
                raise
        return self._execute(self._new_run(mark))

    def _new_run(self, mark: Mark) -> FlowRun:
        dossier = self._engine.dossiers.find(mark.dossier_id)
        run = self._board.create(dossier, mark.shown)
        crashpoint("after-run")
        self._engine.runs.bind(mark.dossier_id, str(run.id))
        return run

    def _mend(self, run_id: str) -> None:
        run = self._board.find(run_id)
        for task in self._board.tasks([run.id]) if run else ():
            if task.state is None or not task.state.is_final():
                self._board.end_task(task, Crashed(message="its worker ended"))

    def _execute(self, run: FlowRun, *, again: bool = True) -> bool:
        """Run to the next wait (False) or to the end (True)."""
        segment = Segment(self._engine)
        SEGMENT.set(segment)
        # With a deployment the engine would open a thread and a websocket per run.
        alone = run.model_copy(update={"deployment_id": None})
        call = partial(run_flow_sync, dossier_flow, return_type="state")
        try:
            state = call(flow_run=alone, parameters=run.parameters)
        except Pause:
            return False
        except Abort:  # ended by hand there, open here
            if not again:
                raise
            self._board.force(run.id, Scheduled(name="Readopted"))
            return self._execute(run, again=False)
        if segment.error is not None:
            raise segment.error
        if not isinstance(state, State) or not state.is_completed():
            text = f"the run ended as {state}"
            raise SegmentError(text)
        return True


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
