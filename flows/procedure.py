"""
The flow `dossier`: five tasks named as the steps; the journal decides what is next.

A run asks the journal, does the next automatic part, and suspends when a person must
act. Nothing is decided from Prefect's memory: its buttons can skip no officer.
"""

import time
from pathlib import Path
from typing import NoReturn

from prefect import Task, flow, task
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH
from prefect.states import Completed, Suspended
from prefect.utilities.engine import propose_state_sync

from dossiers.errors import ConflictError
from dossiers.parts import Do, End, Part, Wait, next_part
from dossiers.values import STEPS, Step
from flows.desk import SEGMENT, Engine

RESULTS = Path(PREFECT_LOCAL_STORAGE_PATH.value())
TRIES = 5


def _task(step: Step) -> Task[[str], None]:
    @task(
        name=step.value,
        task_run_name=step.value,
        persist_result=False,
        result_storage=RESULTS,
    )
    def rest(code: str) -> None:
        """Do the step's automatic rest; a repeat finds its key taken."""
        engine = SEGMENT.get().engine
        for left in reversed(range(TRIES)):
            try:
                return engine.settle(step, code)
            except ConflictError:  # a person acted in the same moment: look again
                if not left:
                    raise
        return None

    return rest


TASKS = {step: _task(step) for step in STEPS}


def todo(engine: Engine, code: str) -> Part:
    """Ask the journal and the run's row what comes next."""
    dossier = engine.dossiers.find(code)
    row = engine.runs.row(dossier.id)
    return next_part(dossier, row.shown if row else 0)


def wait(reason: str) -> NoReturn:
    """Leave the run until a person has acted; the reason is shown on its page."""
    run = FlowRunContext.get()
    if run is None or run.flow_run is None:
        text = "wait() outside a flow run"
        raise RuntimeError(text)
    if not isinstance(run.client, SyncPrefectClient):
        text = "the flow must be synchronous"
        raise TypeError(text)
    # A key that has fired once means "go on" for ever: each wait has its own.
    key = f"{reason}:{time.time_ns()}"
    paused: State[None] = Suspended(pause_key=key, message=reason)
    raise Pause(
        state=propose_state_sync(run.client, paused, flow_run_id=run.flow_run.id)
    )


@flow(
    name="dossier",
    validate_parameters=False,
    persist_result=False,
    result_storage=RESULTS,
)
def dossier(code: str) -> State[None]:
    """Take one dossier on, from where the journal says it stands, to its end."""
    segment = SEGMENT.get()
    try:
        while True:
            match todo(segment.engine, code):
                case Do(step):
                    TASKS[step](code)
                case Wait(reason):
                    wait(reason)
                case End(name):
                    return Completed(name=name)
    except Exception as error:
        segment.error = error
        raise
