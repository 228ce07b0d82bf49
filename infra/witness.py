"""
A witness of other people's logs: cosigns what only grew, remembers, never goes back.

It lives away from the log, in a directory of its own unit: `key.pem` (0600),
`witness.vkey` for others, and for each log the last checkpoint it has cosigned.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from dossiers.errors import FaultError, MalformedError, TamperedError
from infra.checkpoints import Checkpoint, read_checkpoint, read_head
from infra.clock import SystemClock
from infra.proof_files import checkpoint_in, read_growth, read_hashes
from infra.signer_state import PUBLIC, SECRET, disk_faults, replace_file
from signing.note import Kind, SigningKey, VerifierKey, open_note
from storage.merkle import root_of
from storage.proofs import consistency, verify_consistency
from storage.tree import range_hash, tiles_in

ProofFrom = Callable[[int, Checkpoint], Sequence[bytes]]
"""Where the consistency proof from an older size to a checkpoint comes from."""


class Witness:
    """One witness with one key (c2sp.org/tlog-cosignature, cosignature/v1)."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Take its directory and the name it signs under, needed at first use only."""
        self._folder = folder
        self._name = name

    def cosign(
        self,
        raw: bytes,
        keys: Sequence[VerifierKey],
        proof_from: ProofFrom,
        at: int,
    ) -> bytes:
        """
        Give the checkpoint with our line (time in s, POSIX), remembered before.

        The first checkpoint of a log is taken as it is. Raises TamperedError for one
        that shrank, forked or is not the log's, FaultError for a lost key.
        """
        checkpoint = read_checkpoint(raw, keys)
        with self._locked():
            key = self._key()
            known = self._known(key, checkpoint.origin)
            if known is not None:
                _demand_growth(known, checkpoint, proof_from)
            elif checkpoint.size == 0 and checkpoint.root != root_of(()):
                _refuse(
                    checkpoint, "nhật ký rỗng có gốc khác", "an empty log's other root"
                )
            cosigned = _cosigned(checkpoint, keys, key, at)
            replace_file(self._record(checkpoint.origin), cosigned)
        return cosigned

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with disk_faults(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR, SECRET)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    def _key(self) -> SigningKey:
        path, public = self._folder / "key.pem", self._folder / "witness.vkey"
        if not public.exists():
            return self._first_key(path, public)
        known = VerifierKey.parse(public.read_text(encoding="utf-8"))
        if self._name not in (None, known.name):
            vi = f"nhân chứng này tên {known.name}; bỏ --name hoặc dùng thư mục khác"
            en = f"this witness is {known.name}; leave out --name, or another --state"
            raise MalformedError(vi, en)
        pem = path.read_bytes() if path.exists() else b""
        key = SigningKey.from_pem(known.name, pem, Kind.WITNESS)
        if key.verifier != known:
            vi = f"{path} không phải khóa của {public}; hãy phục hồi từ bản sao lưu"
            raise FaultError(vi, f"{path} is not the key of {public}; restore a backup")
        return key

    def _first_key(self, path: Path, public: Path) -> SigningKey:
        if any(self._folder.glob("*.checkpoint")):
            vi = f"mất {public}; hãy phục hồi từ bản sao lưu, đừng làm khóa mới"
            raise FaultError(vi, f"{public} was lost; restore it, never make a new one")
        if self._name is None:
            vi = "nhân chứng mới cần tên: --name, ví dụ thanhtra.tinh.example/w1"
            raise MalformedError(vi, "a new witness needs --name, as a.example/w1")
        if path.exists():  # killed between the two files
            key = SigningKey.from_pem(self._name, path.read_bytes(), Kind.WITNESS)
        else:
            key = SigningKey.new(self._name, Kind.WITNESS)
            replace_file(path, key.pem)
        replace_file(public, f"{key.verifier.line}\n".encode(), PUBLIC)
        return key

    def _known(self, key: SigningKey, origin: str) -> Checkpoint | None:
        """Read what we cosigned last for a log; our own line vouches for it."""
        path = self._record(origin)
        if not path.exists():
            return None
        raw = path.read_bytes()
        found, size, root = read_head(open_note(raw, [key.verifier]).text)
        if found != origin:
            vi = f"{path} không phải của {origin}; hãy phục hồi từ bản sao lưu"
            raise TamperedError(vi, f"{path} is not of {origin}; restore a backup")
        return Checkpoint(origin, size, root, raw)

    def _record(self, origin: str) -> Path:
        name = hashlib.sha256(origin.encode()).hexdigest()
        return self._folder / f"{name}.checkpoint"


def ask(
    folder: Path,
    name: str | None,
    raw: bytes,
    keys: Sequence[VerifierKey],
    *,
    given: bytes | Path | None = None,
) -> Checkpoint:
    """
    Ask the witness of a folder to cosign a checkpoint now; gives it cosigned.

    `raw` is a checkpoint, or what `audit prove --consistency` wrote; `given` the lines
    of a consistency proof, or an export directory. Raises what `cosign` raises,
    MalformedError when a proof is needed and none was given.
    """
    growth = read_growth(raw) if raw.startswith(b"old ") else None
    note = checkpoint_in(raw)

    def proof(old: int, checkpoint: Checkpoint) -> Sequence[bytes]:
        if isinstance(given, Path):
            return proof_from_export(given)(old, checkpoint)
        if given is not None:
            return read_hashes(given)
        if growth is None or growth.old != old:
            vi = f"cần bằng chứng từ cỡ {old}: audit prove --consistency {old}"
            en = f"a proof from size {old} is needed: audit prove --consistency {old}"
            raise MalformedError(vi, en)
        return growth.proof

    at = int(SystemClock().now().timestamp())
    cosigned = Witness(folder, name).cosign(note, keys, proof, at)
    return replace(read_checkpoint(note, keys), note=cosigned)


def proof_from_export(folder: Path) -> ProofFrom:
    """Compute proofs from the tiles of an export directory."""

    def proof(old: int, checkpoint: Checkpoint) -> Sequence[bytes]:
        read = tiles_in(folder / "tile", checkpoint.size)
        new = checkpoint.size
        return consistency(old, new, lambda start, end: range_hash(read, start, end))

    return proof


def _demand_growth(
    known: Checkpoint, checkpoint: Checkpoint, proof_from: ProofFrom
) -> None:
    if checkpoint.size < known.size:
        was = f"{known.size} {known.root.hex()}"
        _refuse(checkpoint, f"nhật ký ngắn lại từ {was}", f"the log shrank from {was}")
    if checkpoint.size == known.size:
        if checkpoint.root != known.root:
            was = known.root.hex()
            _refuse(checkpoint, f"nhật ký rẽ khỏi {was}", f"the log forked from {was}")
        return
    if known.size == 0:
        return
    proof = proof_from(known.size, checkpoint)
    try:
        verify_consistency(
            known.size, known.root, checkpoint.size, checkpoint.root, proof
        )
    except TamperedError as error:
        was = f"{known.size} {known.root.hex()}"
        vi = f"không dài ra từ {was}: {error.vi}"
        _refuse(checkpoint, vi, f"no growth of {was}: {error.en}")


def _cosigned(
    checkpoint: Checkpoint, keys: Sequence[VerifierKey], key: SigningKey, at: int
) -> bytes:
    """Put our line behind those of the log; other lines are not ours to give on."""
    note = open_note(checkpoint.note, keys)
    lines = "".join(signature.line for signature in note.signatures)
    return note.text + b"\n" + (lines + key.cosign(note.text, at)).encode()


def _refuse(checkpoint: Checkpoint, vi: str, en: str) -> NoReturn:
    what = f"{checkpoint.origin} {checkpoint.size} {checkpoint.root.hex()}"
    vi = f"không chứng kiến {what}: {vi}; hãy giữ tệp này làm bằng chứng"
    en = f"will not witness {what}: {en}; keep it as evidence"
    raise TamperedError(vi, en)
