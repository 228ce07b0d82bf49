"""The flows' own test engine on duty; `flows_worker` becomes this program."""

import sys

from flows.in_process import main
from tests.support.flows_engine import open_engine

if __name__ == "__main__":
    sys.exit(main(open_engine))
