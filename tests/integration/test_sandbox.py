"""The sandbox: a hostile file harms nobody, whatever it does to its child."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

import pytest

from infra.sandbox.asking import Findings, Limits, Sandbox
from storage.intake.checking import NOTHING_CLAIMED, Claim, findings
from storage.intake.verdict import Kind
from tests.support.hostile import ACTIVE, LAWFUL, filled
from tests.support.scans import jpeg, pdf

T = TypeVar("T")
SLOW = filled(b"endobj ")
GREEDY = filled(b"#41")
TRIES = """
import os, resource, socket, sys
from infra.sandbox.__main__ import confine
from infra.sandbox.asking import BOUNDS
file, answer = os.open(sys.argv[1], os.O_RDWR), os.dup(1)
confine(BOUNDS, file, answer)
tries = {
    "open": lambda: open("/etc/hostname"),
    "write": lambda: os.pwrite(file, b"x", 0),
    "socket": lambda: socket.socket(),
    "pipe": lambda: os.pipe(),
    "fork": lambda: os.fork() or os._exit(0),
    "more files": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)),
    "memory": lambda: bytes(800 << 20),
}
told = [os.pread(file, 5, 0).decode()]
for name, act in tries.items():
    try:
        act()
    except (OSError, ValueError, MemoryError):
        told.append(name)
os.write(answer, "\\n".join(told).encode())
"""
HOLDS = """
import sys, time
from infra.sandbox.asking import Sandbox
from storage.intake.checking import NOTHING_CLAIMED
with open(sys.argv[1], "rb") as file:
    sandbox = Sandbox()
    sandbox.findings(file.fileno(), NOTHING_CLAIMED)
    print(sandbox.pid, flush=True)
    while True:
        sandbox.findings(file.fileno(), NOTHING_CLAIMED)
"""

FORKS = """
import os, sys
from pathlib import Path
from infra.intake import check_path, intake_of
from infra.settings import from_environment
path, settings = Path(sys.argv[1]), from_environment()
found = check_path(path)
first = intake_of(settings).sandbox
if not os.fork():
    check_path(path)
    print(intake_of(settings).sandbox.pid not in (None, first.pid), flush=True)
    sys.exit()
os.wait()
known = first.pid
print(check_path(path) == found and first.pid == known)
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def file_of(content: bytes) -> BinaryIO:
    place = os.memfd_create("file")
    os.write(place, content)
    return os.fdopen(place, "rb")


def ask(sandbox: Sandbox, content: bytes, claim: Claim = NOTHING_CLAIMED) -> Findings:
    with file_of(content) as file:
        return sandbox.findings(file.fileno(), claim)


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in listed.split()]


def awaited(ask: Callable[[], T], patience_s: float = 10.0) -> T:
    until = time.monotonic() + patience_s
    while not (found := ask()) and time.monotonic() < until:
        time.sleep(0.005)
    return found


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.parametrize("name", [*ACTIVE, *LAWFUL])
def test_finds_what_the_check_itself_finds(sandbox: Sandbox, name: str) -> None:
    content = (ACTIVE | LAWFUL)[name]

    assert ask(sandbox, content) == Findings(frozenset(findings(content)))


def test_passes_on_the_name_and_the_declared_type(sandbox: Sandbox) -> None:
    assert ask(sandbox, jpeg(), Claim("../a.pdf", "image/png")).kinds == {
        Kind.NAME_DISAGREES,
        Kind.DECLARED_DISAGREES,
    }


def test_a_child_can_read_its_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf())
    told = subprocess.run(
        [sys.executable, "-c", TRIES, str(tmp_path / "a.pdf")],
        capture_output=True,
        check=True,
        text=True,
    )

    refused = ["open", "write", "socket", "pipe", "fork", "more files", "memory"]
    assert told.stdout.splitlines() == ["%PDF-", *refused]


@pytest.mark.parametrize(
    ("limits", "content", "expected"),
    [
        (Limits(wall_s=0.1), SLOW, Kind.CHECK_TOO_SLOW),
        (Limits(cpu_s=1, memory=4 << 30), GREEDY, Kind.CHECK_TOO_SLOW),
        (Limits(), GREEDY, Kind.CHECK_TOO_LARGE),
        (Limits(memory=1 << 20), pdf(), Kind.CHECK_TOO_LARGE),
    ],
    ids=["late", "busy", "greedy", "cramped"],
)
def test_says_which_limit_a_file_bursts(
    limits: Limits, content: bytes, expected: Kind
) -> None:
    sandbox = Sandbox(limits)

    assert ask(sandbox, content) == Findings(frozenset({expected}))
    assert children(sandbox.pid or 0) == []
    sandbox.close()


def test_a_child_that_dies_is_a_finding(sandbox: Sandbox) -> None:
    ask(sandbox, pdf())
    warm = sandbox.pid or 0
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, sandbox, SLOW)
        (child,) = awaited(lambda: children(warm))
        os.kill(child, signal.SIGKILL)
        found = asked.result(10)

    assert found == Findings(frozenset({Kind.CHECK_BROKE_OFF}), "exit -9")
    assert sandbox.pid == warm


def test_a_file_of_the_largest_size_is_checked_within_the_limits(
    sandbox: Sandbox,
) -> None:
    assert ask(sandbox, filled(b"[1 2 3]")).kinds == frozenset()
    assert Kind.JAVASCRIPT in ask(sandbox, filled(b"/JS 1 ")).kinds


def test_the_program_is_started_again_when_it_was_killed(sandbox: Sandbox) -> None:
    ask(sandbox, pdf())
    first = sandbox.pid or 0
    os.kill(first, signal.SIGKILL)

    assert ask(sandbox, ACTIVE["script"]).kinds == {Kind.JAVASCRIPT}
    assert sandbox.pid not in (None, first)


def test_a_check_is_made_again_when_the_program_dies_in_it(sandbox: Sandbox) -> None:
    ask(sandbox, pdf())
    first = sandbox.pid or 0
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, sandbox, SLOW)
        awaited(lambda: children(first))
        os.kill(first, signal.SIGKILL)

        assert asked.result(10).kinds == {Kind.TOO_COMPLEX}


def test_a_program_that_does_not_answer_is_replaced() -> None:
    sandbox = Sandbox(Limits(wall_s=0.3), grace_s=0.3)
    ask(sandbox, pdf())
    stopped = sandbox.pid or 0
    os.kill(stopped, signal.SIGSTOP)

    assert ask(sandbox, pdf()).kinds == {Kind.CHECK_TOO_SLOW}
    assert gone(stopped)
    sandbox.close()


def test_many_threads_each_get_their_own_answer(sandbox: Sandbox) -> None:
    files = list((ACTIVE | LAWFUL).values()) * 6
    with ThreadPoolExecutor(16) as pool:
        found = pool.map(lambda content: ask(sandbox, content).kinds, files)

    assert list(found) == [frozenset(findings(content)) for content in files]


def test_the_program_has_nothing_of_ours(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_S3_SECRET_KEY", "secret")
    ask(sandbox, pdf())
    proc = Path(f"/proc/{sandbox.pid}")

    assert (proc / "environ").read_bytes() == b""
    opened = {
        path.readlink().name.partition(":")[0] for path in (proc / "fd").iterdir()
    }
    assert opened == {"null", "socket"}


def test_program_and_child_go_with_whoever_asked(tmp_path: Path) -> None:
    (tmp_path / "slow.pdf").write_bytes(SLOW)
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "slow.pdf")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        warm = int((engine.stdout or sys.stdin).readline())
        (child,) = awaited(lambda: children(warm))
        engine.kill()

    assert awaited(lambda: gone(warm) and gone(child))


def test_a_forked_process_leaves_its_parents_program_alone(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf())
    told = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path / "a.pdf")],
        capture_output=True,
        check=True,
        text=True,
    )

    own, same = told.stdout.splitlines()
    assert own == "True"
    assert same == "True"


def longest_pause(sandbox: Sandbox) -> float:
    """Let a thread tick while slow files are checked; its longest pause in s."""
    pauses, done = [0.0], threading.Event()

    def tick() -> None:
        last = time.perf_counter()
        while not done.wait(0.001):
            pauses.append(time.perf_counter() - last)
            last = time.perf_counter()

    ticking = threading.Thread(target=tick)
    ticking.start()
    with file_of(SLOW) as slow, ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda _: sandbox.findings(slow.fileno(), NOTHING_CLAIMED), range(2)
            )
        )
    done.set()
    ticking.join()
    return max(pauses)


def test_nobody_waits_for_a_slow_check_but_who_asked_for_it() -> None:
    sandbox = Sandbox(at_once=2)

    assert any(longest_pause(sandbox) < 0.05 for _ in range(3))
    sandbox.close()
