"""A real clamd with a database of one harmless virus, made at run time."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.hostile import EICAR

NAME = "Test.Eicar.UNOFFICIAL"
"""How this clamd calls the test virus."""
STREAM_LIMIT, FILE_LIMIT = 2 << 20, 1 << 20
"""What it takes and what it looks at, in bytes; over the second it alerts."""
_PATIENCE_S = 30.0
_SETTINGS = f"""
DatabaseDirectory FOLDER
LocalSocket FOLDER/clamd.sock
LogFile FOLDER/clamd.log
Foreground yes
StreamMaxLength {STREAM_LIMIT}
MaxFileSize {FILE_LIMIT}
AlertExceedsMax yes
"""


@contextmanager
def clamd() -> Iterator[str]:
    """Lend the socket of a running clamd; loudly absent, never absent in CI."""
    program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("clamd is not installed: apt-get install clamav-daemon")
        pytest.skip("NO CLAMD: no real antivirus looks: apt-get install clamav-daemon")
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-clamd-"))
    (folder / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
    settings = _SETTINGS.replace("FOLDER", str(folder))
    settings += "User root\n" * (os.geteuid() == 0)
    (folder / "clamd.conf").write_text(settings)
    command = [program, "-c", str(folder / "clamd.conf")]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as running:
        try:
            _await(folder / "clamd.sock", running)
            yield str(folder / "clamd.sock")
        finally:
            running.kill()
    shutil.rmtree(folder)


def _await(socket: Path, running: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE_S
    while not socket.exists():
        assert running.poll() is None, (socket.parent / "clamd.log").read_text()
        assert time.monotonic() < until, "clamd does not start"
        time.sleep(0.05)
