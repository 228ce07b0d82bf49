"""Files that the user names: read and written with errors that say what to do."""

import json
import os
from pathlib import Path

from dossiers.errors import FaultError, MalformedError, NotFoundError

MAX_FILE = 64 * 1024 * 1024


def demand_file(path: Path) -> None:
    """Raise NotFoundError, MalformedError (no file) or FaultError (no access)."""
    if not path.exists():
        vi = f"không có tệp {path}; kiểm tra đường dẫn"
        raise NotFoundError(vi, f"there is no file {path}; check the path")
    if not path.is_file():
        vi = f"{path} không phải là tệp thường; hãy chỉ đến một tệp"
        raise MalformedError(vi, f"{path} is not a regular file; name one")
    if not os.access(path, os.R_OK):
        vi = f"không đọc được {path}; kiểm tra quyền đọc"
        raise FaultError(vi, f"{path} cannot be read; check its permissions")


def load(path: Path) -> bytes:
    """Read a whole file of at most 64 MiB; errors as `demand_file`."""
    demand_file(path)
    if path.stat().st_size > MAX_FILE:
        vi = f"{path} lớn hơn {MAX_FILE} byte; hãy chọn tệp nhỏ hơn"
        raise MalformedError(vi, f"{path} is larger than {MAX_FILE} bytes; take less")
    return path.read_bytes()


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; NotFoundError, MalformedError."""
    if path.is_dir():
        vi = f"{path} là thư mục; hãy cho tên tệp"
        raise MalformedError(vi, f"{path} is a directory; name a file")
    if not path.parent.is_dir():
        vi = f"không có thư mục {path.parent}; hãy tạo trước"
        raise NotFoundError(vi, f"no directory {path.parent}; make it first")
    if path.exists() and not path.is_file():  # a device or a pipe: as it comes
        path.write_bytes(content)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def save_json(path: Path, document: object) -> None:
    """Write a document as JSON; errors as `save`."""
    save(path, json.dumps(document, ensure_ascii=False, indent=1).encode())
