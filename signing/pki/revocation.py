"""What the development root says about revoked certificates (RFC 5280 §5)."""

from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing.pki.certificates import VALID_FROM, VALID_TO, Holder


def crl(
    root: Holder,
    *,
    at: datetime = VALID_FROM,
    revoked: Mapping[int, datetime] | None = None,
) -> bytes:
    """
    Return the root's CRL as PEM, issued at an instant, good until 2040.

    `revoked` maps serial numbers to the instants from which they are revoked.
    The demo signs in virtual time and is verified in real time, so the first
    list is issued when the root begins and holds as long as the root does.
    """
    entries = revoked or {}
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=root.certificate.subject, last_update=at, next_update=VALID_TO
    ).add_extension(x509.CRLNumber(len(entries) + 1), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        root.key.public_key()
    )
    builder = builder.add_extension(authority, critical=False)
    for serial, since in entries.items():
        entry = x509.RevokedCertificateBuilder(serial, since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(root.key, SHA256()).public_bytes(Encoding.PEM)
