"""The embedded receiver of notices: a directory that delivers once for each key."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from dossiers.crashpoints import crashpoint
from dossiers.errors import UnavailableError
from dossiers.ports import DueEffect
from dossiers.values import digest
from storage.objects.durable import sync_directory, write_all


class DirectoryNotices:
    """
    One file for each key, one line in it for each time the key was offered.

    The first line is the delivery; what comes again is known by its key. Holds no
    personal data.
    """

    def __init__(self, root: Path) -> None:
        """Take the directory; it is made at the first notice."""
        self._root = root

    def send(self, effect: DueEffect) -> str:
        """Deliver once by key; a repeat gives the same receipt. UnavailableError."""
        receipt = digest(effect.key.encode())[:32]
        content = {
            "key": effect.key,
            "kind": effect.kind,
            "recipient": effect.recipient,
            "about": effect.about,
        }
        line = json.dumps(content, ensure_ascii=False).encode() + b"\n"
        try:
            _append(self._root / receipt[:2] / f"{receipt}.json", line)
            crashpoint("after-notice")
        except OSError as error:
            text = f"không ghi được thông báo: {error}"
            english = f"a notice was not written: {error}"
            raise UnavailableError(text, english) from error
        return receipt


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the receiver has: a key for each delivery, and the offers it knew."""

    keys: tuple[str, ...]
    offered_again: int

    @property
    def repeated(self) -> int:
        """How many deliveries came after the first of their key."""
        return len(self.keys) - len(set(self.keys))


def delivered(root: Path) -> Delivered:
    """Count at the receiver, file by file, whatever the senders believe."""
    keys: list[str] = []
    again = 0
    for path in sorted(root.glob("*/*.json")):
        offers = path.read_bytes().splitlines()
        if offers:
            keys.append(str(json.loads(offers[0])["key"]))
            again += len(offers) - 1
    return Delivered(tuple(keys), again)


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
    descriptor = os.open(path, flags, 0o600)
    try:
        write_all(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(path.parent)
