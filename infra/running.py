"""
Who runs on a home: one locked file a role, so a dead process never counts.

The file holds the role, the pid and the start as JSON. It is locked by the process it
names; the kernel takes the lock away with the process, so a pid that was given to a
stranger later is never believed and never killed.
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from dossiers.errors import ConflictError

ENGINE = "engine.lock"
SUPERVISOR = "run/supervisor.lock"
SERVER = "run/server.lock"
RELAY = "run/relay.lock"
LOG_BYTES = 5_000_000
_TRIES = 10
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Running:
    """A living process: its role, pid and start (seconds since 1970)."""

    role: str
    pid: int
    since: float


def hold(path: Path, role: str) -> TextIO:
    """
    Take the place for as long as the returned file is open.

    Raises ConflictError when a living process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = path.open("a+", encoding="utf-8")
    if not _locked(file):
        file.close()
        raise _taken(path, running(path))
    file.truncate(0)
    me = Running(role, os.getpid(), time.time())
    file.write(json.dumps(asdict(me)))
    file.flush()
    return file


def _locked(file: TextIO) -> bool:
    for _ in range(_TRIES):  # a look by `running` holds it for an instant
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _taken(path: Path, other: Running | None) -> ConflictError:
    who = f"{other.role} (pid {other.pid})" if other else "?"
    return ConflictError(
        f"{path.name}: {who} đang chạy trên thư mục này; hãy dừng nó trước: "
        f"nambuoc server stop",
        f"{path.name}: {who} already runs on this home; stop it first: "
        f"nambuoc server stop",
    )


def running(path: Path) -> Running | None:
    """Tell who holds the place now; None when nobody does."""
    if not path.exists():
        return None
    with path.open("r", encoding="utf-8") as file:
        for _ in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                if text := file.read():
                    return Running(**json.loads(text))
                time.sleep(_PAUSE_S)
            else:
                return None
    return None


def end(path: Path, role: str, *, limit_s: float) -> bool:
    """
    End the process that holds the place in this role: TERM, KILL after a limit.

    False when there is none.
    """
    deadline = time.monotonic() + limit_s
    sent = None
    while (found := running(path)) and found.role == role:
        late = time.monotonic() > deadline
        order = signal.SIGKILL if late else signal.SIGTERM
        if (found.pid, order) != sent:
            sent = (found.pid, order)
            _signal(found.pid, order)
        time.sleep(0.05)
    return sent is not None


def _signal(pid: int, order: signal.Signals) -> None:
    try:
        os.kill(pid, order)
    except ProcessLookupError:
        return


def write(path: Path, value: object) -> None:
    """Write JSON so that a reader sees the old or the new whole, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(value, default=str), encoding="utf-8")
    part.replace(path)


def read(path: Path) -> dict[str, object]:
    """Read what `write` wrote; empty when there is nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}


def spawn(command: Sequence[str], log: Path, *, detached: bool = False) -> int:
    """
    Start a program of our own with the output appended to a log; tell its pid.

    `detached` gives it a session of its own, so that it outlives the terminal.
    """
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(
        command[0], list(command), os.environ, file_actions=actions, setsid=detached
    )


def ended(pid: int) -> int | None:
    """Tell the exit code of a child that has ended; None while it lives."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None
