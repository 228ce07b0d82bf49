"""The development time-stamp authority, answering in process (RFC 3161)."""

import secrets
from datetime import UTC, datetime

from asn1crypto import core

from signing import der
from signing.cms import SHA_256, TST_INFO, SigningKey, sign_attached

GENERALIZED_TIME = 0x18
POLICY = bytes(core.ObjectIdentifier("2.999.766").dump())  # example arc: DEVELOPMENT
ACCURACY = der.tlv(der.SEQUENCE, der.integer(1))  # one second


class DevelopmentTsa:
    """Stamps with the time it is told: the demo lives in virtual time."""

    def __init__(self, key: SigningKey) -> None:
        """Keep the TSA's key."""
        self._key = key

    def __call__(self, imprint: bytes, nonce: int, at: datetime) -> bytes:
        """Return a token over a SHA-256 imprint; genTime is `at`, whole seconds."""
        instant = at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
        content = der.tlv(
            der.SEQUENCE,
            der.integer(1),
            POLICY,
            der.tlv(der.SEQUENCE, SHA_256, der.tlv(der.OCTET_STRING, imprint)),
            der.integer(secrets.randbits(64)),
            der.tlv(GENERALIZED_TIME, instant),
            ACCURACY,
            der.integer(nonce),
        )
        return sign_attached(self._key, TST_INFO, content)
