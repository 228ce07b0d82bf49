"""
The floor: a flow called directly with five empty tasks, with a shared client.

Answers each number on standard input after that many flows.
"""

import sys

from prefect import flow, task
from prefect.context import SyncClientContext
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

NAMES = ("receive", "transfer", "process", "sign", "return")


def _empty() -> None:
    return None


TASKS = [task(name=name, persist_result=False)(_empty) for name in NAMES]


@flow(validate_parameters=False, persist_result=False)
def floor() -> None:
    """Run five empty tasks."""
    for one in TASKS:
        one()


def main() -> None:
    """Run as many flows as each line says."""
    with (
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        SyncClientContext.get_or_create(),
    ):
        for line in sys.stdin:
            for _ in range(int(line)):
                floor()
            sys.stdout.write("done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
