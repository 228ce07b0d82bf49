"""What C2SP formats say: signed notes, checkpoints, inclusion proofs of a log."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import NamedTuple, NoReturn

from infra.pack_verifier.ed25519 import ed25519_holds

_HASH, _ID = 32, 4
_ED25519 = b"\1"
_HEADER = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_MOST_NOTE = 1 << 20


class PackError(Exception):
    """A pack is not what it says; tells which member, in two languages."""

    def __init__(self, place: str, vi: str, en: str) -> None:
        """Keep the place and both sentences."""
        super().__init__(f"{place}: {en}")
        self.vi, self.en = f"{place}: {vi}", f"{place}: {en}"


class Key(NamedTuple):
    """A log's verifier key: its name is the log's origin."""

    name: str
    id: bytes
    public: bytes


class Head(NamedTuple):
    """What a checkpoint says: the log's origin, number of events, root hash."""

    origin: str
    size: int
    root: bytes


class Proof(NamedTuple):
    """What a proof file holds; `leaf` counts from 0, the event's seq from 1."""

    body: bytes
    leaf: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def refuse(place: str, vi: str, en: str) -> NoReturn:
    """Raise PackError."""
    raise PackError(place, vi, en)


def read_key(raw: bytes, place: str) -> Key:
    """Read `name+id+base64(0x01 ‖ key)`, one line; raises PackError."""
    name, _, rest = _text(raw, place).removesuffix("\n").partition("+")
    shown, _, packed = rest.partition("+")
    typed = _unpacked(packed) or b""
    key = Key(name, hashlib.sha256(f"{name}\n".encode() + typed).digest()[:_ID], typed)
    right = typed[:1] == _ED25519 and len(typed) == 1 + _HASH and key.id.hex() == shown
    if not right or not re.fullmatch(r"[^\s+]+", name):
        refuse(place, "không phải khóa kiểm tra của sổ", "not a log's verifier key")
    return key._replace(public=typed[1:])


def read_checkpoint(raw: bytes, key: Key, place: str) -> Head:
    """Check a checkpoint's signature with a key, then read it; raises PackError."""
    text, blank, lines = _text(raw, place).rpartition("\n\n")
    if len(raw) > _MOST_NOTE or not blank or not lines.endswith("\n"):
        refuse(place, "không phải ghi chú có chữ ký", "not a signed note")
    ours = [_signature(line, place) for line in lines[:-1].split("\n")]
    ours = [one for one in ours if one[:2] == (key.name, key.id)]
    signed = f"{text}\n".encode()
    if not ours or not all(ed25519_holds(key.public, one[2], signed) for one in ours):
        shown = f"{key.name}+{key.id.hex()}"
        refuse(place, f"không có chữ ký đúng của {shown}", f"{shown} did not sign it")
    return _head(text, key, place)


def _head(text: str, key: Key, place: str) -> Head:
    origin, size, root, *more = [*text.split("\n"), "", ""]
    hashed = _unpacked(root) or b""
    if more != ["", ""] or len(hashed) != _HASH or not _NUMBER.fullmatch(size):
        refuse(place, "không phải ba dòng của C2SP", "not the three lines of C2SP")
    if origin != key.name:
        refuse(place, f"là của sổ khác: {origin}", f"of another log: {origin}")
    return Head(origin, int(size), hashed)


def read_proof(raw: bytes, place: str) -> Proof:
    """Read a proof file; nothing in it is checked yet. Raises PackError."""
    head, _, checkpoint = raw.partition(b"\n\n")
    lines = _text(head, place).split("\n")
    words = [*lines[1:3], "", ""]
    index = words[1].removeprefix("index ")
    body = _unpacked(words[0].removeprefix("extra "))
    path = [_unpacked(line) or b"" for line in lines[3:]]
    if (
        lines[0] != _HEADER
        or not words[0].startswith("extra ")
        or not words[1].startswith("index ")
        or not _NUMBER.fullmatch(index)
        or not body
        or any(len(node) != _HASH for node in path)
    ):
        refuse(place, "không phải tlog-proof có extra", "no tlog-proof with extra")
    return Proof(body, int(index), tuple(path), checkpoint)


def demand_included(proof: Proof, head: Head, place: str) -> None:
    """Climb from the event to the root (RFC 9162 §2.1.3.2); raises PackError."""
    entry = b"\0\1" + hashlib.sha256(proof.body).digest()
    found, index, last = hashlib.sha256(entry).digest(), proof.leaf, head.size - 1
    right = index <= last
    for node in proof.path:
        right = right and last > 0
        if index & 1 or index == last:
            found = hashlib.sha256(b"\1" + node + found).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + node).digest()
        index, last = index >> 1, last >> 1
    if not right or last or found != head.root:
        refuse(
            place, "không dẫn đến gốc của checkpoint", "not in the checkpoint's tree"
        )


def _signature(line: str, place: str) -> tuple[str, bytes, bytes]:
    name, _, packed = line.removeprefix("— ").partition(" ")
    blob = _unpacked(packed)
    if not line.startswith("— ") or not blob or len(blob) <= _ID:
        refuse(place, "có dòng chữ ký sai dạng", "a signature line is misshapen")
    return name, blob[:_ID], blob[_ID:]


def _text(raw: bytes, place: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        refuse(place, "không phải UTF-8", "not UTF-8")
    if re.search(r"[\x00-\x09\x0b-\x1f]", text):
        refuse(place, "có ký tự điều khiển", "it holds a control character")
    return text


def _unpacked(text: str) -> bytes | None:
    """Decode base64 in its one canonical form; None for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
