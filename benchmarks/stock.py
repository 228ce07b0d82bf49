"""
Drives the stock worker's runs: creates them, resumes each at both suspensions.

Answers `ready` to the first line and `done` after each number of runs.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectAlreadyExists

from stock_flow import stock

HERE = Path(__file__).parent
POOL = "stock"
PATIENCE_S = 300.0
_DIRECTORY = "prefect.deployments.steps.set_working_directory"


def declare(client: SyncPrefectClient) -> UUID:
    """Make pool, flow and deployment as `prefect deploy` would."""
    with suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    return client.create_deployment(
        client.create_flow(stock),
        "stock",
        work_pool_name=POOL,
        entrypoint="stock_flow.py:stock",
        pull_steps=[{_DIRECTORY: {"directory": str(HERE)}}],
    )


def run(client: SyncPrefectClient, deployment: UUID, count: int) -> None:
    """Take runs to their end; raises TimeoutError or RuntimeError for a failed one."""
    made = [client.create_flow_run_from_deployment(deployment).id for _ in range(count)]
    left = set(made)
    until = time.monotonic() + PATIENCE_S
    while left:
        if time.monotonic() > until:
            text = f"{len(left)} runs of the stock worker did not end"
            raise TimeoutError(text)
        time.sleep(0.2)
        for run_id in sorted(left):
            state = client.read_flow_run(run_id).state
            if state is None:
                continue
            if state.type == StateType.PAUSED:
                client.resume_flow_run(run_id)
            elif state.is_final():
                _demand_completed(state.type)
                left.discard(run_id)


def _demand_completed(found: StateType) -> None:
    if found != StateType.COMPLETED:
        text = f"a run of the stock worker ended as {found}"
        raise RuntimeError(text)


def main() -> None:
    """Declare at the first line, then run as many runs as each line says."""
    with get_client(sync_client=True) as client:
        sys.stdin.readline()
        deployment = declare(client)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for line in sys.stdin:
            run(client, deployment, int(line))
            sys.stdout.write("done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
