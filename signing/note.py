"""
Signed notes (c2sp.org/signed-note): a text, a blank line, one line a signature.

Two kinds of Ed25519 key: a log's (type 0x01, over the text) and a witness's (type
0x04, c2sp.org/tlog-cosignature, over a time and the text). Lines of unknown keys are
allowed and prove nothing; everything else must be exactly as it was written.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NoReturn, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from dossiers.errors import FaultError, MalformedError, TamperedError

_ID, _TIME, _KEY = 4, 8, 32
_DASH = "— "
_MOST_BYTES = 1 << 20
_MOST_LINES = 100
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Kind(IntEnum):
    """The signature type byte: what a key of this name and id signs."""

    LOG = 0x01
    WITNESS = 0x04


@dataclass(frozen=True)
class VerifierKey:
    """
    Whom a signature is from: name, kind and 32 bytes of Ed25519 public key.

    A log's key may be good for checkpoints of some sizes only (`first` to `last`).
    """

    name: str
    public: bytes
    kind: Kind = Kind.LOG
    first: int = field(default=0, compare=False)
    last: int | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read `name+id+base64(type ‖ key)`; raises MalformedError."""
        name, _, rest = line.removesuffix("\n").partition("+")
        raw = unpacked(rest.partition("+")[2])
        if raw is None or len(raw) != 1 + _KEY or raw[0] not in set(Kind):
            raise _no_key(line)
        found = cls(checked_name(name), raw[1:], Kind(raw[0]))
        if found.line != line.removesuffix("\n"):
            raise _no_key(line)
        return found

    @cached_property
    def id(self) -> bytes:
        """SHA-256(name ‖ 0x0A ‖ type ‖ key), its first four bytes."""
        typed = bytes([self.kind]) + self.public
        return hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:_ID]

    @property
    def line(self) -> str:
        """The key as others are given it, without a newline."""
        typed = bytes([self.kind]) + self.public
        return f"{self.name}+{self.id.hex()}+{packed(typed)}"

    def covers(self, size: int) -> bool:
        """Tell whether the key may sign a checkpoint of this size."""
        return self.first <= size and (self.last is None or size <= self.last)

    def verify(self, text: bytes, signature: bytes) -> int | None:
        """Check what follows the id in a line; tells a witness's time (s, POSIX)."""
        at, message = None, text
        if self.kind is Kind.WITNESS:
            at = int.from_bytes(signature[:_TIME])
            message, signature = _cosigned(text, at), signature[_TIME:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            _refuse(
                f"chữ ký của {self.name} sai", f"the signature of {self.name} is wrong"
            )
        return at


class SigningKey:
    """A private Ed25519 key with the name it signs under."""

    def __init__(
        self, name: str, private: Ed25519PrivateKey, kind: Kind = Kind.LOG
    ) -> None:
        """Take a key; MalformedError for a name that no note can carry."""
        self._private = private
        public = private.public_key().public_bytes_raw()
        self.verifier = VerifierKey(checked_name(name), public, kind)

    @classmethod
    def new(cls, name: str, kind: Kind = Kind.LOG) -> Self:
        """Draw a new key."""
        return cls(name, Ed25519PrivateKey.generate(), kind)

    @classmethod
    def from_pem(cls, name: str, pem: bytes, kind: Kind = Kind.LOG) -> Self:
        """Read an unencrypted PKCS #8 key; raises FaultError for anything else."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise _no_private(name) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise _no_private(name)
        return cls(name, private, kind)

    @property
    def pem(self) -> bytes:
        """The key as unencrypted PKCS #8, for a file of mode 0600."""
        form = PrivateFormat.PKCS8
        return self._private.private_bytes(Encoding.PEM, form, NoEncryption())

    def sign(self, text: bytes) -> str:
        """Sign a note's text as its log; gives the whole line."""
        return self._line(self._private.sign(text))

    def cosign(self, text: bytes, at: int) -> str:
        """Sign a checkpoint's text as its witness at a time (s, POSIX)."""
        signature = self._private.sign(_cosigned(text, at))
        return self._line(at.to_bytes(_TIME) + signature)

    def _line(self, signature: bytes) -> str:
        key = self.verifier
        return f"{_DASH}{key.name} {packed(key.id + signature)}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One verified line: whose, and for a witness when (s, POSIX)."""

    key: VerifierKey
    line: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A text and those of its signatures that known keys have made."""

    text: bytes
    signatures: tuple[Signature, ...]


def sign_note(text: bytes, *keys: SigningKey) -> bytes:
    """Sign a text that ends in a newline; raises MalformedError for another one."""
    if not text.endswith(b"\n") or _CONTROL.search(text.decode()):
        vi = "văn bản của ghi chú ký phải kết thúc bằng xuống dòng, không ký tự lạ"
        raise MalformedError(vi, "a note's text ends in a newline, no controls in it")
    return text + b"\n" + "".join(key.sign(text) for key in keys).encode()


def open_note(raw: bytes, keys: Sequence[VerifierKey]) -> Note:
    """
    Check a note with the keys one trusts; at least one of them must have signed.

    Raises TamperedError for any other shape, for a wrong signature of a known key,
    for a repeated line, and when no known key signed.
    """
    text, lines = split_note(raw)
    known = {(key.name, key.id): key for key in keys}
    found = dict[VerifierKey, Signature]()
    for line in lines:
        name, blob = _signature_of(line)
        key = known.get((name, blob[:_ID]))
        if key is None:
            continue
        if key in found:
            _refuse(f"{name} ký hai lần", f"{name} signed twice")
        found[key] = Signature(key, line, key.verify(text, blob[_ID:]))
    if not found:
        trusted = ", ".join(f"{key.name}+{key.id.hex()}" for key in keys)
        vi = f"không khóa tin cậy nào đã ký ({trusted})"
        _refuse(vi, f"none of the trusted keys signed ({trusted})")
    return Note(text, tuple(found.values()))


def split_note(raw: bytes) -> tuple[bytes, list[str]]:
    """Part a note's text from its signature lines; raises TamperedError."""
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        place = error.start
        _refuse(f"byte {place} không phải UTF-8", f"byte {place} is not UTF-8")
    odd = _CONTROL.search(whole)
    if odd or len(raw) > _MOST_BYTES:
        place = odd.start() if odd else _MOST_BYTES
        _refuse(f"ký tự lạ ở {place}", f"character {place} is out of place")
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        _refuse("không kết thúc bằng chữ ký", "it does not end in signature lines")
    lines = [f"{line}\n" for line in signatures[:-1].split("\n")]
    if len(lines) > _MOST_LINES:
        _refuse(f"quá {_MOST_LINES} chữ ký", f"more than {_MOST_LINES} signatures")
    return f"{text}\n".encode(), lines


def checked_name(name: str) -> str:
    """Demand a key name: not empty, no space, no plus sign; MalformedError."""
    if not _NAME.fullmatch(name) or _CONTROL.search(name):
        vi = f"tên khóa {name!r} phải khác rỗng, không có dấu cách hay dấu +"
        raise MalformedError(vi, f"key name {name!r}: not empty, no space, no plus")
    return name


def _signature_of(line: str) -> tuple[str, bytes]:
    name, _, packed = line.removeprefix(_DASH).removesuffix("\n").partition(" ")
    blob = unpacked(packed)
    shaped = line.startswith(_DASH) and _NAME.fullmatch(name)
    if not shaped or blob is None or len(blob) <= _ID:
        shown = repr(line[:60])
        _refuse(f"dòng không phải chữ ký: {shown}", f"no signature line: {shown}")
    return name, blob


def _cosigned(text: bytes, at: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % at + text


def packed(raw: bytes) -> str:
    """Write bytes in base64 (RFC 4648 §4), as every C2SP format does."""
    return base64.b64encode(raw).decode("ascii")


def unpacked(text: str) -> bytes | None:
    """Read base64 in its one canonical form; None for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if packed(raw) == text else None


def _refuse(vi: str, en: str) -> NoReturn:
    vi = f"văn bản ký không đúng: {vi}; hãy lấy lại từ nguồn gốc"
    en = f"not a good signed note: {en}; get it from its source"
    raise TamperedError(vi, en)


def _no_key(line: str) -> MalformedError:
    vi = f"{line[:80]!r} không phải khóa kiểm tra; cần một dòng như log.vkey"
    return MalformedError(vi, f"{line[:80]!r} is no verifier key as in log.vkey")


def _no_private(name: str) -> FaultError:
    return FaultError(
        f"khóa ký của {name} bị hỏng; hãy phục hồi từ bản sao lưu",
        f"the signing key of {name} is damaged; restore it from the backup",
    )
