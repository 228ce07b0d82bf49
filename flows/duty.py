"""The house's own engine on duty; `worker` and `reconcile` become this program."""

import sys

from flows.in_process import main
from infra.wiring import open_engine

if __name__ == "__main__":
    sys.exit(main(open_engine))
