"""Whom a verifier believes: root certificates, and CRLs at hand."""

import re
from dataclasses import dataclass

from asn1crypto import crl, pem, x509
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from dossiers.errors import MalformedError

_BLOCK = re.compile(
    rb"-----BEGIN (X509 CRL|CERTIFICATE)-----.+?-----END \1-----", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Roots and CRLs as DER, to be read anew for each file: parsing is lazy."""

    roots: tuple[bytes, ...]
    crls: tuple[bytes, ...]

    @classmethod
    def parse(cls, text: bytes) -> "Trust":
        """Read certificates and CRLs, in any order, from one PEM text."""
        roots: list[bytes] = []
        crls: list[bytes] = []
        for block in _BLOCK.finditer(text):
            _, _, content = pem.unarmor(block.group())
            (crls if block[1] == b"X509 CRL" else roots).append(content)
        if not roots:
            vi = "Tệp tin cậy không có chứng thư PEM; hãy ghép root.pem và các CRL."
            en = "The trust file has no PEM certificate; join root.pem and the CRLs."
            raise MalformedError(vi, en)
        return cls(tuple(roots), tuple(crls))

    def policy(self) -> SignatureValidationSpec:
        """Return pyHanko's policy: no fetching, no answer without revocation data."""
        roots = [x509.Certificate.load(one, strict=True) for one in self.roots]
        crls = [crl.CertificateList.load(one, strict=True) for one in self.crls]
        certificates = CertValidationPolicySpec(
            SimpleTrustManager.build(CertTrustAnchor(root) for root in roots),
            CertRevTrustPolicy(REQUIRE_REVINFO),
        )
        return SignatureValidationSpec(
            certificates,
            RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            ts_cert_validation_policy=certificates,
            local_knowledge=LocalKnowledge(
                known_crls=[CRLContainer(one) for one in crls], known_certs=roots
            ),
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        )
