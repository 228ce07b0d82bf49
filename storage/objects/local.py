"""
Objects in a local directory: durable on return, create-only, never in part.

- An object is written to `.tmp`, flushed, and linked to its name: a link is atomic and
  refuses a name that is taken, for any number of processes.
- The folders on the way are flushed too before `put` returns.
- A temporary file carries its writer's process id; only those of dead ones are swept.
"""

import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from dossiers.errors import ConflictError, NotFoundError
from storage.objects.durable import sync_directory, write_all
from storage.objects.local_errors import on_network, translated
from storage.objects.mounts import NETWORK, VOLATILE, file_system_of
from storage.objects.store import (
    CANARIES,
    Capabilities,
    Health,
    Stat,
    Stored,
    checked_key,
    checked_term,
    locked,
    no_object,
    taken,
    wrong_size,
)

_CHUNK = 1 << 20
_ATTEMPTS = 5
_READ_ONLY = 0o440
_NEVER = datetime.min.replace(tzinfo=UTC)


class LocalStore:
    """The embedded object store: one file an object, mode 0440, below a root."""

    def __init__(self, root: Path, *, allow_network: bool = False) -> None:
        """Open or make the root; FaultError on a network mount not allowed for."""
        self._root = root
        self._temporary = root / ".tmp"
        self._durable: set[Path] = set()
        with translated(root):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._temporary.mkdir(mode=0o700, exist_ok=True)
            sync_directory(root)
            sync_directory(root.parent)
        kind = file_system_of(root)
        if kind in NETWORK and not allow_network:
            raise on_network(root, kind)
        self.sweep()

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store exactly `size` bytes durably under a name that was free."""
        name = f"{os.getpid()}-{secrets.token_hex(8)}"
        with translated(self._root):
            temporary = self._temporary / name
            try:
                sha256 = _spool(temporary, key, stream, size)
                final = self._link(temporary, checked_key(key))
            finally:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
            self._settle(final.parent)
        return Stored(key, size, sha256)

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open for reading from byte `start`; NotFoundError, UnavailableError."""
        with self._found(key, version_id) as path:
            stream = path.open("rb")
            stream.seek(start)
            return stream

    def stat(self, key: str, version_id: str | None = None) -> Stat | None:
        """Describe an object; None when there is none; UnavailableError."""
        with suppress(NotFoundError), self._found(key, version_id) as path:
            return _stat(key, path.stat())
        return None

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """Make it read-only; a directory keeps no term, so this only advises."""
        checked_term(key, until, _NEVER)
        with self._found(key, version_id) as path:
            path.chmod(_READ_ONLY)
        return False

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Delete durably, also when it is gone already; LockedError."""
        with suppress(NotFoundError), self._found(key, version_id) as path:
            try:
                path.unlink()
            except PermissionError as error:
                raise locked(key) from error
            try:
                path.parent.rmdir()
            except OSError:
                sync_directory(path.parent)
            else:
                sync_directory(path.parent.parent)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List keys in byte order, as S3 does; UnavailableError."""
        with translated(self._root):
            self._root.stat()
            yield from _below(self._root, "", prefix, after)

    def probe(self) -> Capabilities:
        """Write a canary, try to overwrite it, and look at the file system."""
        canary = f"{CANARIES}{os.getpid()}-{secrets.token_hex(8)}"
        self.put(canary, io.BytesIO(b"1"), 1)
        try:
            self.put(canary, io.BytesIO(b"2"), 1)
        except ConflictError:
            create_only = True
        else:
            create_only = False
        finally:
            self.delete(canary)
        kind = file_system_of(self._root)
        return Capabilities(kind not in NETWORK | VOLATILE, create_only)

    def health(self) -> Health:
        """Say whether the root is there and writable, and what is free."""
        try:
            free = shutil.disk_usage(self._temporary).free
        except OSError as error:
            return Health(ok=False, reason=str(error))
        writable = os.access(self._temporary, os.W_OK)
        return Health(writable, "" if writable else f"{self._root}: read-only", free)

    def sweep(self) -> int:
        """Remove what dead writers left half written; returns how many files."""
        swept = 0
        with translated(self._root):
            for left in self._temporary.iterdir():
                owner = left.name.partition("-")[0]
                if owner.isdecimal() and not _is_alive(int(owner)):
                    left.unlink(missing_ok=True)
                    swept += 1
        return swept

    @contextmanager
    def _found(self, key: str, version_id: str | None) -> Iterator[Path]:
        """Lend the object's path; what is missing below a present root is unknown."""
        path = self._root / checked_key(key)
        if version_id is not None:  # a directory has no versions
            raise no_object(key)
        with translated(self._root):
            try:
                yield path
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                self._temporary.stat()
                raise no_object(key) from error

    def _link(self, temporary: Path, key: str) -> Path:
        """Give the finished file its name, unless the name is taken."""
        final = self._root / key
        for left in reversed(range(_ATTEMPTS)):
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(temporary, final)
            except FileExistsError as error:
                raise taken(key) from error
            except FileNotFoundError:
                # A delete took the empty folder away between the two calls.
                if not left:
                    raise
            else:
                break
        return final

    def _settle(self, folder: Path) -> None:
        """Flush the new names: both last folders always, higher ones once."""
        sync_directory(folder)
        below = folder
        while below != self._root:
            above = below.parent
            if below == folder or above not in self._durable:
                sync_directory(above)
                self._durable.add(above)
            below = above


def _spool(temporary: Path, key: str, stream: BinaryIO, size: int) -> str:
    """Write the body to a temporary file and flush it; returns its SHA-256."""
    digest, came = hashlib.sha256(), 0
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _READ_ONLY)
    try:
        while came <= size and (piece := stream.read(_CHUNK)):
            came += len(piece)
            digest.update(piece)
            write_all(descriptor, piece)
        if came != size:
            raise wrong_size(key, size, came)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def _below(folder: Path, name: str, prefix: str, after: str) -> Iterator[Stat]:
    """Walk in the byte order of whole keys; what vanishes meanwhile is passed over."""
    try:
        entries = [
            (f"{name}{entry.name}{'/' * entry.is_dir()}", entry)
            for entry in os.scandir(folder)
            if not entry.name.startswith(".")
        ]
    except FileNotFoundError:
        return
    for key, entry in sorted(entries, key=lambda pair: pair[0]):
        if key.endswith("/"):
            on_the_way = key.startswith(prefix) or prefix.startswith(key)
            if on_the_way and (key > after or after.startswith(key)):
                yield from _below(Path(entry.path), key, prefix, after)
        elif key.startswith(prefix) and key > after:
            with suppress(FileNotFoundError):
                yield _stat(key, entry.stat())


def _stat(key: str, status: os.stat_result) -> Stat:
    """Describe a regular file; FileNotFoundError for anything else."""
    if not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(key)
    return Stat(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _is_alive(process: int) -> bool:
    """Whether a process of this id runs, ours or another user's."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
