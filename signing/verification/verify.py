"""
Judging a signed PDF: pyHanko's two answers, then our own rules in order.

The rules are numbered in `rules`; without any one of them forged files pass.
"""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.ades import (
    AdESWithTimeValidationResult,
    ades_with_time_validation,
)
from pyhanko.sign.validation.policy_decl import SignatureValidationSpec
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo

from signing.verification import rules
from signing.verification.trust import Trust
from signing.verification.verdict import (
    Indication,
    Reason,
    SignatureVerdict,
    Verdict,
)

# The verdict says it all; pyHanko's warnings are stack traces that name persons.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


def verify(
    pdf: bytes, *, trust: Trust, at: datetime, slots: tuple[str, ...] | None = None
) -> Verdict:
    """
    Judge a file as of an instant; never raises, whatever the bytes are.

    With `slots`, exactly these must be signed, in this order; without, every slot
    of the file. Whatever the parser raises makes the file fail. It runs in a thread
    of its own, so a caller inside an event loop may ask too.
    """
    with ThreadPoolExecutor(max_workers=1) as alone:
        answer = alone.submit(asyncio.run, _judged(pdf, trust, at, slots))
    fault = answer.exception()
    if fault is None:
        return answer.result()
    detail = f"{type(fault).__name__} {fault}".strip()
    return Verdict((rules.failed("FORMAT_FAILURE", detail),))


class PdfVerifier:
    """The port `Verifier` over one set of roots and CRLs."""

    def __init__(self, trust: Trust) -> None:
        """Keep whom to believe."""
        self._trust = trust

    def is_valid(self, pdf: bytes, *, slots: tuple[str, ...], at: datetime) -> bool:
        """Whether exactly these slots are signed and TOTAL-PASSED at `at`."""
        verdict = verify(pdf, trust=self._trust, at=at, slots=slots)
        return verdict.verdict is Indication.PASSED


async def _judged(
    pdf: bytes, trust: Trust, at: datetime, slots: tuple[str, ...] | None
) -> Verdict:
    reader = PdfFileReader(BytesIO(pdf))
    policy = trust.policy()
    found = reader.embedded_regular_signatures
    signatures = tuple([await _judged_one(one, pdf, policy, at) for one in found])
    return Verdict(tuple(_reasons(pdf, reader, signatures, slots)), signatures)


def _reasons(
    pdf: bytes,
    reader: PdfFileReader,
    signatures: tuple[SignatureVerdict, ...],
    slots: tuple[str, ...] | None,
) -> Iterator[Reason]:
    yield from rules.ends_at_end(pdf)
    yield from rules.fills_slots(reader, slots)
    yield from rules.in_order(signatures)
    yield from rules.ends_with_signature(reader)


async def _judged_one(
    signature: EmbeddedPdfSignature,
    pdf: bytes,
    policy: SignatureValidationSpec,
    at: datetime,
) -> SignatureVerdict:
    signature.compute_integrity_info(DEFAULT_DIFF_POLICY)
    result = await ades_with_time_validation(
        signature.signed_data,
        policy,
        timing_info=ValidationTimingInfo(at, at, point_in_time_validation=True),
        raw_digest=signature.compute_digest(),
        status_cls=PdfSignatureStatus,
        extra_status_kwargs=signature.summarise_integrity_info(),
    )
    time = _proven_time(result)
    reasons = (
        *rules.judged_by_engine(result),
        *rules.signed_in_time(signature, time, at),
        *rules.covers_revision(signature),
        *rules.holds_signature_alone(signature, pdf),
        *rules.binds_certificate(signature),
    )
    subject = signature.signer_cert.subject.native
    seal = "organization_identifier" in subject
    return SignatureVerdict(
        field=signature.field_name,
        signer=subject.get("organization_name" if seal else "common_name", ""),
        role="seal" if seal else "person",
        certificate=f"{signature.signer_cert.serial_number:x}",
        time=time,
        reasons=reasons,
    )


def _proven_time(result: AdESWithTimeValidationResult) -> datetime | None:
    status = result.api_status
    if isinstance(status, PdfSignatureStatus) and status.timestamp_validity:
        return status.timestamp_validity.timestamp
    return None
