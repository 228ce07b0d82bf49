"""Key files that appear whole or not at all, whoever starts first."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from dossiers.errors import FaultError
from signing.pki.certificates import Holder


def holder_at(path: Path, make: Callable[[], Holder]) -> Holder:
    """Return the key and certificate of a file, made first if it is missing."""
    if not path.exists():
        publish(path, _pem(make()))
    return _parsed(path)


def publish(path: Path, content: bytes) -> None:
    """
    Create a file of mode 0600 in one step; an existing one stays as it is.

    A process killed midway leaves only a hidden file nobody reads: the name
    appears by a hard link, which fails when another process was faster.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write_synced(draft, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pem(holder: Holder) -> bytes:
    key = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + holder.certificate.public_bytes(Encoding.PEM)


def _parsed(path: Path) -> Holder:
    content = path.read_bytes()
    try:
        key = load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError as error:
        raise _damaged(path) from error
    paired = key.public_key() == certificate.public_key()
    if not (paired and isinstance(key, ec.EllipticCurvePrivateKey)):
        raise _damaged(path)
    return Holder(key, certificate)


def _damaged(path: Path) -> FaultError:
    return FaultError(
        f"Tệp khóa {path} bị hỏng; hãy phục hồi từ bản sao lưu.",
        f"The key file {path} is damaged; restore it from the backup.",
    )
