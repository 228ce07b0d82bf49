"""The embedded receiver of notices: a directory that counts each key once."""

import json
import os
from pathlib import Path

from dossiers.errors import UnavailableError
from dossiers.ports import DueEffect
from dossiers.values import digest


class DirectoryNotices:
    """One file for each key, made durably and only once; holds no personal data."""

    def __init__(self, root: Path) -> None:
        """Take the directory; it is made at the first notice."""
        self._root = root

    def send(self, effect: DueEffect) -> str:
        """Deliver once by key; a repeat gives the same receipt."""
        receipt = digest(effect.key.encode())[:32]
        path = self._root / receipt[:2] / f"{receipt}.json"
        content = {
            "key": effect.key,
            "kind": effect.kind,
            "recipient": effect.recipient,
            "about": effect.about,
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, json.dumps(content, ensure_ascii=False).encode())
        except OSError as error:
            text = f"không ghi được thông báo: {error}"
            raise UnavailableError(
                text, f"a notice was not written: {error}"
            ) from error
        return receipt

    def repeated(self) -> int:
        """Count deliveries beyond the first of each key: always 0 by its making."""
        return 0

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        temporary = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink(missing_ok=True)
