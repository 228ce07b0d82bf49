"""Asking the sandbox: the warm program is started at first use, for any threads."""

import json
import os
import select
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from dossiers.errors import UnavailableError
from storage.intake.checking import Claim
from storage.intake.names import clean_name
from storage.intake.verdict import Kind

PLACE = 3
"""The descriptor on which the warm program takes requests."""
OUT_OF_MEMORY = 3
"""How a child ends whose address space was too small."""
LATE = "late"
"""What the warm program says of a child that it had to kill."""
LARGEST_MESSAGE = 1 << 16
_ENDINGS: dict[int | str, Kind] = {
    LATE: Kind.CHECK_TOO_SLOW,
    -signal.SIGXCPU: Kind.CHECK_TOO_SLOW,
    OUT_OF_MEMORY: Kind.CHECK_TOO_LARGE,
}
_LONGEST_TYPE = 200
_LEAVE_S = 1.0
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: address space in bytes, seconds of CPU and of waiting."""

    memory: int = 768 << 20
    cpu_s: int = 10
    wall_s: float = 15.0


BOUNDS = Limits()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found; of a check that broke off also how it ended."""

    kinds: frozenset[Kind]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Program:
    """The running warm program, our end of its socket, and how to end it once."""

    pid: int
    control: socket.socket
    end: Callable[[], object]


class Sandbox:
    """The warm program of one process, started at first use and when it is gone."""

    def __init__(
        self, limits: Limits = BOUNDS, *, at_once: int = 4, grace_s: float = 5.0
    ) -> None:
        """
        Bound each child, and how many run at once: further threads wait.

        A program that does not answer `grace_s` after a child's time is replaced.
        """
        self._limits = limits
        self._patience_s = limits.wall_s + grace_s
        self._turns = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._program: _Program | None = None

    @property
    def pid(self) -> int | None:
        """The warm program's process id; None while there is none."""
        program = self._program
        return program.pid if program else None

    def findings(self, file: int, claim: Claim) -> Findings:
        """
        Check an open file from its start, whatever that does to the child.

        A child that breaks off, is late or grows too large is a finding of its own.
        Raises UnavailableError when no child can be started.
        """
        request = {
            "name": clean_name(claim.name),
            "media_type": claim.media_type[:_LONGEST_TYPE],
            "limits": asdict(self._limits),
        }
        with self._turns:
            for _ in range(_ATTEMPTS):
                if answers := self._asked(json.dumps(request).encode(), file):
                    return _understood(answers)
        raise _unavailable(OSError("it ends at once"))

    def close(self) -> None:
        """End the warm program and its children; the next check starts another."""
        with self._lock:
            program, self._program = self._program, None
        if program:
            program.end()

    def _asked(self, request: bytes, file: int) -> list[bytes]:
        """Send a request; gives all answers, none when the program went away."""
        with _pair() as (ours, theirs):
            program = self._running()
            try:
                socket.send_fds(program.control, [request], [file, theirs.fileno()])
            except OSError:
                self._forget(program)
                return []
            theirs.close()
            ours.settimeout(self._patience_s)
            try:
                answers = list(iter(lambda: ours.recv(LARGEST_MESSAGE), b""))
            except TimeoutError:
                self._forget(program)
                return [ending(LATE)]
            if not answers or b"ended" not in answers[-1]:
                self._forget(program)
                return []
            return answers

    def _running(self) -> _Program:
        with self._lock:
            if self._program is None:
                pid, control = _started()
                known = (pid, os.pidfd_open(pid), os.getpid())
                end = weakref.finalize(self, _stop, known, control)
                self._program = _Program(pid, control, end)
            return self._program

    def _forget(self, program: _Program) -> None:
        """Let a program go that does not answer, unless another thread did."""
        with self._lock:
            if self._program is not program:
                return
            self._program = None
        program.end()


@contextmanager
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make two ends that carry whole messages, and close what is left of them."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


def _started() -> tuple[int, socket.socket]:
    """Start the warm program: nothing of ours but one end of a socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-I", "-m", "infra.sandbox"]
    nothing = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(PLACE)]
    place = (os.POSIX_SPAWN_DUP2, theirs.fileno(), PLACE)
    with theirs:
        try:
            pid = os.posix_spawn(
                command[0], command, {}, file_actions=[place, *nothing], setsid=True
            )
        except OSError as error:
            ours.close()
            raise _unavailable(error) from error
    return pid, ours


def _stop(known: tuple[int, int, int], control: socket.socket) -> None:
    """End the program, by force when it must; its children go with it."""
    pid, watched, owner = known
    control.close()
    if os.getpid() != owner:
        return  # in a forked process: the program is its parent's
    with suppress(ProcessLookupError, ChildProcessError):
        signal.pidfd_send_signal(watched, signal.SIGTERM)
        if not select.select([watched], [], [], _LEAVE_S)[0]:
            signal.pidfd_send_signal(watched, signal.SIGKILL)
        os.waitpid(pid, 0)
    os.close(watched)


def ending(how: int | str) -> bytes:
    """Word the last message about a child: exit code, minus its signal, or LATE."""
    return json.dumps({"ended": how}).encode()


def _understood(answers: list[bytes]) -> Findings:
    """Trust the child's answer only when the program saw it end as it should."""
    ended = json.loads(answers[-1])["ended"]
    if ended in _ENDINGS:
        return Findings(frozenset({_ENDINGS[ended]}))
    detail = f"exit {ended}"
    if ended == 0:
        try:
            return Findings(frozenset(map(Kind, json.loads(answers[0]))))
        except (ValueError, TypeError):
            detail = "unknown answer"
    return Findings(frozenset({Kind.CHECK_BROKE_OFF}), detail)


def _unavailable(why: OSError) -> UnavailableError:
    return UnavailableError(
        f"không chạy được tiến trình kiểm tra tệp ({why}); thử lại sau",
        f"the process that checks files cannot run ({why}); try again later",
    )
