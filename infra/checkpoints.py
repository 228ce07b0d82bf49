"""
Checkpoints: the log's signed heads (c2sp.org/tlog-checkpoint), never two for one size.

- The signer grows the tree it signed last; it refuses to shrink or to fork, whatever
  the database says.
- What was signed is on disk before anybody is given the note.
- One signer at a time, in all processes (a lock on a file beside the key).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Protocol

from dossiers.crashpoints import crashpoint
from dossiers.errors import ConflictError, RefusedError, TamperedError
from dossiers.ports import Head
from infra.signer_state import SignerFiles, SignerState
from signing.note import (
    SigningKey,
    VerifierKey,
    open_note,
    packed,
    sign_note,
    split_note,
    unpacked,
)
from storage.merkle import HASH, CompactRange
from storage.tree import TreeFiles

_MOST_DIGITS = 18


class GrowingLog(Protocol):
    """What is signed: the journal's head and its leaves."""

    def head(self) -> Head:
        """Compute the present tree head."""

    def leaves(self, from_seq: int, to_seq: int) -> Iterator[bytes]:
        """Read the leaf hashes of these events, without gaps."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head: whose log, how many events, their root; `note` is all of it."""

    origin: str
    size: int
    root: bytes
    note: bytes


class Checkpoints:
    """Signs the journal's head with the key of a folder, NAMBUOC_HOME/pki/log."""

    def __init__(self, folder: Path, journal: GrowingLog, origin: str) -> None:
        """Take the signer's folder, made at first signature, and the log's name."""
        self._files = SignerFiles(folder)
        self._journal = journal
        self._origin = origin
        self.tree = TreeFiles(folder / "tree")

    def sign(self) -> Checkpoint:
        """
        Sign the present head; the last checkpoint when nothing is new.

        Raises TamperedError when the journal shrank or is another one than was signed,
        FaultError when the key is lost or the disk is full.
        """
        state = self._files.state()
        if state and state.note and self._is_same(state, self._journal.head()):
            return _checkpoint(state)
        with self._files.locked():
            state = self._files.begun(self._origin)
            head = self._journal.head()
            if not (state.note and self._is_same(state, head)):
                state = self._grown(state, head)
            return _checkpoint(state)

    def latest(self) -> Checkpoint | None:
        """Read the last signed checkpoint; None when there is none."""
        state = self._files.state()
        return _checkpoint(state) if state and state.note else None

    def signed_size(self) -> int:
        """Tell how many events were signed; 0 when none ever."""
        state = self._files.state()
        return state.tree.size if state else 0

    def keys(self) -> list[VerifierKey]:
        """List the log's keys with the sizes they sign, the newest first."""
        state = self._files.state()
        return list(state.keys) if state else []

    def add_cosignature(self, cosigned: bytes, witness: VerifierKey) -> Checkpoint:
        """
        Add a witness's line to the last checkpoint.

        Raises TamperedError for a wrong signature, ConflictError when the log has
        grown since: have the present checkpoint witnessed then.
        """
        found = open_note(cosigned, [witness])
        with self._files.locked():
            state = self._files.begun(self._origin)
            if found.text != _text(state):
                vi = f"sổ nhật ký đã lên {state.tree.size}; cho chứng kiến bản mới"
                en = f"the log grew to {state.tree.size}; witness that checkpoint"
                raise ConflictError(vi, en)
            mine = f"— {witness.name} "
            kept = [line for line in _lines(state) if not line.startswith(mine)]
            lines = "".join([*kept, found.signatures[0].line])
            state = replace(state, note=found.text + b"\n" + lines.encode())
            self._files.keep(state)
        return _checkpoint(state)

    def rotate(self) -> VerifierKey:
        """Draw a new key; both sign until `retire`. Raises RefusedError meanwhile."""
        with self._files.locked():
            state = self._files.begun(self._origin)
            if len(state.active) > 1:
                vi = "đang có hai khóa cùng ký; chạy events rotate-key --retire trước"
                en = "two keys sign already; run events rotate-key --retire first"
                raise RefusedError(vi, en)
            old = self._files.signing_keys(state)
            new = SigningKey.new(self._origin)
            self._files.keep_keys([new, *old])
            known = replace(new.verifier, first=state.tree.size)
            self._resign(replace(state, keys=(known, *state.keys)))
        return known

    def retire(self) -> VerifierKey:
        """Let only the newest key sign from now on; RefusedError when it is alone."""
        with self._files.locked():
            state = self._files.begun(self._origin)
            if len(state.active) == 1:
                vi = "chỉ có một khóa đang ký; chạy events rotate-key trước"
                raise RefusedError(vi, "only one key signs; run events rotate-key")
            newest, old, *before = state.keys
            ended = replace(old, last=state.tree.size)
            state = replace(state, keys=(newest, ended, *before))
            self._resign(state)
            self._files.keep_keys(self._files.signing_keys(state))
        return ended

    def _is_same(self, state: SignerState, head: Head) -> bool:
        if head.size == state.tree.size and head.root != state.tree.root.hex():
            _refuse_fork(state, head, head.root)
        return head.size == state.tree.size

    def _grown(self, state: SignerState, head: Head) -> SignerState:
        """Sign the journal's head as what grew from the last one; under the lock."""
        if head.size < state.tree.size:
            _refuse_shrinking(state, head)
        size, tree = state.tree.size, self.tree
        self._follow(min(size, tree.size), head.size)
        grown = state.tree.grown(tree.leaves(size, head.size))
        if grown.root.hex() != head.root:
            _refuse_fork(state, head, grown.root.hex())
        if tree.root(head.size) != grown.root:  # the files were damaged: anew
            self._follow(0, head.size)
        if tree.root(size) != state.tree.root:
            _refuse_fork(state, Head(size, tree.root(size).hex()), head.root)
        keys = self._files.signing_keys(state)
        note = sign_note(_body(self._origin, grown), *keys)
        crashpoint("before-checkpoint-state")
        state = replace(state, tree=grown, note=note)
        self._files.keep(state)
        crashpoint("after-checkpoint-state")
        return state

    def _follow(self, kept: int, size: int) -> None:
        """Let the tree files hold the journal's leaves behind the first `kept`."""
        self.tree.cut(kept)
        self.tree.extend(self._journal.leaves(kept + 1, size))

    def _resign(self, state: SignerState) -> None:
        """Keep the state, its checkpoint signed by the keys that are active now."""
        if state.note:
            text = _text(state)
            names = f"— {self._origin} "
            kept = [line for line in _lines(state) if not line.startswith(names)]
            signed = sign_note(text, *self._files.signing_keys(state))
            state = replace(state, note=signed + "".join(kept).encode())
        self._files.keep(state)


def read_checkpoint(raw: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """
    Check a log's checkpoint: signed by one of the keys, for a size it may sign.

    Raises TamperedError for anything that is not exactly a checkpoint of ours.
    """
    note = open_note(raw, keys)
    origin, size, root = read_head(note.text)
    if not any(
        found.key.name == origin and found.key.covers(size) for found in note.signatures
    ):
        vi = f"không khóa nào của {origin} được ký cỡ {size}"
        _refuse(vi, f"no key of {origin} may sign size {size}")
    return Checkpoint(origin, size, root, raw)


def read_head(text: bytes) -> tuple[str, int, bytes]:
    """Read origin, size and root of a checkpoint's text; raises TamperedError."""
    match text.decode().split("\n"):
        case [origin, decimal, coded, ""]:
            size, root = read_number(decimal), read_hash(coded)
        case _:
            _refuse("cần ba dòng: tên, cỡ, gốc", "it needs origin, size and root")
    if size is None:
        _refuse("dòng 2 không phải cỡ", f"line 2: {decimal[:40]!r} is no size")
    if root is None:
        _refuse("dòng 3 không phải gốc", f"line 3: {coded[:60]!r} is no root hash")
    return origin, size, root


def read_number(text: str) -> int | None:
    """Read a decimal without leading zeros, at most 18 digits; None otherwise."""
    plain = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if plain and text == str(int(text)) else None


def read_hash(text: str) -> bytes | None:
    """Read the canonical base64 of 32 bytes; None otherwise."""
    raw = unpacked(text)
    return raw if raw is not None and len(raw) == HASH else None


def _checkpoint(state: SignerState) -> Checkpoint:
    return Checkpoint(state.origin, state.tree.size, state.tree.root, state.note)


def _body(origin: str, tree: CompactRange) -> bytes:
    return f"{origin}\n{tree.size}\n{packed(tree.root)}\n".encode()


def _text(state: SignerState) -> bytes:
    return split_note(state.note)[0] if state.note else b""


def _lines(state: SignerState) -> list[str]:
    return split_note(state.note)[1] if state.note else []


def _refuse_shrinking(state: SignerState, head: Head) -> NoReturn:
    size = state.tree.size
    vi = f"đã ký {size} sự kiện, nhật ký chỉ còn {head.size}; chạy audit verify --all"
    en = f"{size} events were signed, the journal has {head.size}; run audit verify"
    raise TamperedError(vi, en)


def _refuse_fork(state: SignerState, head: Head, root: str) -> NoReturn:
    signed = f"{state.tree.size} {state.tree.root.hex()}"
    now = f"{head.size} {head.root}"
    vi = f"nhật ký rẽ nhánh: đã ký {signed}, nay {now} ≠ {root}; chạy audit verify"
    en = f"the log forked: signed {signed}, now {now}, not {root}; run audit verify"
    raise TamperedError(vi, en)


def _refuse(vi: str, en: str) -> NoReturn:
    vi = f"mốc ký không đúng: {vi}; hãy lấy lại từ sổ nhật ký"
    en = f"not a good checkpoint: {en}; ask the log for it"
    raise TamperedError(vi, en)
