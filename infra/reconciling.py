"""Ask for a reconciliation: the live worker by a file, else a process of its own."""

import json
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from dossiers.errors import ConflictError, UnavailableError
from infra import running

REQUESTS = "run/reconcile"
PATIENCE_S = 600.0
ABSENCE_S = 60.0
"""How long a worker that has ended may take to come back."""
REPORTED = (0, 8)
"""Exit codes with a report: nothing is left, or something is (architecture §4)."""


def reconcile(home: Path, *, closed: bool) -> dict[str, object]:
    """
    Compare runs with dossiers and heal every difference.

    Raises UnavailableError when Prefect or the worker does not answer, ConflictError
    when another reconciliation has the home.
    """
    worker = running.running(home / running.ENGINE)
    if worker is not None and worker.role == "worker":
        return _ask(home, closed=closed)
    return _alone(home, closed=closed)


def _ask(home: Path, *, closed: bool) -> dict[str, object]:
    folder = home / REQUESTS
    folder.mkdir(parents=True, exist_ok=True)
    request = folder / f"{uuid4().hex}.request"
    running.write(request, {"closed": closed})
    try:
        found = _awaited(home, request.with_suffix(".answer"))
    finally:
        request.unlink(missing_ok=True)
    if "error" in found:
        raise _away(str(found["error"]))
    return found


def _awaited(home: Path, answer: Path) -> dict[str, object]:
    began = seen = time.monotonic()
    while not answer.exists():
        now = time.monotonic()
        if running.running(home / running.ENGINE) is not None:
            seen = now
        if now - began > PATIENCE_S or now - seen > ABSENCE_S:
            why = "the worker does not answer"
            raise _away(why)
        time.sleep(0.1)
    found = running.read(answer)
    answer.unlink()
    return found


def _alone(home: Path, *, closed: bool) -> dict[str, object]:
    command = [sys.executable, "-P", "-m", "flows.reconcile", "--home", str(home)]
    command += ["--closed"] if closed else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    why = done.stderr.strip()[-400:]
    if done.returncode == ConflictError.exit_code:
        raise ConflictError(why)
    if done.returncode not in REPORTED:
        raise _away(why)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _away(why: str) -> UnavailableError:
    vi = f"không đối soát được: {why}; hãy: nambuoc server start"
    return UnavailableError(vi, f"not reconciled: {why}; run nambuoc server start")
