"""`python -m tests.support.flows_worker`: the worker with the test engine."""

import sys

from flows.worker import become

if __name__ == "__main__":
    role = "reconcile" if "--once" in sys.argv else "worker"
    become("tests.support.flows_duty", role, sys.argv[1:])
