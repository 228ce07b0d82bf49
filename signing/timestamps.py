"""
Time-stamp tokens (RFC 3161): asked for, checked, and only then embedded.

A PDF library embeds a token over another document, or one of an unknown authority,
without complaint, and the file is dead from then on.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID

from dossiers.errors import TamperedError

CLOCK_TOLERANCE = timedelta(seconds=60)

Authority = Callable[[bytes, int, datetime], bytes]
"""Answers (SHA-256 imprint, nonce, instant) with a time-stamp token as DER."""


class Timestamps:
    """Asks one authority and lets through only tokens that will verify."""

    def __init__(self, authority: Authority, root: x509.Certificate) -> None:
        """Keep the authority and the root its certificate must come from."""
        self._authority = authority
        self._root = root
        self._known: dict[bytes, x509.Certificate] = {}

    def token(self, imprint: bytes, at: datetime) -> bytes:
        """Return a checked token over a SHA-256 imprint; raise TamperedError."""
        nonce = secrets.randbits(63)
        token = self._authority(imprint, nonce, at)
        try:
            signed = cms.ContentInfo.load(token, strict=True)["content"]
            facts = signed["encap_content_info"]["content"].parsed
            self._check_facts(facts, imprint, nonce, at)
            self._check_signature(signed, facts["gen_time"].native)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            _refuse(f"unreadable, {error}")
        return token

    def _check_facts(
        self, facts: tsp.TSTInfo, imprint: bytes, nonce: int, at: datetime
    ) -> None:
        stamped = facts["message_imprint"]
        if stamped["hash_algorithm"]["algorithm"].native != "sha256":
            _refuse("imprint is not SHA-256")
        if stamped["hashed_message"].native != imprint:
            _refuse("imprint is of another signature")
        if facts["nonce"].native != nonce:
            _refuse("nonce is of another request")
        if abs(facts["gen_time"].native - at) > CLOCK_TOLERANCE:
            _refuse("its clock and ours differ by more than 60 s")

    def _check_signature(self, signed: cms.SignedData, at: datetime) -> None:
        (signer,) = signed["signer_infos"]
        certificate = self._trusted(signed["certificates"][0].chosen.dump())
        if (
            not certificate.not_valid_before_utc
            <= at
            <= certificate.not_valid_after_utc
        ):
            _refuse("its certificate is out of date")
        content = signed["encap_content_info"]["content"].contents
        attributes = {
            one["type"].native: one["values"] for one in signer["signed_attrs"]
        }
        digest = attributes["message_digest"][0].native
        if digest != hashlib.sha256(content).digest():
            _refuse("its content was changed")
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            _refuse("its key is not ECDSA")
        covered = b"\x31" + signer["signed_attrs"].dump()[1:]  # RFC 5652 §5.4
        try:
            key.verify(signer["signature"].native, covered, ec.ECDSA(SHA256()))
        except InvalidSignature:
            _refuse("its signature is wrong")

    def _trusted(self, encoded: bytes) -> x509.Certificate:
        known = self._known.get(encoded)
        if known is not None:
            return known
        certificate = x509.load_der_x509_certificate(encoded)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
            _refuse("its certificate is not for time stamps alone")
        try:
            certificate.verify_directly_issued_by(self._root)
        except InvalidSignature:
            _refuse("its certificate is not of the trusted root")
        self._known[encoded] = certificate
        return certificate


def _refuse(why: str) -> NoReturn:
    vi = f"Dấu thời gian bị từ chối ({why}); kiểm tra máy chủ dấu thời gian."
    en = f"The time stamp was refused ({why}); check the time-stamp server."
    raise TamperedError(vi, en, rule="RFC 3161 §2.2")
