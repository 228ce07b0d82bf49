"""
`python -m flows.reconcile --home DIR [--closed]`: compare once, heal, report as JSON.

Needs the engine lock: a live worker is asked by a request file instead (`caretaker`).
"""

import sys

from flows.worker import PROGRAM, become

if __name__ == "__main__":
    become(PROGRAM, "reconcile", [*sys.argv[1:], "--once"])
