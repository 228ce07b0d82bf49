"""
What Prefect shows of the dossiers: one flow run each, a task run for each step.

Every method is one question or one change over the API; none decides.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType, TaskRun
from prefect.client.schemas.sorting import FlowRunSort, TaskRunSort
from prefect.states import Completed, Pending, Suspended

from dossiers.dossier import Dossier
from dossiers.values import STEPS, Step
from flows.answers import REFUSALS, busy, gone
from flows.deployments import POOL, declare
from flows.procedure import TASKS

PAGE = 200
PAUSES_S = (0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5, 0.5, 0.5)
HEARTBEAT_S = 30
Answer = TypeVar("Answer")
FROM_JOURNAL = "recorded from the journal"


class Board:
    """The runs of our one deployment; declared again when Prefect has lost it."""

    def __init__(self, client: SyncPrefectClient) -> None:
        """Declare pool, flow and deployment."""
        self._client = client
        self._lock = threading.Lock()
        self.flow_id, self.deployment_id = declare(client)
        self.refused = 0

    def declare(self) -> None:
        """Tell Prefect again what it must know."""
        with self._lock:
            self.flow_id, self.deployment_id = declare(self._client)

    def create(self, dossier: Dossier, shown: int) -> FlowRun:
        """
        Make the dossier's run, or find it; steps already shown are recorded.

        A lost deployment is declared again. PENDING runs are invisible to every poll.
        """
        try:
            run = self._insist(lambda: self._create(dossier))
        except REFUSALS as error:
            if not gone(error):
                raise
            self.declare()
            run = self._insist(lambda: self._create(dossier))
        for step in STEPS[:shown]:
            self.add_task(run.id, step)
        return run

    def _insist(self, call: Callable[[], Answer]) -> Answer:
        """Make a refusal ("database is locked") good within milliseconds."""
        for pause_s in PAUSES_S:
            try:
                return call()
            except REFUSALS as error:
                if not busy(error):
                    raise
            self.refused += 1
            time.sleep(pause_s)
        return call()

    def _create(self, dossier: Dossier) -> FlowRun:
        return self._client.create_flow_run_from_deployment(
            self.deployment_id,
            name=dossier.code,
            parameters={"code": dossier.id},
            idempotency_key=dossier.id,
            tags=[
                f"procedure:{dossier.procedure}",
                f"agency:{dossier.receiving_agency}",
                f"channel:{dossier.channel}",
            ],
            state=Pending(),
        )

    def known(self, run_id: str, dossier_id: str) -> FlowRun:
        """Name a run without reading it: any PAUSED state lets the engine go on."""
        return FlowRun(
            id=UUID(run_id),
            name=dossier_id,
            flow_id=self.flow_id,
            parameters={"code": dossier_id},
            state=Suspended(),
        )

    def find(self, run_id: str) -> FlowRun | None:
        """Read one run; None when Prefect does not know it."""
        try:
            return self._client.read_flow_run(UUID(run_id))
        except REFUSALS as error:
            if gone(error):
                return None
            raise

    def count(self) -> int:
        """Count all runs of the deployment."""
        return self._client.count_flow_runs(deployment_filter=self._ours())

    def counts(self) -> tuple[int, int]:
        """Count the runs that are PAUSED, and all that are not COMPLETED."""
        paused = FlowRunFilterStateType(any_=[StateType.PAUSED])
        unfinished = FlowRunFilterStateType(not_any_=[StateType.COMPLETED])
        ours = self._ours()
        counted = [
            self._client.count_flow_runs(
                flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=kind)),
                deployment_filter=ours,
            )
            for kind in (paused, unfinished)
        ]
        return counted[0], counted[1]

    def unfinished(self) -> Iterator[FlowRun]:
        """Read all runs that are not COMPLETED."""
        kind = FlowRunFilterStateType(not_any_=[StateType.COMPLETED])
        state = FlowRunFilterState(type=kind)
        return self._pages(FlowRunFilter(state=state))

    def completed(self, since: datetime | None, until: datetime) -> Iterator[FlowRun]:
        """Read the COMPLETED runs that ended between two instants."""
        kind = FlowRunFilterStateType(any_=[StateType.COMPLETED])
        state = FlowRunFilterState(type=kind)
        ended = FlowRunFilterEndTime.model_validate({"after_": since, "before_": until})
        return self._pages(FlowRunFilter(state=state, end_time=ended))

    def _ours(self) -> DeploymentFilter:
        return DeploymentFilter(id=DeploymentFilterId(any_=[self.deployment_id]))

    def _pages(self, wanted: FlowRunFilter) -> Iterator[FlowRun]:
        offset = 0
        while True:
            page = self._client.read_flow_runs(
                flow_run_filter=wanted,
                deployment_filter=self._ours(),
                sort=FlowRunSort.ID_DESC,
                limit=PAGE,
                offset=offset,
            )
            yield from page
            offset += len(page)
            if len(page) < PAGE:
                return

    def tasks(self, run_ids: Sequence[UUID]) -> list[TaskRun]:
        """Read all task runs of these flow runs."""
        found: list[TaskRun] = []
        while True:
            page = self._client.read_task_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=list(run_ids))),
                sort=TaskRunSort.ID_DESC,
                limit=PAGE,
                offset=len(found),
            )
            found += page
            if len(page) < PAGE:
                return found

    def add_task(self, run_id: UUID, step: Step) -> None:
        """Record a finished step that Prefect does not show."""
        self._insist(
            lambda: self._client.create_task_run(
                TASKS[step],
                run_id,
                dynamic_key=f"{step}-{uuid4()}",
                name=step.value,
                state=Completed(message=FROM_JOURNAL),
            )
        )

    def end_task(self, task: TaskRun, state: State[None]) -> None:
        """End a task run whose worker has ended."""
        self._insist(
            lambda: self._client.set_task_run_state(task.id, state, force=True)
        )

    def force(self, run_id: UUID, state: State[None]) -> None:
        """Set a run's state whatever Prefect's rules say."""
        self._insist(lambda: self._client.set_flow_run_state(run_id, state, force=True))

    def delete(self, run_id: UUID) -> None:
        """Take a run off the board."""
        self._insist(lambda: self._client.delete_flow_run(run_id))

    def scheduled(self) -> list[FlowRun]:
        """
        List the runs that somebody resumed or retried in Prefect's pages.

        A lost pool is declared again: the pass that asks must go on to the runs.
        """
        try:
            found = self._client.get_scheduled_flow_runs_for_work_pool(POOL)
        except REFUSALS as error:
            if not gone(error):
                raise
            self.declare()
            return []
        return [answer.flow_run for answer in found]

    def beat(self, owner: str) -> None:
        """Show the worker on the pool's page."""
        self._client.send_worker_heartbeat(POOL, owner, HEARTBEAT_S)
