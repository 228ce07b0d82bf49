"""
`ops reconcile`: asks the live worker, or runs the reconciler under the engine lock.

The request is a file in HOME/run/reconcile that the worker looks for five times a
second; its answer lies beside it. Both appear by renaming, so never in part.
"""

import json
import secrets
import sys
import time
from pathlib import Path

from dossiers.errors import UnavailableError
from infra import running

REQUESTS = "run/reconcile"
LIMIT_S = 900.0


def reconcile(home: Path, *, closed: bool = False) -> dict[str, object]:
    """
    Compare runs and dossiers, heal, and report.

    The report has dossiers, runs, drift_before, healed, drift. Raises UnavailableError
    when Prefect's server is down.
    """
    found = running.running(home / running.ENGINE)
    name = home / REQUESTS / secrets.token_hex(8)
    if found is not None and found.role == "worker":
        return _ask(name, found.pid, home, closed=closed)
    return _run(name.with_suffix(".log"), home, closed=closed)


def _ask(name: Path, pid: int, home: Path, *, closed: bool) -> dict[str, object]:
    request, answer = name.with_suffix(".request"), name.with_suffix(".answer")
    running.write(request, {"closed": closed})
    deadline = time.monotonic() + LIMIT_S
    try:
        while time.monotonic() < deadline:
            if report := running.read(answer):
                return report
            worker = running.running(home / running.ENGINE)
            if worker is None or worker.pid != pid:
                break
            time.sleep(0.1)
    finally:
        request.unlink(missing_ok=True)
        answer.unlink(missing_ok=True)
    why = "the worker ended or did not answer"
    raise _silent(why)


def _run(log: Path, home: Path, *, closed: bool) -> dict[str, object]:
    command = [sys.executable, "-P", "-m", "flows.reconcile", "--home", str(home)]
    pid = running.spawn([*command, "--closed"] if closed else command, log)
    while running.ended(pid) is None:
        time.sleep(0.1)
    told = log.read_text(encoding="utf-8").splitlines()
    log.unlink()
    for line in reversed(told):
        if line.startswith("{"):
            report: dict[str, object] = json.loads(line)
            return report
    raise _silent("; ".join(told[-2:]))


def _silent(why: str) -> UnavailableError:
    text = f"không đối chiếu được: {why}; hãy xem: nambuoc server status"
    return UnavailableError(text, f"not reconciled: {why}; see: nambuoc server status")
