"""Regular files only, opened without waiting for anything."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from dossiers.errors import DossierError, FaultError, MalformedError, NotFoundError

_NO_FILE = (errno.EISDIR, errno.ENXIO, errno.ENODEV)
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def opened(path: Path) -> BinaryIO:
    """Open a file; NotFoundError, MalformedError (no file), FaultError (no access)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise unreadable(path, IsADirectoryError(errno.EISDIR, ""))


def unreadable(path: Path, error: OSError | ValueError) -> DossierError:
    """Say why a path gives no bytes: not there, not a file, not readable."""
    if isinstance(error, ValueError) or error.errno in _NO_FILE:
        return MalformedError(
            f"{path} không phải là tệp thường; hãy chỉ đến một tệp",
            f"{path} is not a regular file; name one",
        )
    if error.errno in _NOT_THERE:
        return NotFoundError(
            f"không có tệp {path}; kiểm tra đường dẫn",
            f"there is no file {path}; check the path",
        )
    return FaultError(
        f"không đọc được {path} ({error.strerror}); kiểm tra quyền đọc",
        f"{path} cannot be read ({error.strerror}); check its permissions",
    )
