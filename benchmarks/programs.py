"""Programs that run beside the benchmark: the floor, Prefect's stock worker."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

from flows import environment

HERE = Path(__file__).parent
_STOP_S = 20.0


def lean(home: Path, url: str) -> dict[str, str]:
    """Set a program up as our worker is."""
    return _clean(home) | environment.worker(url)


def stock(home: Path, url: str) -> dict[str, str]:
    """Set a program up as Prefect is shipped, but silent to the world."""
    return _clean(home) | {"PREFECT_API_URL": url}


def _clean(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    return kept | environment.QUIET | {"PREFECT_HOME": str(home)}


class Program:
    """A script of this folder that answers one line for each line it is sent."""

    def __init__(self, process: Popen[str]) -> None:
        """Take the started program."""
        self._process = process
        self.pid = process.pid

    def ask(self, line: str) -> str:
        """Send a line and wait for the answer; EOFError when it has ended."""
        if self._process.stdin is None or self._process.stdout is None:
            raise EOFError(line)
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise EOFError(line)
        return answer.strip()


@contextmanager
def script(name: str, settings: dict[str, str], log: Path) -> Iterator[Program]:
    """Run a script of this folder until the block ends."""
    command = [sys.executable, str(HERE / name)]
    with (
        log.open("w", encoding="utf-8") as errors,
        _running(command, settings, errors.fileno()) as process,
    ):
        yield Program(process)


@contextmanager
def stock_worker(pool: str, settings: dict[str, str], log: Path) -> Iterator[int]:
    """Run Prefect's stock process worker on a pool until the block ends; its pid."""
    command = [sys.executable, "-P", "-m", "prefect", "worker", "start"]
    command += ["--pool", pool, "--type", "process", "--name", "stock"]
    with (
        log.open("w", encoding="utf-8") as errors,
        _running(command, settings, errors.fileno()) as process,
    ):
        yield process.pid


@contextmanager
def _running(
    command: list[str], settings: dict[str, str], errors: int
) -> Iterator[Popen[str]]:
    process = Popen(
        command, env=settings, stdin=PIPE, stdout=PIPE, stderr=errors, text=True
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        try:
            process.wait(_STOP_S)
        except TimeoutExpired:
            process.kill()
            process.wait()
