"""The house's own engine on duty; `worker` and `reconcile` become this program."""

import logging
import sys

from infra.wiring import open_engine

from flows.in_process import OpenEngine, Pace, reconcile, serve
from flows.worker import arguments


def main(engine: OpenEngine) -> int:
    """Do what the command line asks with this engine; tell the exit code."""
    asked = arguments("flows.duty").parse_args()
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form)
    pace = Pace(asked.poll, asked.lease, asked.reconcile_every)
    home = asked.home.absolute()
    if asked.once:
        return reconcile(home, engine, pace, closed=asked.closed)
    serve(home, engine, pace)
    return 0


if __name__ == "__main__":
    sys.exit(main(open_engine))
