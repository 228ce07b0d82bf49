"""What went wrong in ways nobody foresaw, told without a traceback (exit code 1)."""

import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from dossiers.errors import DossierError, FaultError
from infra.settings import from_environment
from portal.output import complain

LOG = "faults.log"


def told(kind: type[BaseException], error: BaseException) -> FaultError:
    """Word an unforeseen error; names what the machine itself said."""
    if isinstance(error, OSError):
        vi = f"máy không làm được: {error}; hãy xem ổ đĩa và quyền ghi"
        return FaultError(vi, f"{error}; look at the disk and at rights")
    what = f"{kind.__name__}: {error}".splitlines()[0][:300]
    vi = f"lỗi chưa lường trước ({what}); hãy báo kèm nhật ký: {_place()}"
    return FaultError(vi, f"unforeseen ({what}); report it with the log {_place()}")


def unforeseen(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell it as every refusal is told; the traceback goes to HOME/log/faults.log."""
    if os.environ.get("NAMBUOC_DEBUG"):
        traceback.print_exception(kind, error, trace)
    else:
        _keep("".join(traceback.format_exception(kind, error, trace)))
    complain(told(kind, error))


def _place() -> str:
    try:
        return str(from_environment().home / "log" / LOG)
    except DossierError:
        return "NAMBUOC_DEBUG=1"


def _keep(text: str) -> None:
    log = Path(_place())
    if not log.parent.parent.is_dir():
        return
    try:
        log.parent.mkdir(mode=0o700, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{' '.join(sys.argv[1:3])}\n{text}\n")
    except OSError:
        return  # a full disk: the sentence on the terminal is all there can be
