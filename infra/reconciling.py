"""Ask for a reconciliation: the live worker by a file, else a process of its own."""

import json
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from dossiers.errors import UnavailableError
from infra import running

REQUESTS = "run/reconcile"
PATIENCE_S = 600.0


def reconcile(home: Path, *, closed: bool) -> dict[str, object]:
    """
    Compare runs with dossiers and heal every difference.

    Raises UnavailableError when Prefect or the worker does not answer.
    """
    worker = running.running(home / running.ENGINE)
    if worker is not None and worker.role == "worker":
        return _ask(home, closed=closed)
    return _alone(home, closed=closed)


def _ask(home: Path, *, closed: bool) -> dict[str, object]:
    name = uuid4().hex
    folder = home / REQUESTS
    folder.mkdir(parents=True, exist_ok=True)
    running.write(folder / f"{name}.request", {"closed": closed})
    answer = folder / f"{name}.answer"
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if answer.exists():
            found = running.read(answer)
            answer.unlink()
            if "error" not in found:
                return found
            raise _away(str(found["error"]))
        time.sleep(0.05)
    who = "worker"
    raise _away(who)


def _alone(home: Path, *, closed: bool) -> dict[str, object]:
    command = [sys.executable, "-P", "-m", "flows.reconcile", "--home", str(home)]
    command += ["--closed"] if closed else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise _away(done.stderr.strip()[-400:])
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _away(why: str) -> UnavailableError:
    vi = f"không đối soát được: {why}; hãy: nambuoc server start"
    return UnavailableError(vi, f"not reconciled: {why}; run nambuoc server start")
