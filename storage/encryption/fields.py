"""Private fields beside the journal: sealed bytes, and the digest an event carries."""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dossiers.errors import TamperedError

_NONCE = 12


def seal_field(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt a short value (AES-256-GCM, random nonce first), bound to `aad`."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def open_field(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt a short value; TamperedError when bytes, key or `aad` differ."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], aad)
    except (InvalidTag, ValueError) as error:
        vi = "giá trị mã hóa đã bị thay đổi hoặc sai khóa; khôi phục từ bản sao lưu"
        en = "a sealed value was altered or its key is wrong; restore it from a backup"
        raise TamperedError(vi, en) from error


def field_digest(salt: bytes, plaintext: bytes) -> str:
    """SHA-256(salt ‖ plaintext), hex: all that an event says of a private field."""
    return hashlib.sha256(salt + plaintext).hexdigest()
