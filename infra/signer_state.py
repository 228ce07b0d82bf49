"""
What the log's signer keeps beside its key, each file whole or not there.

- `key.pem` (0600): the private keys that sign now, the newest first;
- `state.json`: the size and compact range last signed, its note, every key ever used;
- beside the folder, for others: `log.vkey` (one line, the newest key) and `log.vkeys`
  (every key, with the first and last size it signs).
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from dossiers.errors import FaultError, MalformedError, TamperedError
from signing.note import SigningKey, VerifierKey
from storage.merkle import CompactRange
from storage.objects.durable import sync_directory, write_new

Key = VerifierKey
"""A public key, for those who may not import `signing`."""
PUBLIC = 0o644
SECRET = 0o600
_BLOCK = re.compile(rb"-----BEGIN [^-]+-----.+?-----END [^-]+-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SignerState:
    """The last thing signed: never smaller, never another tree of that size."""

    origin: str
    tree: CompactRange
    keys: tuple[VerifierKey, ...]
    note: bytes = b""

    @property
    def active(self) -> tuple[VerifierKey, ...]:
        """The keys that sign now, the newest first; two while one is being changed."""
        return tuple(key for key in self.keys if key.last is None)


class _Stored(BaseModel):
    """The state as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str
    size: int
    compact: str
    keys: tuple[str, ...]
    note: str


class SignerFiles:
    """The folder of one log's signer, NAMBUOC_HOME/pki/log."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is made or read yet."""
        self.folder = folder
        self.vkey = folder.with_name("log.vkey")
        self.history = folder.with_name("log.vkeys")
        self._key = folder / "key.pem"
        self._state = folder / "state.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only signer of all processes and threads; FaultError for the disk."""
        with disk_faults(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, SECRET)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    def state(self) -> SignerState | None:
        """Read the state; None before first use; raises FaultError when damaged."""
        try:
            stored = _Stored.model_validate_json(self._state.read_bytes())
            compact = bytes.fromhex(stored.compact)
            return SignerState(
                stored.origin,
                CompactRange.read(stored.size, compact),
                tuple(read_keys("\n".join(stored.keys) + "\n")),
                stored.note.encode(),
            )
        except FileNotFoundError:
            return None
        except (ValidationError, ValueError, MalformedError) as error:
            vi = f"{self._state} bị hỏng; hãy phục hồi từ bản sao lưu, đừng xóa"
            en = f"{self._state} is damaged; restore it from the backup, never delete"
            raise FaultError(vi, en) from error

    def begun(self, origin: str) -> SignerState:
        """Read the state, made with a new key at first use; under `locked`."""
        state = self.state()
        if state is None:
            state = self._made(origin)
        if state.origin != origin:
            vi = f"nhật ký này ký với tên {state.origin}, không phải {origin}"
            raise FaultError(vi, f"this log signs as {state.origin}, not as {origin}")
        self._publish(state)
        return state

    def keep(self, state: SignerState) -> None:
        """Write the state durably, then what others may see of it; raises OSError."""
        stored = _Stored(
            origin=state.origin,
            size=state.tree.size,
            compact=state.tree.written.hex(),
            keys=tuple(_tenure(key) for key in state.keys),
            note=state.note.decode(),
        )
        replace_file(self._state, stored.model_dump_json(indent=1).encode())
        self._publish(state)

    def keep_keys(self, keys: Sequence[SigningKey]) -> None:
        """Write the private keys durably, the newest first; raises OSError."""
        replace_file(self._key, b"".join(key.pem for key in keys))

    def signing_keys(self, state: SignerState) -> list[SigningKey]:
        """Load the private half of each active key; FaultError when one is missing."""
        pem = self._key.read_bytes() if self._key.exists() else b""
        loaded = [SigningKey.from_pem(state.origin, one) for one in _BLOCK.findall(pem)]
        found = {key.verifier: key for key in loaded}
        missing = [key.id.hex() for key in state.active if key not in found]
        if missing:
            what = f"{self._key}: {', '.join(missing)}"
            vi = f"thiếu khóa ký nhật ký ({what}); hãy phục hồi từ bản sao lưu"
            raise FaultError(vi, f"the log's key is missing ({what}); restore a backup")
        return [found[key] for key in state.active]

    def _made(self, origin: str) -> SignerState:
        if self.vkey.exists():
            vi = f"có {self.vkey} mà mất {self.folder}; hãy phục hồi từ bản sao lưu"
            en = f"{self.vkey} exists but {self.folder} was lost; restore the backup"
            raise FaultError(vi, en)
        if self._key.exists():  # killed between the key and the state
            key = SigningKey.from_pem(origin, self._key.read_bytes())
        else:
            key = SigningKey.new(origin)
            self.keep_keys([key])
        state = SignerState(origin, CompactRange(), (key.verifier,))
        self.keep(state)
        return state

    def _publish(self, state: SignerState) -> None:
        lines = "".join(f"{_tenure(key)}\n" for key in state.keys)
        for path, text in (
            (self.history, lines),
            (self.vkey, f"{state.keys[0].line}\n"),
        ):
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                replace_file(path, text.encode(), PUBLIC)


def read_keys(text: str) -> list[VerifierKey]:
    """Read the lines of `log.vkey` or `log.vkeys`; raises MalformedError."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        name, *sizes = line.split(" ")
        key = VerifierKey.parse(name)
        if sizes:
            first, last = _sizes(line, sizes)
            key = replace(key, first=first, last=last)
        found.append(key)
    return found


def public_keys(folder: Path) -> list[VerifierKey]:
    """
    Read the public keys beside a signer's folder, the newest first.

    Raises MalformedError when there are none, TamperedError when the two files differ.
    """
    files = SignerFiles(folder)
    if not files.vkey.is_file():
        vi = f"không có {files.vkey}; hãy cho khóa bằng --vkey TỆP hoặc --log-vkey TỆP"
        en = f"there is no {files.vkey}; give a key by --vkey FILE or --log-vkey FILE"
        raise MalformedError(vi, en)
    newest = read_keys(files.vkey.read_bytes().decode(errors="replace"))
    if not files.history.is_file():
        return newest
    every = read_keys(files.history.read_bytes().decode(errors="replace"))
    if every[:1] != newest:
        vi = f"{files.vkey} và {files.history} không khớp; hãy cho khóa bằng --vkey"
        en = f"{files.vkey} and {files.history} disagree; give a key by --vkey"
        raise TamperedError(vi, en)
    return every


def replace_file(path: Path, content: bytes, mode: int = SECRET) -> None:
    """Let a file have new content, durably and in one step; raises OSError."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    write_new(draft, content, mode)
    draft.replace(path)
    sync_directory(path.parent)


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """Say what the machine refused, as a FaultError."""
    try:
        yield
    except OSError as error:
        vi = f"{folder}: {error.strerror}; chưa ký gì; xem ổ đĩa và quyền ghi"
        en = f"{folder}: {error.strerror}; nothing was signed; look at disk and rights"
        raise FaultError(vi, en) from error


def _tenure(key: VerifierKey) -> str:
    last = "-" if key.last is None else key.last
    return f"{key.line} {key.first} {last}"


def _sizes(line: str, sizes: list[str]) -> tuple[int, int | None]:
    match sizes:
        case [first, "-"] if first.isdecimal():
            return int(first), None
        case [first, last] if first.isdecimal() and last.isdecimal():
            return int(first), int(last)
    vi = f"{line[:120]!r}: cần KHÓA CỠ_ĐẦU CỠ_CUỐI như trong log.vkeys"
    raise MalformedError(vi, f"{line[:120]!r}: KEY FIRST LAST, as in log.vkeys")
