"""What Prefect's stock process worker loads: five empty tasks, two suspensions."""

from prefect import flow, task
from prefect.flow_runs import suspend_flow_run

NAMES = ("receive", "transfer", "process", "sign", "return")
WAITS_AFTER = ("transfer", "process")


def _empty() -> str:
    return "done"


TASKS = [task(name=name, persist_result=True)(_empty) for name in NAMES]


@flow(persist_result=True)
def stock() -> None:
    """Run five empty tasks; after two of them a person must resume the run."""
    for one in TASKS:
        one()
        if one.name in WAITS_AFTER:
            suspend_flow_run(timeout=3600, key=one.name)
