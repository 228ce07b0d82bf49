"""The engine under a demo: found, waited for, started, and ended by who started it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dossiers.errors import ConflictError, UnavailableError
from infra import running, supervisor
from infra.house import House

MARK = "run/demo-engine.json"
STARTING_S = 60.0
"""How long after the demo's order a supervisor may take to be there."""
READY_S = 180.0
LOOK_S = 0.1


@contextmanager
def engine(house: House) -> Iterator[None]:
    """
    Have an engine while a demo runs; end it unless somebody else had started it.

    An engine that a killed demo left behind is this one's own.
    """
    home = house.settings.home
    try:
        serve(house, ours=True)
        yield
    finally:
        if is_ours(home):
            supervisor.stop(home)
            (home / MARK).unlink(missing_ok=True)


def serve(house: House, *, ours: bool) -> None:
    """
    Reuse the engine of this home, or start one; returns when it answers.

    `ours`: one started here ends with the demo; else whoever calls keeps it, an old
    one too. Raises UnavailableError when nothing answers after three minutes.
    """
    home = house.settings.home
    if running.running(home / running.SUPERVISOR) is None:
        supervisor.stop(home)  # server and worker that outlived their supervisor
        with suppress(ConflictError):  # somebody starts it in this moment
            url = house.settings.prefect_url
            running.write(home / MARK, {"at": time.time()})
            supervisor.start(home, demo_poll=True, prefect_url=url)
    if not ours:
        (home / MARK).unlink(missing_ok=True)
    _ready(home)


def is_ours(home: Path) -> bool:
    """Whether the engine that runs now was started by a demo, perhaps a killed one."""
    found = running.running(home / running.SUPERVISOR)
    asked_at = float(str(running.read(home / MARK).get("at", 0)))
    return found is not None and 0 <= found.since - asked_at < STARTING_S


def _ready(home: Path) -> None:
    until = time.monotonic() + READY_S
    while not supervisor.status(home)["healthy"]:
        if time.monotonic() > until:
            log = home / "log"
            vi = f"máy không trả lời; xem {log}; rồi: nambuoc demo down"
            en = f"the engine does not answer; see {log}; then: nambuoc demo down"
            raise UnavailableError(vi, en)
        time.sleep(LOOK_S)
