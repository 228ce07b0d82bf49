"""A home with a real Prefect server and a real worker, each a process of its own."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from infra import running
from infra.supervisor import answers

LIMIT_S = 120.0
LEASE_S = "3"
RECONCILE_S = "1"
PYTHON = (sys.executable, "-P", "-m")


@dataclass
class Site:
    """Starts, kills and asks the two processes of one home."""

    home: Path
    server: int = 0
    worker: int = 0
    workers: list[int] = field(default_factory=list)

    def start_server(self) -> None:
        """Start Prefect's server; returns when it answers."""
        command = (*PYTHON, "flows.server", "--home", str(self.home))
        self.server = running.spawn(command, self.home / "log" / "server.log")
        until(lambda: answers(self.url))

    def start_worker(self) -> None:
        """Start the worker with the test engine; returns when it beats."""
        (self.home / "run" / "worker.json").unlink(missing_ok=True)
        self.worker = self.spawn_worker()
        until(lambda: bool(running.read(self.home / "run" / "worker.json")))

    def spawn_worker(self) -> int:
        """Start a worker process and do not wait for it."""
        command = (*PYTHON, "tests.support.flows_worker", "--home", str(self.home))
        pace = ("--poll", "0.02", "--lease", LEASE_S, "--reconcile-every", RECONCILE_S)
        return running.spawn((*command, *pace), self.home / "log" / "worker.log")

    def kill_server(self) -> None:
        """SIGKILL the server."""
        _end(self.server, signal.SIGKILL)

    def kill_worker(self) -> None:
        """SIGKILL the worker."""
        _end(self.worker, signal.SIGKILL)

    def stop(self) -> None:
        """End both in order."""
        _end(self.worker, signal.SIGTERM)
        _end(self.server, signal.SIGTERM)

    @property
    def url(self) -> str:
        """Prefect's API."""
        return str(running.read(self.home / "run" / "prefect.json").get("url", ""))

    def ask(self, method: str, path: str, body: object = None) -> object:
        """Ask Prefect's API as its own pages do, again while its database is busy."""
        for _ in range(20):
            status, told = self._once(method, path, body)
            if status != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            time.sleep(0.1)
        assert status < HTTPStatus.MULTIPLE_CHOICES, told
        return json.loads(told) if told else None

    def _once(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=90)
        try:
            text = json.dumps(body) if body is not None else None
            head = {"content-type": "application/json"}
            connection.request(method, f"{parts.path}{path}", text, head)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def rows(self, kind: str, **wanted: object) -> list[dict[str, object]]:
        """Read flow runs or task runs with a filter."""
        found = self.ask("POST", f"/{kind}/filter", {"limit": 200, **wanted})
        assert isinstance(found, list)
        return found

    def run(self, code: str) -> dict[str, object]:
        """Find the one run of this dossier code."""
        runs = self.rows("flow_runs", flow_runs={"name": {"any_": [code]}})
        assert len(runs) == 1, runs
        return runs[0]

    def state(self, code: str) -> str:
        """Name the state of the dossier's run; empty when it has none."""
        runs = self.rows("flow_runs", flow_runs={"name": {"any_": [code]}})
        return str(runs[0]["state_name"]) if runs else ""

    def waits(self, code: str) -> str:
        """Tell what the suspended run waits for; empty when it is not suspended."""
        runs = self.rows("flow_runs", flow_runs={"name": {"any_": [code]}})
        state = runs[0]["state"] if runs else None
        if isinstance(state, dict) and state["name"] == "Suspended":
            return str(state["message"])
        return ""

    def pause_key(self, code: str) -> str:
        """Tell which pause the run is in; each suspension has its own."""
        state = self.run(code)["state"]
        assert isinstance(state, dict)
        return str(state["state_details"]["pause_key"])

    def set_state(self, run: dict[str, object], kind: str) -> None:
        """Force a state, as a person or a fault in Prefect's own pages may."""
        state = {"type": kind, "name": kind.title()}
        path = f"/flow_runs/{run['id']}/set_state"
        self.ask("POST", path, {"state": state, "force": True})

    def completed_tasks(self, code: str) -> list[str]:
        """Name the completed task runs of the dossier's run."""
        wanted = {"id": {"any_": [self.run(code)["id"]]}}
        tasks = self.rows("task_runs", flow_runs=wanted)
        return sorted(str(t["name"]) for t in tasks if t["state_name"] == "Completed")


def _end(pid: int, order: signal.Signals) -> None:
    if not pid or _gone(pid):
        return
    os.kill(pid, order)
    until(lambda: _gone(pid))


def _gone(pid: int) -> bool:
    try:
        return running.ended(pid) is not None
    except ChildProcessError:
        return True


@contextmanager
def site(home: Path) -> Iterator[Site]:
    """Run server and worker on a fresh home, and end them."""
    found = Site(home)
    try:
        found.start_server()
        found.start_worker()
        yield found
    finally:
        found.stop()


def until(true: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Wait until it is so; AssertionError after two minutes."""
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def wait_for(site: Site, code: str, reason: str) -> None:
    """Wait until the dossier's run is suspended for this reason."""
    until(lambda: site.waits(code).startswith(reason))
