"""
Where Prefect's runs and the journal's dossiers differ, and what puts it right.

- open, held by a worker, due, or parked: not judged, somebody is at it or ops is;
- open, nothing due: its run is PAUSED; none, or another state: wake it;
- closed: its run is COMPLETED, with a completed task run for each shown step;
- a run of no dossier, or a second run of one: deleted unless it is final;
- closed without a run (Prefect's database was lost): only when asked, made again.

A page of runs is older than our row, so the row is read again before judging.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from uuid import UUID

from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.states import Completed, Crashed

from dossiers.parts import End, next_part
from dossiers.ports import RunRow
from dossiers.values import STEPS, Step
from flows.board import FROM_JOURNAL, Board
from flows.desk import Engine

GRACE = timedelta(seconds=5)
"""Task states travel as events; a run is judged when they had time to arrive."""

BATCH = 30


class Kind(StrEnum):
    """What is different."""

    MISSING = "open dossier without a run"
    ASTRAY = "open dossier whose run does not wait"
    UNFINISHED = "closed dossier whose run is not completed"
    TASKS = "completed run without all its task runs"
    UNSHOWN = "closed dossier without a run"
    STRANGER = "run of no dossier, or a second one"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `run` and `row` as far as there are any."""

    kind: Kind
    dossier_id: str
    run: FlowRun | None = None
    row: RunRow | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """
    Which completed runs are looked at: ended since (None: ever), and until.

    `thorough` reads the open ones run by run even when their counts agree.
    """

    since: datetime | None
    until: datetime
    thorough: bool = False


def instant() -> datetime:
    """Tell the present instant in Prefect's time, which is real time."""
    return datetime.fromtimestamp(time.time(), UTC)


def differences(
    engine: Engine, board: Board, span: Span, *, closed: bool = False
) -> list[Difference]:
    """Compare all open dossiers and the runs that ended in the span."""
    seen: set[str] = set()
    found: list[Difference] = []
    if span.thorough or not _balanced(engine, board):
        found += _open(engine, board, seen)
    ended = board.completed(span.since, span.until)
    while batch := list(islice(ended, BATCH)):
        seen.update(str(run.id) for run in batch)
        found += _completed(engine, board, batch)
    if closed:
        found += _unshown(engine, board, seen)
    return list({(d.dossier_id, d.run and d.run.id): d for d in found}.values())


def _balanced(engine: Engine, board: Board) -> bool:
    """Whether the counts agree: as many runs as open rows, as many at work."""
    rows = [row for row in engine.runs.rows(closed=False) if row.run_id or _rests(row)]
    resting = sum(_rests(row) for row in rows)
    paused, unfinished = board.counts()
    return unfinished == len(rows) and paused >= resting


def _open(engine: Engine, board: Board, seen: set[str]) -> Iterator[Difference]:
    for run in board.unfinished():
        seen.add(str(run.id))
        if difference := judge(engine, run):
            yield difference
    yield from _missing(engine, board, seen)


def judge(engine: Engine, run: FlowRun) -> Difference | None:
    """Judge one run by the dossier's row as it is now."""
    dossier_id = str(run.parameters.get("code", ""))
    row = engine.runs.row(dossier_id)
    state = run.state
    if row is None or (row.run_id not in (None, str(run.id)) and not row.held):
        final = state is not None and state.is_final()
        return None if final else Difference(Kind.STRANGER, dossier_id, run, row)
    if row.closed:
        if state is not None and state.is_completed():
            return None
        return Difference(Kind.UNFINISHED, dossier_id, run, row)
    if not _rests(row) or (state is not None and state.is_paused()):
        return None
    return Difference(Kind.ASTRAY, dossier_id, run, row)


def _rests(row: RunRow) -> bool:
    """Whether the dossier is open and nobody has anything to do with its run."""
    due = row.wanted > row.seen
    return not (row.closed or row.held or due or row.parked_reason)


def _missing(engine: Engine, board: Board, seen: set[str]) -> Iterator[Difference]:
    for row in list(engine.runs.rows(closed=False)):
        if not _rests(row) or row.run_id in seen:
            continue
        again = engine.runs.row(row.dossier_id)
        if again is None or not _rests(again):
            continue
        run = board.find(again.run_id) if again.run_id else None
        if run is None:
            yield Difference(Kind.MISSING, row.dossier_id, None, again)
        elif difference := judge(engine, run):
            yield difference


def _completed(
    engine: Engine, board: Board, runs: list[FlowRun]
) -> Iterator[Difference]:
    tasks = board.tasks([run.id for run in runs])
    for run in runs:
        row = engine.runs.row(str(run.parameters.get("code", "")))
        if row is None or row.run_id != str(run.id):
            continue
        if not row.closed:
            if difference := judge(engine, run):
                yield difference
        elif _lacking(run.id, tasks, row.shown) or _left(run.id, tasks):
            yield Difference(Kind.TASKS, row.dossier_id, run, row)


def _unshown(engine: Engine, board: Board, seen: set[str]) -> Iterator[Difference]:
    for row in list(engine.runs.rows(closed=True)):
        if row.run_id in seen or (row.run_id and board.find(row.run_id)):
            continue
        yield Difference(Kind.UNSHOWN, row.dossier_id, None, row)


def lacking(engine: Engine, board: Board, healed: list[Difference]) -> list[Difference]:
    """Look again at healed closed dossiers: which still lack a run or a task run."""
    left: list[Difference] = []
    for difference in healed:
        if difference.kind not in (Kind.TASKS, Kind.UNSHOWN):
            continue
        row = engine.runs.row(difference.dossier_id)
        run = board.find(row.run_id) if row and row.run_id else None
        if row is None or run is None:
            left.append(difference)
        elif _lacking(run.id, board.tasks([run.id]), row.shown):
            left.append(Difference(Kind.TASKS, row.dossier_id, run, row))
    return left


def _lacking(run_id: UUID, tasks: list[TaskRun], shown: int) -> list[Step]:
    done = {
        task.name
        for task in tasks
        if task.flow_run_id == run_id and task.state and task.state.is_completed()
    }
    return [step for step in STEPS[:shown] if step.value not in done]


def _left(run_id: UUID, tasks: list[TaskRun]) -> list[TaskRun]:
    own = (task for task in tasks if task.flow_run_id == run_id)
    return [task for task in own if task.state is None or not task.state.is_final()]


def heal(engine: Engine, board: Board, difference: Difference) -> None:
    """Put one difference right; an open dossier is woken and its worker does it."""
    run, row = difference.run, difference.row
    match difference.kind:
        case Kind.MISSING | Kind.ASTRAY:
            engine.runs.wake(difference.dossier_id)
        case Kind.STRANGER if run:
            board.delete(run.id)
        case Kind.UNFINISHED | Kind.TASKS if run and row:
            _finish(engine, board, run, row)
        case Kind.UNSHOWN if row:
            dossier = engine.dossiers.find(row.dossier_id)
            made = board.create(dossier, 0)
            engine.runs.bind(row.dossier_id, str(made.id))
            _finish(engine, board, made, row)
        case _:
            text = f"{difference.kind} without its run or row"
            raise ValueError(text)


def _finish(engine: Engine, board: Board, run: FlowRun, row: RunRow) -> None:
    """Show a closed dossier's run as it ended, task run by task run."""
    tasks = board.tasks([run.id])
    lacking = _lacking(run.id, tasks, row.shown)
    for task in _left(run.id, tasks):
        step = next((step for step in lacking if step.value == task.name), None)
        if step is None:
            board.end_task(task, Crashed(message="its worker ended"))
        else:
            lacking.remove(step)
            board.end_task(task, Completed(message=FROM_JOURNAL))
    for step in lacking:
        board.add_task(run.id, step)
    if run.state is None or not run.state.is_completed():
        end = next_part(engine.dossiers.find(row.dossier_id), row.shown)
        name = end.name if isinstance(end, End) else "Completed"
        board.force(run.id, Completed(name=name, message="closed in the journal"))
