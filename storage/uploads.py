"""
Uploads in parts, which go on after a cut: two files each in a spool directory.

- How far an upload has come is the length of its content. Parts are appended in order,
  one at a time, and flushed before they are acknowledged; what a killed process leaves
  is a true beginning.
- The SHA-256 of the whole is demanded at the end: nothing else is handed on.
- A finished upload stays until it is removed, so that its end may be asked for again.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from dossiers.errors import (
    ConflictError,
    DossierError,
    MalformedError,
    NotFoundError,
    RefusedError,
)
from storage.intake.verdict import LARGEST, Kind, reasons_of
from storage.objects.durable import sync_directory, write_all, write_new
from storage.objects.local_errors import translated

_DECLARATION, _CONTENT, _NEW = ".json", ".part", ".new"


@dataclass(frozen=True, slots=True)
class Upload:
    """
    What was declared of an upload, and how far it has come; sizes in bytes.

    `id` is the client's and given once; `sha256` is hex, "" when only the end tells.
    """

    id: str
    owner: str
    size: int
    sha256: str = ""
    came: int = 0


class OffsetError(ConflictError):
    """A part that does not begin where the upload has come to; go on from `came`."""

    def __init__(self, upload: Upload, offset: int) -> None:
        """Tell the right offset, to people and to programs."""
        self.came = upload.came
        super().__init__(
            f"tải lên {upload.id}: phần bắt đầu ở byte {offset} nhưng đã có "
            f"{upload.came}/{upload.size} byte; hãy gửi tiếp từ byte {upload.came}",
            f"upload {upload.id}: the part begins at byte {offset}, but {upload.came} "
            f"of {upload.size} are here; go on from byte {upload.came}",
        )


class Uploads:
    """The spool of one machine, for any number of processes and threads."""

    def __init__(self, root: Path, *, largest: int = LARGEST) -> None:
        """Open or make the spool, for its owner only; FaultError."""
        self._root = root
        self._largest = largest
        with translated(root):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, declared: Upload) -> Upload:
        """
        Begin an upload durably; a repeat tells how far the first one has come.

        Raises RefusedError for nothing and for too much, ConflictError when the id is
        in use for something else.
        """
        if not 0 < declared.size <= self._largest:
            raise _refused(Kind.TOO_LARGE if declared.size > 0 else Kind.EMPTY)
        declared = replace(declared, sha256=declared.sha256.lower(), came=0)
        content = self._root / f"{secrets.token_hex(8)}{_CONTENT}"
        written = asdict(declared) | {"came": content.name}
        with translated(self._root):
            write_new(content, b"", 0o600)
            if not self._declare(declared.id, json.dumps(written).encode()):
                content.unlink()
            sync_directory(self._root)
        known = self.find(declared.id)
        if replace(known, came=0) != declared:
            raise _in_use(declared.id)
        return known

    def find(self, upload_id: str) -> Upload:
        """Tell what was declared and how far it has come; NotFoundError."""
        upload, place = self._opened(upload_id, os.O_RDONLY)
        os.close(place)
        return upload

    def append(self, upload_id: str, offset: int, pieces: Iterable[bytes]) -> Upload:
        """
        Append a part that begins at `offset`; durable on return.

        When `pieces` raises, what came before stays. Raises NotFoundError, OffsetError,
        ConflictError while another part is being written, MalformedError for more than
        was declared, FaultError: of such a part nothing stays.
        """
        with self._locked(upload_id) as (upload, content):
            if offset != upload.came:
                raise OffsetError(upload, offset)
            try:
                return self._written(upload, content, pieces)
            except DossierError:
                with suppress(OSError):
                    os.ftruncate(content, offset)
                raise

    def finish(self, upload_id: str, sha256: str) -> BinaryIO:
        """
        Open the whole content for reading, when it is the one with this digest (hex).

        Raises NotFoundError, OffsetError while bytes are missing, and RefusedError for
        another digest: the upload is removed then and has to begin again.
        """
        upload, place = self._opened(upload_id, os.O_RDONLY)
        file = os.fdopen(place, "rb")
        try:
            if upload.came != upload.size:
                raise OffsetError(upload, upload.size)
            with translated(self._root):
                found = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
            if {found} != {sha256.lower(), upload.sha256 or found}:
                self.remove(upload_id)
                raise _changed(upload, found)
        except DossierError:
            file.close()
            raise
        return file

    def remove(self, upload_id: str) -> None:
        """Forget an upload, also when it is gone; ConflictError while it is written."""
        with suppress(NotFoundError), self._locked(upload_id):
            self._forget(upload_id)

    def sweep(self, older_than_s: float) -> int:
        """Remove what nobody went on with for so many seconds; counts uploads."""
        with translated(self._root):
            clock = self._root / "clock"
            clock.touch(0o600)
            until = clock.stat().st_mtime - older_than_s  # by the file system's time
            known = list(self._all())
            kept = {content for _, content in known}
            for suffix in (_CONTENT, _NEW):
                for left in self._root.glob(f"*{suffix}"):
                    if left.name not in kept:
                        _drop(left, until)
        return sum(self._expired(upload.id, until) for upload, _ in known)

    def _all(self) -> Iterator[tuple[Upload, str]]:
        for declaration in self._root.glob(f"*{_DECLARATION}"):
            with suppress(FileNotFoundError):
                yield _read(declaration)

    def _declaration(self, upload_id: str) -> Path:
        """Place a declaration under the digest of its id, which may be any text."""
        name = hashlib.sha256(upload_id.encode(errors="surrogatepass")).hexdigest()
        return self._root / f"{name}{_DECLARATION}"

    def _declare(self, upload_id: str, written: bytes) -> bool:
        """Give a whole declaration its name; whether the name was free."""
        new = self._root / f"{secrets.token_hex(8)}{_NEW}"
        write_new(new, written, 0o600)
        try:
            os.link(new, self._declaration(upload_id))
        except FileExistsError:
            return False
        finally:
            new.unlink()
        return True

    def _opened(self, upload_id: str, flags: int) -> tuple[Upload, int]:
        """Open the content; gives how far it has come and the descriptor."""
        with translated(self._root):
            try:
                upload, content = _read(self._declaration(upload_id))
                place = os.open(self._root / content, flags | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise _unknown(upload_id) from error
        return replace(upload, came=os.fstat(place).st_size), place

    @contextmanager
    def _locked(self, upload_id: str) -> Iterator[tuple[Upload, int]]:
        """Lend the content to one writer of all processes and threads."""
        upload, place = self._opened(upload_id, os.O_RDWR | os.O_APPEND)
        try:
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _busy(upload) from error
            status = os.fstat(place)
            if not status.st_nlink:  # removed between opening and locking
                raise _unknown(upload_id)
            yield replace(upload, came=status.st_size), place
        finally:
            os.close(place)

    def _written(self, upload: Upload, content: int, pieces: Iterable[bytes]) -> Upload:
        came = upload.came
        try:
            for piece in pieces:
                if came + len(piece) > upload.size:
                    raise _too_much(upload)
                with translated(self._root):
                    write_all(content, piece)
                came += len(piece)
        finally:
            with translated(self._root):
                os.fsync(content)
        return replace(upload, came=came)

    def _expired(self, upload_id: str, until: float) -> bool:
        """Remove an upload unless it was gone on with, or somebody is at it."""
        with (
            suppress(NotFoundError, ConflictError),
            self._locked(upload_id) as (_, content),
        ):
            if os.fstat(content).st_mtime < until:
                self._forget(upload_id)
                return True
        return False

    def _forget(self, upload_id: str) -> None:
        """Take both files away; what a kill leaves of it is swept."""
        declaration = self._declaration(upload_id)
        with translated(self._root):
            _, content = _read(declaration)
            declaration.unlink()
            (self._root / content).unlink()
            sync_directory(self._root)


def _read(declaration: Path) -> tuple[Upload, str]:
    """Read what was declared, and the name of the content beside it."""
    written = json.loads(declaration.read_bytes())
    content: str = written["came"]
    return Upload(**written | {"came": 0}), content


def _drop(left: Path, until: float) -> None:
    """Remove what a killed process left, once it is old."""
    with suppress(FileNotFoundError):
        if left.stat().st_mtime < until:
            left.unlink()


def _refused(kind: Kind) -> RefusedError:
    (why,) = reasons_of({kind})
    return RefusedError(why.vi, why.en, rule="intake")


def _changed(upload: Upload, found: str) -> RefusedError:
    vi = f"tải lên {upload.id}: mã băm của nội dung là {found}, không phải mã đã khai"
    en = f"upload {upload.id}: the content's digest is {found}, not the declared one"
    again_vi, again_en = "; hãy tải lại từ đầu", "; send it again from the start"
    return RefusedError(vi + again_vi, en + again_en, rule="intake")


def _too_much(upload: Upload) -> MalformedError:
    return MalformedError(
        f"tải lên {upload.id}: nhiều hơn {upload.size} byte đã khai; hãy khai lại",
        f"upload {upload.id}: more than the {upload.size} bytes declared; declare anew",
    )


def _in_use(upload_id: str) -> ConflictError:
    return ConflictError(
        f"mã tải lên {upload_id} đã dùng cho tệp khác; hãy dùng mã mới",
        f"upload id {upload_id} is in use for another file; take a new one",
    )


def _busy(upload: Upload) -> ConflictError:
    return ConflictError(
        f"tải lên {upload.id}: một phần khác đang được ghi; thử lại sau",
        f"upload {upload.id}: another part is being written; try again later",
    )


def _unknown(upload_id: str) -> NotFoundError:
    return NotFoundError(
        f"không có tải lên {upload_id} (đã xong hoặc hết hạn); hãy tải lại từ đầu",
        f"no upload {upload_id} (done or expired); send it again from the start",
    )
