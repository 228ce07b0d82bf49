"""Our own rules on a file, each with a forged file that pyHanko alone accepts."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

from asn1crypto.cms import ContentInfo, SignedData
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed, AdESStatus
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel
from pyhanko.sign.validation.ades import AdESWithTimeValidationResult
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

from signing.verification.verdict import Indication, Reason, SignatureVerdict

CLOCK_TOLERANCE = timedelta(seconds=60)
_WEIGHTS = {
    AdESStatus.PASSED: Indication.PASSED,
    AdESStatus.INDETERMINATE: Indication.INDETERMINATE,
    AdESStatus.FAILED: Indication.FAILED,
}


def failed(code: str, detail: str = "") -> Reason:
    """Return a reason that makes the file invalid."""
    return Reason(code, Indication.FAILED, detail)


def doubtful(code: str) -> Reason:
    """Return a reason for which nothing can be concluded."""
    return Reason(code, Indication.INDETERMINATE)


def judged_by_engine(result: AdESWithTimeValidationResult) -> Iterator[Reason]:
    """(1) Both of pyHanko's answers: the AdES indication and its bottom line."""
    if result.ades_subindic is not AdESPassed.OK:
        code = result.ades_subindic.standard_name
        if result.failure_msg == "No signature timestamp present":
            code = "NO_TIMESTAMP"
        yield Reason(code, _WEIGHTS[result.ades_subindic.status])
    elif not (result.api_status and result.api_status.bottom_line):
        yield failed("CHANGED_AFTER_SIGNING")


def signed_in_time(
    signature: EmbeddedPdfSignature, time: datetime | None, at: datetime
) -> Iterator[Reason]:
    """(2) The proven time lies in the certificate's validity, not in the future."""
    certificate = signature.signer_cert
    if time is None:
        return
    if not certificate.not_valid_before <= time <= certificate.not_valid_after:
        yield doubtful("OUTSIDE_CERTIFICATE_VALIDITY")
    if time > at + CLOCK_TOLERANCE:
        yield doubtful("TIME_IN_FUTURE")


def ends_at_end(pdf: bytes) -> Iterator[Reason]:
    """(3) Nothing but line ends after the last %%EOF."""
    _, found, rest = pdf.rpartition(b"%%EOF")
    if not found or rest.strip(b"\r\n"):
        yield failed("BYTES_AFTER_END")


def fills_slots(
    reader: PdfFileReader, slots: tuple[str, ...] | None
) -> Iterator[Reason]:
    """(4) Field names are unique; the expected slots are signed, in their order."""
    fields = [(name, value) for name, value, _ in enumerate_sig_fields(reader)]
    names = [name for name, _ in fields]
    if len(names) != len(set(names)):
        yield failed("FIELD_REPEATED")
    signed = tuple(one.field_name for one in reader.embedded_regular_signatures)
    if not signed:
        yield failed("NO_SIGNATURE")
    elif slots is None and any(value is None for _, value in fields):
        yield doubtful("SLOT_EMPTY")
    elif slots is not None and signed != slots:
        yield failed("SLOTS_DIFFER")


def in_order(signatures: tuple[SignatureVerdict, ...]) -> Iterator[Reason]:
    """(4) Each signature was made at or after the one before it."""
    times = [one.time for one in signatures if one.time]
    if any(later < earlier for earlier, later in itertools.pairwise(times)):
        yield doubtful("TIMESTAMP_ORDER_FAILURE")


def covers_revision(signature: EmbeddedPdfSignature) -> Iterator[Reason]:
    """(7) The whole revision is signed, not less."""
    if signature.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        yield failed("PARTIAL_COVERAGE")


def holds_signature_alone(
    signature: EmbeddedPdfSignature, pdf: bytes
) -> Iterator[Reason]:
    """
    (7) The unsigned gap is one DER signature in hex and zeros (ISO 32000-2 12.8.3.3).

    Parsers are lenient here: without this rule, bytes of the gap can be changed.
    """
    start, length, rest, _ = (int(number) for number in signature.byte_range)
    gap = pdf[start + length : rest]
    contents = signature.pkcs7_content
    digits = contents.hex().encode()
    exact = gap in {b"<%b>" % digits, b"<%b>" % digits.upper()}
    padding = contents[len(ContentInfo.load(contents).dump()) :]
    tokens = extract_tst_data_iter(signature.signer_info, signed=False)
    parts = [signature.signed_data, *tokens]
    if not exact or padding.strip(b"\0") or not all(map(_is_regular, parts)):
        yield failed("CONTENTS_MALFORMED")


def _is_regular(signed: SignedData) -> bool:
    """Whether the parts that nobody signs are as RFC 5652 §5.1 wants them."""
    (signer,) = signed["signer_infos"]
    algorithms = [one["algorithm"].native for one in signed["digest_algorithms"]]
    expected = "v1" if signed["encap_content_info"]["content"].native is None else "v3"
    return (
        signed["version"].native == expected
        and signer["version"].native == "v1"
        and algorithms == [signer["digest_algorithm"]["algorithm"].native]
    )


def ends_with_signature(reader: PdfFileReader) -> Iterator[Reason]:
    """(7) After the last signature come at most proofs of validity (DSS, time)."""
    for last in reader.embedded_regular_signatures[-1:]:
        change = last.diff_result
        level = getattr(change, "modification_level", ModificationLevel.OTHER)
        whole = last.coverage is SignatureCoverageLevel.ENTIRE_FILE
        if not whole and level > ModificationLevel.LTA_UPDATES:
            yield failed("CHANGED_AFTER_SIGNING")


def binds_certificate(signature: EmbeddedPdfSignature) -> Iterator[Reason]:
    """(8) The signed attributes name the certificate (EN 319 142-1 §6.3)."""
    kinds = {one["type"].native for one in signature.signer_info["signed_attrs"]}
    if "signing_certificate_v2" not in kinds:
        yield doubtful("NO_SIGNING_CERTIFICATE_ATTRIBUTE")
