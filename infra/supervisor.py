"""
`nambuoc server`: a detached supervisor over Prefect's server, worker and relay.

It starts them as programs of their own (`python -m flows.server`, `flows.worker`,
`infra.relay_process`), starts them again when they end, with a growing pause, and ends
them in order.
"""

import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from dossiers.errors import UnavailableError
from infra import running as r

START_S = 120.0
STOP_S = 50.0
WORKER_STOP_S = 35.0
SERVER_STOP_S = 8.0
RELAY_STOP_S = 10.0
BEAT_S = 15.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
PROBE_S = 2.0
SILENT_S = 30.0
PYTHON = (sys.executable, "-P", "-m")


def start(
    home: Path, *, demo_poll: bool = False, prefect_url: str | None = None
) -> dict[str, object]:
    """
    Start supervisor, Prefect's server and worker, detached; wait until they answer.

    `demo_poll` looks for work every 20 ms instead of every 100; `prefect_url` uses a
    Prefect server that others run. Raises ConflictError when the home is already
    served, UnavailableError when nothing answers after two minutes.
    """
    r.hold(home / r.SUPERVISOR, "supervisor").close()
    command = [*PYTHON, "infra.supervisor", "--home", str(home)]
    command += ["--poll", "0.02"] if demo_poll else []
    command += ["--prefect-url", prefect_url] if prefect_url else []
    child = r.spawn(command, home / "log" / "supervisor.log", detached=True)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and r.ended(child) is None:
        found = status(home)
        if found["healthy"]:
            return found
        time.sleep(0.1)
    log = home / "log"
    text = f"máy chủ chưa trả lời; xem nhật ký trong {log}"
    raise UnavailableError(text, f"the server does not answer; read the logs in {log}")


def stop(home: Path) -> bool:
    """End what runs on this home, in order; False when nothing ran."""
    places = (
        (home / r.SUPERVISOR, "supervisor", STOP_S),
        (home / r.RELAY, "relay", RELAY_STOP_S),
        (home / r.ENGINE, "worker", WORKER_STOP_S),
        (home / r.SERVER, "prefect server", SERVER_STOP_S),
    )
    ended = [r.end(path, role, limit_s=limit) for path, role, limit in places]
    return any(ended)


def status(home: Path) -> dict[str, object]:
    """
    Tell pid, since (ISO 8601) and healthy of each process, and `healthy` for all.

    The worker is healthy when it wrote its beat in the last 15 seconds; the server
    when its API answers.
    """
    beat = r.read(home / "run" / "worker.json")
    worker = _told(home / r.ENGINE, "worker")
    late_s = time.time() - float(str(beat.get("beat", 0)))
    own = worker["pid"] is not None and beat.get("pid") == worker["pid"]
    worker |= {"healthy": own and late_s < BEAT_S, "drift": beat.get("drift")}
    url = str(r.read(home / "run" / "prefect.json").get("url", ""))
    server = _told(home / r.SERVER, "prefect server")
    server |= {"healthy": answers(url), "url": url}
    return {
        "healthy": worker["healthy"] and server["healthy"],
        "supervisor": _told(home / r.SUPERVISOR, "supervisor"),
        "server": server,
        "worker": worker,
        "relay": _told(home / r.RELAY, "relay"),
    }


def _told(path: Path, role: str) -> dict[str, object]:
    found = r.running(path)
    if found is None or found.role != role:
        return {"pid": None, "since": None}
    since = datetime.fromtimestamp(found.since, UTC).isoformat(timespec="seconds")
    return {"pid": found.pid, "since": since}


def prefect_url(home: Path) -> str | None:
    """Tell the address of Prefect's API on this home; None before the first start."""
    found = r.read(home / "run" / "prefect.json").get("url")
    return None if found is None else str(found)


def cpu_seconds(home: Path) -> float:
    """Sum the CPU seconds of this home's processes and their ended children."""
    roles = (r.SUPERVISOR, r.SERVER, r.ENGINE, r.RELAY)
    places = [home / role for role in roles]
    pids = [found.pid for found in map(r.running, places) if found]
    return sum(_cpu_of(pid) for pid in pids)


def _cpu_of(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    ticks = told.rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def answers(url: str) -> bool:
    """Whether Prefect's API answers at this address within two seconds."""
    parts = urlsplit(url)
    if not parts.hostname:
        return False
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=2)
    try:
        connection.request("GET", f"{parts.path}/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@dataclass(slots=True)
class Part:
    """
    One program that is kept alive.

    `guarded`: a file it cannot live without; `home`: where it says its address, when
    it must answer there.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    stop_s: float
    guarded: Path | None = None
    home: Path | None = None
    pid: int | None = None
    inode: int | None = None
    started: float = 0.0
    due: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    probed: float = 0.0
    heard: float = 0.0

    def look(self, now: float) -> None:
        """Start it when it is due, take note when it has ended."""
        if self.pid is None:
            if now >= self.due:
                self.pid, self.started = r.spawn(self.command, self.log), now
                self.inode, self.heard = None, 0.0
        elif r.ended(self.pid) is not None:
            steady = now - self.started > STEADY_S
            pause = FIRST_PAUSE_S if steady else self.pause_s
            self.pid, self.due = None, now + pause
            self.pause_s = min(pause * 2, LONGEST_PAUSE_S)
        elif self._robbed() or self._silent(now):
            os.kill(self.pid, signal.SIGKILL)

    def _silent(self, now: float) -> bool:
        """Whether it has answered once and has then been silent for too long."""
        if self.home is None or now - self.probed < PROBE_S:
            return False
        self.probed = now
        if answers(str(r.read(self.home / "run" / "prefect.json").get("url", ""))):
            self.heard = time.monotonic()
        return self.heard > 0 and time.monotonic() - self.heard > SILENT_S

    def _robbed(self) -> bool:
        if self.guarded is None:
            return False
        there = self.guarded.stat().st_ino if self.guarded.exists() else None
        if self.inode is None:
            self.inode = there
        return there != self.inode

    def end(self) -> None:
        """TERM, then KILL after the limit; returns when it has ended."""
        if self.pid is None or r.ended(self.pid) is not None:
            return
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.stop_s
        while r.ended(self.pid) is None:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.05)


def parts(home: Path, poll_s: str, prefect_url: str | None) -> list[Part]:
    """Name what runs: Prefect's server unless others run one, worker, relay."""
    here = ("--home", str(home))
    worker = (*PYTHON, "flows.worker", *here, "--poll", poll_s)
    log = home / "log"
    behind = (*PYTHON, "infra.relay_process", *here)
    relay = Part("relay", behind, log / "relay.log", RELAY_STOP_S)
    if prefect_url:
        command = (*worker, "--prefect-url", prefect_url)
        return [Part("worker", command, log / "worker.log", WORKER_STOP_S), relay]
    server = Part(
        "server",
        (*PYTHON, "flows.server", *here),
        log / "server.log",
        SERVER_STOP_S,
        guarded=home / "prefect" / "prefect.db",
        home=home,
    )
    return [server, Part("worker", worker, log / "worker.log", WORKER_STOP_S), relay]


def main() -> None:
    """Keep the programs of one home alive until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m infra.supervisor")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--poll", default="0.1")
    parser.add_argument("--prefect-url")
    asked = parser.parse_args()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with r.hold(asked.home / r.SUPERVISOR, "supervisor"):
        r.end(asked.home / r.ENGINE, "worker", limit_s=WORKER_STOP_S)
        r.end(asked.home / r.SERVER, "prefect server", limit_s=SERVER_STOP_S)
        r.end(asked.home / r.RELAY, "relay", limit_s=RELAY_STOP_S)
        if asked.prefect_url:  # who asks this home for Prefect finds theirs
            r.write(asked.home / "run" / "prefect.json", {"url": asked.prefect_url})
        kept = parts(asked.home, asked.poll, asked.prefect_url)
        while not stopping.wait(0.2):
            for part in kept:
                part.look(time.monotonic())
        for part in reversed(kept):
            part.end()


if __name__ == "__main__":
    main()
