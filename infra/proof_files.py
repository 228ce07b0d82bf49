"""
Proofs that stand alone: a text file, checked with nothing but the log's public key.

- That an event is in the log: c2sp.org/tlog-proof@v1; the line `extra` is the event's
  body, the index is seq less one.
- That the log only grew: what c2sp.org/tlog-witness is asked with, an old size, the
  RFC 6962 consistency proof from it, and the new checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from dossiers.errors import NotFoundError, TamperedError
from dossiers.ports import Journal
from infra.checkpoints import (
    Checkpoint,
    Checkpoints,
    read_checkpoint,
    read_hash,
    read_number,
)
from signing.note import VerifierKey, open_note, packed, unpacked
from storage.merkle import leaf_of
from storage.proofs import verify_consistency, verify_inclusion
from storage.tree import TreeFiles

HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX, _OLD = "extra ", "index ", "old "
_NO_BASE64 = ("không phải base64 chuẩn", "not canonical base64")
_NO_NUMBER = ("không phải số thường", "not a plain number")
_NO_HASH = ("không phải base64 của một mã băm", "not the canonical base64 of a hash")


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """An event that the log has signed: its number, its bytes, the checkpoint."""

    seq: int
    body: bytes
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Growth:
    """What a witness is asked with; nothing of it is checked yet."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def prove(checkpoints: Checkpoints, journal: Journal, seq: int) -> bytes:
    """
    Prove one event under a checkpoint of the present head.

    Raises NotFoundError for a seq that the log does not have, TamperedError when the
    journal's bytes are not those that were hashed.
    """
    checkpoint = checkpoints.sign()
    found = [one.body for one in journal.read(seq, seq)] if seq > 0 else []
    if not found or seq > checkpoint.size:
        vi = f"nhật ký có {checkpoint.size} sự kiện, không có số {seq}"
        raise NotFoundError(vi, f"the log has {checkpoint.size} events, not seq {seq}")
    return write_proof(checkpoints.tree, checkpoint, seq, found[0])


def write_proof(
    tree: TreeFiles, checkpoint: Checkpoint, seq: int, body: bytes
) -> bytes:
    """Write the proof of one event's bytes; raises TamperedError if it fails."""
    index, size, root = seq - 1, checkpoint.size, checkpoint.root
    path = tree.inclusion(index, size)
    verify_inclusion(leaf_of(body), index, size, path, root)
    lines = [HEADER, _EXTRA + packed(body), f"{_INDEX}{index}", *map(packed, path)]
    return "\n".join([*lines, "", ""]).encode() + checkpoint.note


def verify_proof(raw: bytes, keys: Sequence[VerifierKey]) -> VerifiedProof:
    """
    Check a proof of an event, before anything in the event's bytes is read.

    Raises TamperedError naming the line that is wrong.
    """
    lines, note = _parted(raw)
    if lines[0] != HEADER:
        _refuse(1, f"không phải {HEADER}", f"not {HEADER}")
    body = unpacked(_after(lines, 2, _EXTRA))
    if body is None:
        _refuse(2, *_NO_BASE64)
    index = read_number(_after(lines, 3, _INDEX))
    if index is None:
        _refuse(3, *_NO_NUMBER)
    path = _hashes(lines, 4)
    checkpoint = read_checkpoint(note, keys)
    size, root = checkpoint.size, checkpoint.root
    verify_inclusion(leaf_of(body), index, size, path, root)
    return VerifiedProof(index + 1, body, checkpoint)


def prove_growth(checkpoints: Checkpoints, old: int) -> bytes:
    """
    Prove that the present log begins with its first `old` events; 0 needs no proof.

    Raises MalformedError when the log is smaller.
    """
    checkpoint = checkpoints.sign()
    path = checkpoints.tree.consistency(old, checkpoint.size) if old else ()
    lines = [f"{_OLD}{old}", *map(packed, path), "", ""]
    return "\n".join(lines).encode() + checkpoint.note


def read_growth(raw: bytes) -> Growth:
    """Read what `prove_growth` wrote, unchecked; raises TamperedError by its line."""
    lines, note = _parted(raw)
    old = read_number(_after(lines, 1, _OLD))
    if old is None:
        _refuse(1, *_NO_NUMBER)
    return Growth(old, _hashes(lines, 2), note)


def verify_growth(
    raw: bytes, before: Checkpoint, keys: Sequence[VerifierKey]
) -> Checkpoint:
    """Check that a log grew from a checkpoint one has; raises TamperedError."""
    growth = read_growth(raw)
    now = read_checkpoint(growth.note, keys)
    if (now.origin, growth.old) != (before.origin, before.size):
        what = f"{before.origin} {before.size}"
        _refuse(1, f"không đi từ {what}", f"it is not from {what}")
    verify_consistency(before.size, before.root, now.size, now.root, growth.proof)
    return now


def checkpoint_in(raw: bytes) -> bytes:
    """Cut the checkpoint out of a proof file; a bare checkpoint is given as it is."""
    inside = raw.startswith((f"{HEADER}\n".encode(), _OLD.encode()))
    return raw.partition(b"\n\n")[2] if inside else raw


def verify_witness(checkpoint: Checkpoint, witness: VerifierKey) -> None:
    """Demand that a witness has cosigned a checkpoint; raises TamperedError."""
    open_note(checkpoint.note, [witness])


def read_hashes(raw: bytes) -> tuple[bytes, ...]:
    """Read lines of base64 hashes; raises TamperedError by its line."""
    return _hashes(raw.decode(errors="replace").removesuffix("\n").split("\n"), 1)


def _parted(raw: bytes) -> tuple[list[str], bytes]:
    """Part the proof's own lines from the checkpoint below the empty line."""
    own, empty, note = raw.partition(b"\n\n")
    if not empty:
        last = raw.count(b"\n") + 1
        _refuse(last, "tệp hết trước mốc ký", "the file ends before its checkpoint")
    try:
        return own.decode("ascii").split("\n"), note
    except UnicodeDecodeError as error:
        line = own[: error.start].count(b"\n") + 1
        _refuse(line, "byte không phải ASCII", "a byte that is not ASCII")


def _after(lines: list[str], number: int, word: str) -> str:
    line = lines[number - 1] if len(lines) >= number else ""
    if not line.startswith(word):
        _refuse(number, f"phải bắt đầu bằng {word!r}", f"must begin with {word!r}")
    return line.removeprefix(word)


def _hashes(lines: list[str], first: int) -> tuple[bytes, ...]:
    found = list[bytes]()
    for number, line in enumerate(lines[first - 1 :], start=first):
        node = read_hash(line)
        if node is None:
            _refuse(number, *_NO_HASH)
        found.append(node)
    return tuple(found)


def _refuse(line: int, vi: str, en: str) -> NoReturn:
    vi = f"tệp bằng chứng sai ở dòng {line}: {vi}; hãy xin lại"
    en = f"bad proof file, line {line}: {en}; ask for it again"
    raise TamperedError(vi, en)
