"""
`python -m flows.worker --home DIR`: becomes the worker of a home.

Takes the engine lock first (a second engine: exit code 6), waits for the address of
Prefect's server, takes on its settings, and only then loads Prefect.
"""

import argparse
import os
import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dossiers.errors import DossierError, UnavailableError
from flows import environment
from flows.server import ADDRESS
from infra import running
from infra.supervisor import answers

PROGRAM = "flows.duty"
WAIT_S = 120.0


def arguments(prog: str) -> argparse.ArgumentParser:
    """Say what worker and reconciler can be asked for."""
    parser = argparse.ArgumentParser(prog=prog)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--poll", type=float, default=0.1, help="seconds")
    parser.add_argument("--lease", type=float, default=30.0, help="seconds")
    parser.add_argument("--reconcile-every", type=float, default=30.0, help="seconds")
    parser.add_argument("--prefect-url", help="a server that others run")
    parser.add_argument("--once", action="store_true", help="reconcile and leave")
    parser.add_argument("--closed", action="store_true", help="closed dossiers too")
    parser.add_argument("--json", action="store_true", help="always so")
    return parser


def address(home: Path, given: str | None, wait_s: float) -> str:
    """Find Prefect's API; raises UnavailableError when it does not answer in time."""
    deadline = time.monotonic() + wait_s
    while True:
        url = given or str(running.read(home / ADDRESS).get("url", ""))
        if answers(url):
            return url
        if time.monotonic() > deadline:
            text = f"máy chủ Prefect không trả lời ({url}); hãy: nambuoc server start"
            english = f"Prefect's server does not answer ({url}): nambuoc server start"
            raise UnavailableError(text, english)
        time.sleep(0.1)


def become(program: str, role: str, argv: Sequence[str]) -> None:
    """Lock the home, take on the settings, and run the program in this process."""
    asked = arguments(f"python -m flows.{role}").parse_args(argv)
    home = asked.home.absolute()
    os.umask(0o077)
    wait_s = 5.0 if asked.once else WAIT_S
    try:
        with running.hold(home / running.ENGINE, role):
            url = address(home, asked.prefect_url, wait_s)
            environment.take_on(home, environment.worker(url))
            sys.argv = [program, *argv]
            runpy.run_module(program, run_name="__main__", alter_sys=True)
    except DossierError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    become(PROGRAM, "worker", sys.argv[1:])
