"""
The worker: many dossiers in one process, no process per run.

Threads: segments (8), claims, leases, outbox, reconciliation, and the watch that tells
the world it lives. SIGTERM: claim no more, finish what is held, leave.
"""

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from prefect.context import SyncClientContext
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)

from dossiers.errors import UnavailableError
from flows.answers import REFUSALS
from flows.board import HEARTBEAT_S, Board
from flows.caretaker import EVERY_S, Caretaker, Report
from flows.desk import Engine
from flows.one_writer import one_writer
from flows.segments import LEASE_S, Segments
from flows.sender import send_until
from flows.server import ADDRESS
from flows.worker import arguments
from infra import running
from infra.supervisor import answers

OpenEngine = Callable[[Path], AbstractContextManager[Engine]]
BEAT_S = 1.0
WAIT_S = 120.0
LEAVE_S = 30.0
logger = logging.getLogger("nambuoc.worker")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are looked at, in seconds; tests are quicker."""

    poll_s: float = 0.1
    lease_s: float = LEASE_S
    reconcile_s: float = EVERY_S


@dataclass(slots=True)
class Crew:
    """The working parts of one worker process."""

    home: Path
    engine: Engine
    board: Board
    segments: Segments
    caretaker: Caretaker
    owner: str
    own_server: bool
    stop: threading.Event


@contextmanager
def crew(home: Path, open_engine: OpenEngine, pace: Pace) -> Iterator[Crew]:
    """Put the parts together once Prefect's server answers; UnavailableError else."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    own = running.read(home / ADDRESS).get("url") == PREFECT_API_URL.value()
    with ExitStack() as stack:
        # Else each segment ends with a second of waiting for the heartbeat's thread.
        stack.enter_context(
            temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
        )
        stack.enter_context(one_writer() if own else nullcontext())
        # Without a shared client each segment makes a new one: 28 ms of CPU.
        client = stack.enter_context(SyncClientContext.get_or_create()).client
        engine = stack.enter_context(open_engine(home))
        owner = f"{socket.gethostname()}-{os.getpid()}"
        board = _board(lambda: Board(client), stop)
        segments = Segments(engine, board, owner=owner, lease_s=pace.lease_s)
        caretaker = Caretaker(engine, board, home, every_s=pace.reconcile_s)
        yield Crew(home, engine, board, segments, caretaker, owner, own, stop)


def _board(declare: Callable[[], Board], stop: threading.Event) -> Board:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and not stop.is_set():
        try:
            return declare()
        except REFUSALS:
            logger.info("Prefect's server does not answer yet", exc_info=True)
            stop.wait(0.2)
    text = "máy chủ Prefect không trả lời; hãy xem: nambuoc server status"
    raise UnavailableError(text, "Prefect's server does not answer: see server status")


def work(parts: Crew, pace: Pace, *, until: Callable[[], None] | None = None) -> None:
    """Work until SIGTERM, or until a call returns; held segments are finished."""
    quiet = threading.Event()  # leases, outbox and beat go on while segments end
    claiming = _thread(parts.segments.claim_until, parts.stop, pace.poll_s)
    for target in (parts.segments.renew_until, parts.caretaker.until):
        if until is None or target != parts.caretaker.until:
            _thread(target, quiet)
    send = threading.Thread(
        target=send_until,
        args=(parts.engine, parts.owner),
        kwargs={"stop": quiet, "poll_s": pace.poll_s, "lease_s": pace.lease_s},
        daemon=True,
    )
    send.start()
    _thread(_watch, parts, quiet)
    try:
        if until is None:
            parts.stop.wait()
        else:
            until()
    finally:
        parts.stop.set()
        claiming.join(LEAVE_S)
        quiet.set()
        send.join(1.0)


def _thread(target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def _watch(parts: Crew, quiet: threading.Event) -> None:
    """Beat for `server status`, look whether Prefect answers, follow its address."""
    url = PREFECT_API_URL.value() or ""
    shown = -float(HEARTBEAT_S)
    while not quiet.wait(BEAT_S):
        try:
            if parts.segments.away.is_set() and answers(url):
                parts.segments.away.clear()
            if time.monotonic() - shown > HEARTBEAT_S:
                parts.board.beat(parts.owner)
                shown = time.monotonic()
            _tell(parts)
            moved = running.read(parts.home / ADDRESS).get("url", url)
            if parts.own_server and moved != url:
                parts.stop.set()
        except Exception:
            logger.exception("the watch goes on")


def _tell(parts: Crew) -> None:
    running.write(
        parts.home / "run" / "worker.json",
        {
            "pid": os.getpid(),
            "beat": time.time(),
            "drift": parts.caretaker.drift,
            "prefect_away": parts.segments.away.is_set(),
            "refusals_made_good": parts.board.refused,
        },
    )


def serve(home: Path, open_engine: OpenEngine, pace: Pace) -> None:
    """Work on a home until SIGTERM."""
    with crew(home, open_engine, pace) as parts:
        work(parts, pace)


def reconcile(home: Path, open_engine: OpenEngine, pace: Pace, *, closed: bool) -> int:
    """
    Compare and heal once, with a worker of its own; the report goes to stdout.

    Tells the exit code: 0 when nothing is left, else 8.
    """
    told: list[Report] = []
    with crew(home, open_engine, pace) as parts:
        ask = partial(parts.caretaker.answer, closed=closed)
        work(parts, pace, until=lambda: told.append(ask()))
    sys.stdout.write(json.dumps(asdict(told[0])) + "\n")
    return 8 if told[0].drift else 0


def main(open_engine: OpenEngine) -> int:
    """Do what the command line asks with this engine; tell the exit code."""
    asked = arguments("flows.duty").parse_args()
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form)
    pace = Pace(asked.poll, asked.lease, asked.reconcile_every)
    home = asked.home.absolute()
    if asked.once:
        return reconcile(home, open_engine, pace, closed=asked.closed)
    serve(home, open_engine, pace)
    return 0
