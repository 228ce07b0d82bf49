"""
The warm program: `python -m infra.sandbox`, started by `asking` and by nobody else.

It has the checks loaded, no keys, no settings, no environment. It takes requests with
two descriptors (the file, a place for the answer) and forks a child for each. A child
can open no file and no socket, write no file, start no program; its memory and time
are bounded. The program kills who is late with his group, tells how each child ended,
and ends, children first, when whoever asks is gone.
"""

import json
import os
import resource
import select
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from infra.sandbox.asking import (
    LARGEST_MESSAGE,
    LATE,
    OUT_OF_MEMORY,
    PLACE,
    Limits,
    ending,
)
from storage.intake.checking import Claim, findings
from storage.intake.verdict import LARGEST

_PIECE = 1 << 20
_NOBODY = 65_534
_HIGHEST = 1024


@dataclass(frozen=True, slots=True)
class _Child:
    """A running check: where its answer goes, and until when it may run."""

    pid: int
    answer: socket.socket
    until: float

    def tell(self, ended: int | str) -> None:
        """Say how it ended: its exit code, minus its signal, or that it was late."""
        with self.answer, suppress(OSError):
            self.answer.send(ending(ended))

    def kill(self) -> None:
        """Kill it with its group, which it may not have made yet."""
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)


def serve(control: socket.socket) -> None:
    """Fork a child for each request until the other end is closed."""
    children = dict[int, _Child]()
    watched = select.poll()
    watched.register(control, select.POLLIN)
    try:
        while True:
            for place, _ in watched.poll(_patience_ms(children)):
                if place != control.fileno():
                    watched.unregister(place)
                    _bury(place, children.pop(place))
                elif child := _taken(control):
                    known = os.pidfd_open(child.pid)
                    children[known] = child
                    watched.register(known, select.POLLIN)
                else:
                    return
            for child in children.values():
                if child.until < time.monotonic():
                    child.kill()
    finally:
        for child in children.values():
            child.kill()


def _patience_ms(children: dict[int, _Child]) -> int | None:
    """Wait until the next child is late; for ever when there is none."""
    until = min((child.until for child in children.values()), default=None)
    return None if until is None else max(0, int((until - time.monotonic()) * 1000) + 1)


def _bury(place: int, child: _Child) -> None:
    os.close(place)
    _, status = os.waitpid(child.pid, 0)
    late = child.until < time.monotonic()
    child.tell(LATE if late else os.waitstatus_to_exitcode(status))


def _taken(control: socket.socket) -> _Child | None:
    """Take one request and fork; None when nobody asks any more."""
    request, places, _, _ = socket.recv_fds(control, LARGEST_MESSAGE, 2)
    if not request:
        return None
    file, answer = places
    asked = json.loads(request)
    limits = Limits(**asked["limits"])
    pid = os.fork()
    if not pid:
        _check(asked, limits, file, answer)
    os.close(file)
    until = time.monotonic() + limits.wall_s
    return _Child(pid, socket.socket(fileno=answer), until)


def _check(asked: dict[str, str], limits: Limits, file: int, answer: int) -> None:
    """Check in the child, which ends here whatever happens."""
    code = 1
    try:
        confine(limits, file, answer)
        found = findings(_content(file), Claim(asked["name"], asked["media_type"]))
        os.write(answer, json.dumps(sorted(found)).encode())
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)


def confine(limits: Limits, file: int, answer: int) -> None:
    """Give up all that is not needed; nothing of it can be taken back."""
    os.setsid()
    low, high = sorted((file, answer))
    for start, end in ((PLACE, low), (low + 1, high), (high + 1, _HIGHEST)):
        os.closerange(start, end)
    # At the softer limit SIGXCPU tells what it was.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
    bounds = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for kind, most in bounds.items():
        resource.setrlimit(kind, (most, most))
    if os.geteuid() == 0:
        with suppress(PermissionError):  # a root that may not become anybody
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _content(file: int) -> bytes:
    """Read the file, at most one byte over the largest that is taken."""
    pieces, place = list[bytes](), 0
    while place <= LARGEST and (piece := os.pread(file, _PIECE, place)):
        pieces.append(piece)
        place += len(piece)
    return b"".join(pieces)


def _ended(_: int, __: object) -> NoReturn:
    raise SystemExit


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    os.closerange(PLACE + 1, _HIGHEST)
    serve(socket.socket(fileno=PLACE))
