"""
Pages as images and scans as text, by the tools of the machine, when they are there.

Each tool is a child without our environment and files: bounded in memory, CPU, output
and time, as nobody when we are root. What it says is shown, never filled in. PDF/A is
not made: no tool of ours converts a stranger's PDF without changing what it says.
"""

import os
import select
import shutil
import signal
import tempfile
from typing import BinaryIO

from dossiers.errors import RefusedError, UnavailableError

_WALL_S = 30.0
_BOUNDS = (
    "prlimit",
    f"--as={768 << 20}",
    "--cpu=20",
    f"--fsize={32 << 20}",
    "--core=0",
)
_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
_DPI = "100"
_PAGE = ("-png", "-singlefile", "-r", _DPI, "-f", "1", "-l", "1", "-")
_TEXT = ("stdin", "stdout", "-l", "vie")


def first_page(pdf: bytes) -> bytes:
    """
    Draw the first page of a PDF as PNG, 100 dots an inch.

    Raises UnavailableError without poppler, RefusedError when it cannot be drawn.
    """
    return _made("pdftoppm", _PAGE, pdf)


def words(image: bytes) -> str:
    """
    Read the Vietnamese text of a page image, for searching only.

    Raises UnavailableError without tesseract, RefusedError when nothing can be read.
    """
    return _made("tesseract", _TEXT, image).decode(errors="replace")


def _made(tool: str, about: tuple[str, ...], content: bytes) -> bytes:
    nobody = (*_NOBODY, "--no-new-privs", "--") if os.geteuid() == 0 else ()
    words_ = (*_BOUNDS, "--", *nobody, _found(tool), *about)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(content)
        given.seek(0)
        code = _ended(words_, given, made)
        made.seek(0)
        drawn = made.read()
    if code or not drawn:
        vi = f"{tool} không đọc được tệp này; bản gốc vẫn nguyên, mở bản gốc để xem"
        en = f"{tool} cannot read this file; the original is untouched, open that one"
        raise RefusedError(vi, en, rule="rendition")
    return drawn


def _ended(words_: tuple[str, ...], given: BinaryIO, made: BinaryIO) -> int:
    """Run a child from one open file into another; its code, when late that of KILL."""
    actions = [
        (os.POSIX_SPAWN_DUP2, given.fileno(), 0),
        (os.POSIX_SPAWN_DUP2, made.fileno(), 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
    pid = os.posix_spawn(
        _found(words_[0]), words_, environment, file_actions=actions, setpgroup=0
    )
    ended = os.pidfd_open(pid)
    try:
        if not select.select([ended], [], [], _WALL_S)[0]:
            os.killpg(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(ended)


def _found(tool: str) -> str:
    program = shutil.which(tool)
    if program is None:
        vi = f"máy này không có {tool}; hãy cài rồi làm lại (không bắt buộc)"
        en = f"this machine has no {tool}; install it and try again (it is optional)"
        raise UnavailableError(vi, en)
    return program
