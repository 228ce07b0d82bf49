"""What an error of the operating system means to a user of the local store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dossiers.errors import DossierError, FaultError, UnavailableError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_AWAY = (errno.ENOENT, errno.ENOTCONN, errno.ESTALE, errno.ENODEV, errno.ETIMEDOUT)


def on_network(root: Path, kind: str) -> FaultError:
    """Build the refusal of a mount that promises no durability."""
    return FaultError(
        f"{root} nằm trên ổ mạng ({kind}), không bảo đảm độ bền; "
        "hãy chọn ổ cục bộ hoặc cho phép trong cấu hình",
        f"{root} is on a network mount ({kind}), which promises no durability; "
        "choose a local disk or allow it in the settings",
    )


@contextmanager
def translated(root: Path) -> Iterator[None]:
    """Let no operating system error cross the port."""
    try:
        yield
    except OSError as error:
        raise _translation(root, error) from error


def _translation(root: Path, error: OSError) -> DossierError:
    """Say what an operating system error means to the caller."""
    if error.errno in _FULL:
        return FaultError(
            f"ổ đĩa chứa kho {root} đã đầy; hãy giải phóng dung lượng rồi làm lại",
            f"no space left on the disk of the store {root}; free some, then try again",
        )
    if error.errno in _AWAY:
        return UnavailableError(
            f"kho {root} không truy cập được ({error}); hãy gắn lại ổ đĩa",
            f"the store {root} is away ({error}); mount its disk again",
        )
    return FaultError(
        f"kho {root} báo lỗi: {error}; hãy kiểm tra ổ đĩa và quyền truy cập",
        f"the store {root} failed: {error}; check the disk and its permissions",
    )
