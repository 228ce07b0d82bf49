"""
CMS signatures (RFC 5652) with a key that is parsed once.

pyHanko's own signer parses and checks the private key at each signature and builds
every structure anew. Here all that depends on the certificate alone is encoded when
the key is loaded; a signature costs one hash, one ECDSA and some joining of bytes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing import der
from signing.pki.certificates import Holder


def _oid(dotted: str) -> bytes:
    return bytes(core.ObjectIdentifier(dotted).dump())


DATA = _oid("1.2.840.113549.1.7.1")
SIGNED_DATA = _oid("1.2.840.113549.1.7.2")
TST_INFO = _oid("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE = _oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = _oid("1.2.840.113549.1.9.4")
TIMESTAMP_TOKEN = _oid("1.2.840.113549.1.9.16.2.14")
SIGNING_CERTIFICATE_V2 = _oid("1.2.840.113549.1.9.16.2.47")
SHA_256 = der.tlv(der.SEQUENCE, _oid("2.16.840.1.101.3.4.2.1"))
ECDSA_SHA_256 = der.tlv(der.SEQUENCE, _oid("1.2.840.10045.4.3.2"))


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, its certificate, and the parts of CMS that never change for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    certificate_id: bytes
    signed_attribute: bytes

    @classmethod
    def of(cls, holder: Holder) -> "SigningKey":
        """Encode once what every signature of this holder repeats."""
        certificate = holder.certificate.public_bytes(Encoding.DER)
        digest = hashlib.sha256(certificate).digest()
        ess_id = der.tlv(der.SEQUENCE, der.tlv(der.OCTET_STRING, digest))
        return cls(
            key=holder.key,
            certificate=certificate,
            certificate_id=der.tlv(
                der.SEQUENCE,
                holder.certificate.issuer.public_bytes(),
                der.integer(holder.certificate.serial_number),
            ),
            signed_attribute=_attribute(  # RFC 5035: PAdES asks for it
                SIGNING_CERTIFICATE_V2,
                der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, ess_id)),
            ),
        )


def sign_detached(
    key: SigningKey, digest: bytes, *, stamp: Callable[[bytes], bytes]
) -> bytes:
    """
    Return a CAdES-T signature over a SHA-256 digest, as DER.

    `stamp` answers the SHA-256 of the signature value with a time-stamp token.
    """
    attributes = _signed_attributes(key, DATA, digest)
    value = key.key.sign(der.set_of(*attributes), ec.ECDSA(SHA256()))
    token = stamp(hashlib.sha256(value).digest())
    unsigned = der.tlv(der.CONTEXT_1, _attribute(TIMESTAMP_TOKEN, token))
    content = der.tlv(der.SEQUENCE, DATA)
    return _signed_data(key, content, (attributes, value, unsigned), version=1)


def sign_attached(key: SigningKey, content_type: bytes, content: bytes) -> bytes:
    """Return a signature that carries its content, as time-stamp tokens do."""
    digest = hashlib.sha256(content).digest()
    attributes = _signed_attributes(key, content_type, digest)
    value = key.key.sign(der.set_of(*attributes), ec.ECDSA(SHA256()))
    inner = der.tlv(der.CONTEXT_0, der.tlv(der.OCTET_STRING, content))
    encapsulated = der.tlv(der.SEQUENCE, content_type, inner)
    return _signed_data(key, encapsulated, (attributes, value, b""), version=3)


def _signed_attributes(
    key: SigningKey, content_type: bytes, digest: bytes
) -> tuple[bytes, ...]:
    return (
        _attribute(CONTENT_TYPE, content_type),
        _attribute(MESSAGE_DIGEST, der.tlv(der.OCTET_STRING, digest)),
        key.signed_attribute,
    )


def _signed_data(
    key: SigningKey,
    content: bytes,
    signature: tuple[tuple[bytes, ...], bytes, bytes],
    *,
    version: int,
) -> bytes:
    attributes, value, unsigned = signature
    signer = der.tlv(
        der.SEQUENCE,
        der.integer(1),
        key.certificate_id,
        SHA_256,
        der.set_of(*attributes, tag=der.CONTEXT_0),
        ECDSA_SHA_256,
        der.tlv(der.OCTET_STRING, value),
        unsigned,
    )
    body = der.tlv(
        der.SEQUENCE,
        der.integer(version),
        der.tlv(der.SET, SHA_256),
        content,
        der.tlv(der.CONTEXT_0, key.certificate),
        der.tlv(der.SET, signer),
    )
    return der.tlv(der.SEQUENCE, SIGNED_DATA, der.tlv(der.CONTEXT_0, body))


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.tlv(der.SEQUENCE, kind, der.tlv(der.SET, value))
