"""
The keys of one home.

    root ──HKDF──> sub-keys: object names, blind indexes, private fields (never rotated)
    master (kek_id) ──wraps──> key of an (owner, retention class) ──wraps──> data keys

Wrapped keys lie in SQL only; root and masters lie in one file of mode 0600, made once.
Whoever loses that file loses every document: back it up with the databases.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, ValidationError

from dossiers.crashpoints import crashpoint
from dossiers.errors import FaultError
from storage.encryption.fields import open_field, seal_field
from storage.objects.durable import sync_directory, write_new


class Purpose(StrEnum):
    """What a sub-key is for; one key never serves two."""

    OBJECT_NAMES = "object-names"
    BLIND_INDEX = "blind-index"
    PRIVATE_FIELDS = "private-fields"
    TOKENS = "tokens"


class KeyProvider(Protocol):
    """Keeper of the master keys; they never leave it."""

    @property
    def kek_id(self) -> str:
        """Name of the master key that wraps from now on."""

    def wrap(self, key: bytes, aad: bytes) -> tuple[str, bytes]:
        """Wrap a key under the present master key, bound to `aad`; its kek_id first."""

    def unwrap(self, wrapped: bytes, aad: bytes, kek_id: str) -> bytes:
        """Unwrap a key; TamperedError, or FaultError when the master is unknown."""

    def sub_key(self, purpose: Purpose) -> bytes:
        """Derive the 256-bit key of a purpose, the same for ever."""


class _Masters(BaseModel):
    """The key file; keys are hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    root: str
    masters: dict[str, str]
    present: str


class FileKeys:
    """Master keys in a file of mode 0600 (the embedded default)."""

    def __init__(self, path: Path, *, must_exist: bool) -> None:
        """Read the key file; makes it only when it may be missing; FaultError."""
        self._path = path
        if not must_exist and not path.exists():
            _make(path)
        self._seen: tuple[int, int] | None = None
        self._masters = self._current()

    @property
    def kek_id(self) -> str:
        """Name of the master key that wraps from now on."""
        return self._current().present

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key file, hex: compare it with the backup's."""
        return hashlib.sha256(self._path.read_bytes()).hexdigest()

    @property
    def path(self) -> Path:
        """The file that has to be in every backup."""
        return self._path

    def wrap(self, key: bytes, aad: bytes) -> tuple[str, bytes]:
        """Wrap a key under the present master key, bound to `aad`; its kek_id first."""
        masters = self._current()
        outer = bytes.fromhex(masters.masters[masters.present])
        return masters.present, wrap_key(outer, key, aad)

    def unwrap(self, wrapped: bytes, aad: bytes, kek_id: str) -> bytes:
        """Unwrap a key; TamperedError, or FaultError when the master is unknown."""
        return unwrap_key(self._master(kek_id), wrapped, aad)

    def sub_key(self, purpose: Purpose) -> bytes:
        """Derive the 256-bit key of a purpose with HKDF-SHA256 (RFC 5869)."""
        label = f"nambuoc/{purpose}/v1".encode()
        return HKDF(SHA256(), 32, salt=None, info=label).derive(
            bytes.fromhex(self._masters.root)
        )

    def rotate(self) -> str:
        """Add a master key and wrap with it from now on; old ones still unwrap."""
        name, master = _new_master()

        def added(known: _Masters) -> _Masters:
            masters = {**known.masters, name: master}
            return known.model_copy(update={"masters": masters, "present": name})

        self._change(added)
        return name

    def older(self) -> tuple[str, ...]:
        """List the master keys that only unwrap."""
        known = self._current()
        return tuple(sorted(known.masters.keys() - {known.present}))

    def retire(self) -> tuple[str, ...]:
        """Forget every master key but the present one; the names of those gone."""
        gone = list[str]()

        def reduced(known: _Masters) -> _Masters:
            gone.extend(sorted(known.masters.keys() - {known.present}))
            kept = {known.present: known.masters[known.present]}
            return known.model_copy(update={"masters": kept})

        self._change(reduced)
        return tuple(gone)

    def _change(self, changed: Callable[[_Masters], _Masters]) -> None:
        """Put a changed key file in the place of the old one, whole or not at all."""
        with _alone(self._path):
            for left in self._path.parent.glob(f"{self._path.name}.*"):
                left.unlink()  # half of a change that was killed
            fresh = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
            text = changed(_read(self._path)).model_dump_json()
            write_new(fresh, text.encode(), 0o600)
            crashpoint("before-key-file")
            fresh.replace(self._path)
            sync_directory(self._path.parent)

    def _current(self) -> _Masters:
        """Read the file again when another process has changed it."""
        try:
            status = self._path.stat()
        except FileNotFoundError as error:
            raise _missing(self._path) from error
        seen = (status.st_ino, status.st_mtime_ns)
        if seen != self._seen:
            self._masters, self._seen = _read(self._path), seen
        return self._masters

    def _master(self, kek_id: str) -> bytes:
        masters = self._masters.masters
        if kek_id not in masters:
            masters = self._current().masters
        if kek_id not in masters:
            raise _unusable(self._path, f"no master key {kek_id}: older backup?")
        return bytes.fromhex(masters[kek_id])


def wrap_key(outer: bytes, key: bytes, aad: bytes) -> bytes:
    """Wrap a key under another (AES-256-GCM), bound to `aad`."""
    return seal_field(outer, key, aad)


def unwrap_key(outer: bytes, wrapped: bytes, aad: bytes) -> bytes:
    """Unwrap a key; TamperedError when key or `aad` differ."""
    return open_field(outer, wrapped, aad)


def object_key(name_key: bytes, owner: str, sha256: str, folder: str = "o/") -> str:
    """Name a fresh object so that a lister cannot test who holds a known file."""
    named = hmac.digest(name_key, f"{owner}\0{sha256}".encode(), hashlib.sha256).hex()
    return f"{folder}{named[:2]}/{named[2:4]}/{named}/{secrets.token_hex(6)}"


def _new_master() -> tuple[str, str]:
    return f"k{secrets.token_hex(6)}", secrets.token_hex(32)


def _make(path: Path) -> None:
    """Make the key file whole or not at all; the first of two processes wins."""
    name, master = _new_master()
    made = _Masters(
        root=secrets.token_hex(32), masters={name: master}, present=name
    ).model_dump_json()
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(fresh, made.encode(), 0o600)
    except OSError as error:
        raise _unusable(path, str(error)) from error
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink()
        sync_directory(path.parent)


def _read(path: Path) -> _Masters:
    try:
        mode, text = path.stat().st_mode, path.read_text()
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if mode & 0o077:
        raise _unusable(path, f"mode {mode & 0o777:o}: chmod 600")
    try:
        masters = _Masters.model_validate_json(text)
    except (ValidationError, json.JSONDecodeError) as error:
        raise _unusable(path, "not a key file of format 1") from error
    if masters.format != 1 or masters.present not in masters.masters:
        raise _unusable(path, "not a key file of format 1")
    return masters


def _missing(path: Path) -> FaultError:
    return FaultError(
        f"thiếu tệp khóa {path}, dữ liệu đã mã hóa không đọc được; "
        "hãy khôi phục tệp khóa từ bản sao lưu (không tạo khóa mới)",
        f"key file {path} is missing and what is encrypted cannot be read; "
        "restore the key file from a backup (no new key is made)",
    )


def _unusable(path: Path, reason: str) -> FaultError:
    return FaultError(
        f"không dùng được tệp khóa {path}: {reason}; sửa quyền hoặc khôi phục tệp",
        f"key file {path} cannot be used: {reason}; mend its mode or restore it",
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time change the key file."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
