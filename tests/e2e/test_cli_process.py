"""The command line as a process: start-up, pipes, signals, a disk that is full."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Submission
from tests.support.command_line import nambuoc

NAMBUOC = str(Path(sys.executable).with_name("nambuoc"))
HELP_S = 0.5
TRIES = 5


def test_help_answers_at_once() -> None:
    walls = []
    for _ in range(TRIES):
        start = time.monotonic()
        done = subprocess.run([NAMBUOC, "--help"], capture_output=True, check=True)
        walls.append(time.monotonic() - start)

    assert b"dossier" in done.stdout
    assert min(walls) <= HELP_S


def test_no_command_imports_prefect_nor_looking_pyhanko_or_typst() -> None:
    program = (
        "import sys\n"
        "from portal.cli import NOUNS, application\n"
        "for noun in ('dossier', 'audit', 'report', 'ops', 'server', 'store'):\n"
        "    application(noun)\n"
        "assert not {'pyhanko', 'typst', 'prefect'} & set(sys.modules)\n"
        "for noun in NOUNS: application(noun)\n"
        "assert 'prefect' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.usefixtures("home")
def test_a_reader_that_goes_away_is_no_error() -> None:
    words = [NAMBUOC, "procedure", "list", "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        told.stdout.close()
        assert (told.stderr.read(), told.wait()) == (b"", 0)


@pytest.mark.usefixtures("home")
def test_an_interrupt_ends_with_130_and_no_traceback() -> None:
    program = (
        "import signal, sys; from portal import cli, invoking\n"
        "import time, portal.invoking as i\n"
        # a shell's background job inherits SIGINT ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "i.invoke = lambda *_: (print('ready', flush=True), time.sleep(60))\n"
        "sys.argv = ['nambuoc', 'dossier', 'list']; cli.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        assert told.stdout.readline() == b"ready\n"
        told.send_signal(signal.SIGINT)
        assert (told.stderr.read(), told.wait()) == (b"", 130)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("kib", [1, 16, 40])
def test_a_full_disk_is_a_fault_and_leaves_no_half_dossier(
    submission: Submission, kib: int
) -> None:
    file = str(submission(command_id="full"))
    words = f"ulimit -f {kib}; exec {NAMBUOC} dossier submit {file} --json"
    told = subprocess.run(["bash", "-c", words], capture_output=True, check=False)

    assert told.returncode == 1, told.stdout
    assert json.loads(told.stdout)["error"]["exit"] == 1
    assert b"Traceback" not in told.stderr
    assert json.loads(nambuoc("dossier", "list", "--json").out) == []
    assert nambuoc("dossier", "submit", file).code == 0
    assert nambuoc("audit", "verify", "--all").code == 0


@pytest.mark.usefixtures("home")
def test_an_unforeseen_error_is_told_and_logged(home: Path) -> None:
    program = (
        "import sys; from portal import cli; import portal.invoking as i\n"
        "i.invoke = lambda *_: 1 / 0\n"
        "sys.argv = ['nambuoc', 'dossier', 'list', '--json']; cli.main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False
    )

    assert (told.returncode, told.stderr) == (1, b"")
    assert "ZeroDivisionError" in json.loads(told.stdout)["error"]["message"]
    assert "in <lambda>" in (home / "log" / "faults.log").read_text(encoding="utf-8")
