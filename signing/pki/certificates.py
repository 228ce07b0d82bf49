"""Certificates of the development PKI (X.509 v3, RFC 5280, ECDSA P-256)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

VALID_FROM = datetime(2024, 1, 1, tzinfo=UTC)
VALID_TO = datetime(2040, 1, 1, tzinfo=UTC)
MARK = "DEVELOPMENT"
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
LONGEST_NAME = 64  # characters: ub-common-name and its kin in RFC 5280


@dataclass(frozen=True, slots=True)
class Holder:
    """Key and certificate of one subject, in memory."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def person_name(officer_id: str, *, name: str, position: str, agency: str) -> x509.Name:
    """Return an officer's subject: the id is its serialNumber."""
    return _name(
        (NameOID.ORGANIZATION_NAME, agency),
        (NameOID.TITLE, position),
        (NameOID.SERIAL_NUMBER, officer_id),
        (NameOID.COMMON_NAME, name),
    )


def seal_name(agency_id: str, *, name: str) -> x509.Name:
    """Return an agency's subject: the id is its organizationIdentifier."""
    return _name(
        (NameOID.ORGANIZATION_NAME, name),
        (NameOID.ORGANIZATION_IDENTIFIER, agency_id),
        (NameOID.COMMON_NAME, name),
    )


def issue_root() -> Holder:
    """Make a self-signed root that may sign certificates and CRLs."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name((NameOID.COMMON_NAME, f"Nam Buoc {MARK} Root CA"))
    usage = _usage(crl_sign=True, key_cert_sign=True)
    builder = (
        _builder(subject, subject, key, usage)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_id(key), critical=False)
    )
    return Holder(key, builder.sign(key, SHA256()))


def issue_signing(root: Holder, subject: x509.Name) -> Holder:
    """Make a certificate that signs documents (nonRepudiation, RFC 9336)."""
    usage = _usage(content_commitment=True, digital_signature=True)
    return _issue(root, subject, usage, DOCUMENT_SIGNING)


def issue_tsa(root: Holder) -> Holder:
    """Make a time-stamp certificate (RFC 3161 §2.3: one purpose, critical)."""
    subject = _name((NameOID.COMMON_NAME, f"Nam Buoc {MARK} TSA"))
    usage = _usage(content_commitment=True, digital_signature=True)
    return _issue(root, subject, usage, ExtendedKeyUsageOID.TIME_STAMPING)


def issue_ocsp(root: Holder) -> Holder:
    """Make a certificate that answers for the root on revocation (RFC 6960)."""
    subject = _name((NameOID.COMMON_NAME, f"Nam Buoc {MARK} OCSP"))
    usage = _usage(digital_signature=True)
    return _issue(root, subject, usage, ExtendedKeyUsageOID.OCSP_SIGNING)


def _issue(
    root: Holder, subject: x509.Name, usage: x509.KeyUsage, purpose: ObjectIdentifier
) -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    critical = purpose == ExtendedKeyUsageOID.TIME_STAMPING
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        root.key.public_key()
    )
    builder = (
        _builder(subject, root.certificate.subject, key, usage)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical)
        .add_extension(_key_id(key), critical=False)
        .add_extension(authority, critical=False)
    )
    if purpose == ExtendedKeyUsageOID.OCSP_SIGNING:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return Holder(key, builder.sign(root.key, SHA256()))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    usage: x509.KeyUsage,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=VALID_FROM,
        not_valid_after=VALID_TO,
    )
    return builder.add_extension(usage, critical=True)


def _name(*attributes: tuple[ObjectIdentifier, str]) -> x509.Name:
    fixed = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, MARK),
    ]
    named = [x509.NameAttribute(oid, _fitted(oid, text)) for oid, text in attributes]
    return x509.Name(fixed + named)


def _fitted(oid: ObjectIdentifier, text: str) -> str:
    if len(text.encode()) <= LONGEST_NAME:
        return text
    if oid != NameOID.COMMON_NAME:
        return text[:LONGEST_NAME]
    room = LONGEST_NAME - len("…".encode())  # counted in bytes by cryptography
    return text.encode()[:room].decode(errors="ignore") + "…"


def _key_id(key: ec.EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
