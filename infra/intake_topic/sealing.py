"""
The seal of the way in: compact JWE (RFC 7516) to a key that only this home has.

ECDH-ES+A256KW and A256GCM, and nothing else: no `zip`, so nothing unpacks to more. The
keys lie in one file of mode 0600; the first seals, all open. It belongs in the backup.
"""

import fcntl
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol, OKPKey
from pydantic import BaseModel, Field, ValidationError

from dossiers.errors import FaultError, MalformedError
from infra.intake_topic.refusing import NotTakenError, Reason
from storage.objects.durable import sync_directory, write_new

FILE = "intake.json"
"""In HOME/keys: a JWK set (RFC 7517) with private parts, the newest key first."""
ALGORITHM, CIPHER = "ECDH-ES+A256KW", "A256GCM"
LONGEST = 48 * 1024 * 1024
"""The longest sealed text, in bytes."""
_ONLY = (ALGORITHM, CIPHER)
_BROKEN = (JoseError, ValueError, TypeError, LookupError, AttributeError)
Key = ECKey | OKPKey
Jwk = dict[str, str]


class _Registry(jwe.JWERegistry):
    """joserfc's own rules, for texts as long as ours."""

    max_ciphertext_length = LONGEST + 64


class _KeySet(BaseModel):
    keys: Annotated[list[Jwk], Field(min_length=1)]


class Keyring:
    """The keys of one home; made at first use."""

    def __init__(self, folder: Path) -> None:
        """Read the key file, made when it is not there; FaultError."""
        self._path = folder / FILE
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            if not self._path.exists():
                self._write([_fresh()])

    @property
    def public(self) -> Jwk:
        """The public key to seal to from now on, as a JWK with its `kid`."""
        return _public(self.keys()[0])

    def rotate(self) -> Jwk:
        """Seal to a new key from now on; the old ones still open. Tells it."""
        with self._alone():
            self._write([_fresh(), *self.keys()])
        return self.public

    def keys(self) -> list[Key]:
        """Read all keys, the present one first; FaultError."""
        try:
            found = _KeySet.model_validate_json(self._path.read_bytes())
            return [_imported(jwk) for jwk in found.keys]
        except (OSError, ValidationError, *_BROKEN) as error:
            what = f"{self._path}: {type(error).__name__}"
            vi = f"không dùng được tệp khóa {what}; hãy khôi phục bản sao lưu"
            raise FaultError(vi, f"key file {what}; restore the backup") from error

    def _write(self, keys: list[Key]) -> None:
        """Put the file in place whole or not at all."""
        found = _KeySet(keys=[_private(key) for key in keys])
        fresh = self._path.with_name(f"{FILE}.{secrets.token_hex(4)}")
        write_new(fresh, found.model_dump_json().encode(), 0o600)
        fresh.replace(self._path)
        sync_directory(self._path.parent)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._path.with_name(f"{FILE}.lock").open("a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def unseal(sealed: str | bytes, keys: Iterable[Key]) -> bytes:
    """Open a compact JWE; NotTakenError for an unknown key or a broken seal."""
    known = {key.kid: key for key in keys}

    def chosen(about: GuestProtocol) -> Key:
        found = known.get(str(about.headers().get("kid")))
        if found is None:
            raise NotTakenError(Reason.KEY_UNKNOWN)
        return found

    try:
        opened = jwe.decrypt_compact(sealed, chosen, registry=_rules())
    except _BROKEN:
        raise NotTakenError(Reason.NOT_OPENED) from None
    if opened.plaintext is None:
        raise NotTakenError(Reason.NOT_OPENED)
    return opened.plaintext


def seal(content: bytes, public: Jwk) -> str:
    """Seal a text to a public key; MalformedError when it is no such key."""
    head = {"alg": ALGORITHM, "enc": CIPHER, "kid": public.get("kid", "")}
    try:
        return jwe.encrypt_compact(head, content, _imported(public), registry=_rules())
    except _BROKEN as error:
        vi = "khóa công khai không phải JWK P-256 hay X25519; xem events intake-key"
        en = "the key is no public JWK on P-256 or X25519; see events intake-key"
        raise MalformedError(vi, en) from error


def _rules() -> _Registry:
    return _Registry(algorithms=_ONLY)


def _fresh() -> Key:
    return ECKey.generate_key("P-256", {"use": "enc", "alg": ALGORITHM}, auto_kid=True)


def _imported(jwk: Jwk) -> Key:
    if jwk["kty"] == "OKP":
        return OKPKey.import_key(dict(jwk))
    return ECKey.import_key(dict(jwk))


def _public(key: Key) -> Jwk:
    return {name: str(value) for name, value in key.as_dict(private=False).items()}


def _private(key: Key) -> Jwk:
    return {name: str(value) for name, value in key.as_dict(private=True).items()}
