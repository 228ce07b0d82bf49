"""Verdicts: each rule has a file that would pass without it."""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from dossiers.errors import MalformedError
from signing.appearance import stamp
from signing.cms import SigningKey
from signing.development import DevelopmentSigner
from signing.development_tsa import DevelopmentTsa
from signing.pades import Signatory, sign_field
from signing.pki import certificates
from signing.pki.certificates import Holder, issue_signing, person_name
from signing.pki.development import DevelopmentPki
from signing.pki.revocation import crl
from signing.verification.trust import Trust
from signing.verification.verdict import Indication, Verdict
from signing.verification.verify import PdfVerifier, verify
from tests.support.pdfs import paper
from tests.unit.signing.conftest import NOW, SEALED_AT, SIGNED_AT

Stamp = Callable[[bytes, datetime], bytes]
BOTH = ("person", "seal")


def _codes(verdict: Verdict) -> set[str]:
    codes = {reason.code for reason in verdict.reasons}
    return codes.union(*({r.code for r in s.reasons} for s in verdict.signatures))


def _signed_by(holder: Holder, timestamp: Stamp) -> bytes:
    return _signed_with(SigningKey.of(holder), timestamp)


def _signed_with(key: SigningKey, timestamp: Stamp) -> bytes:
    look = partial(stamp, "person", "Nguyễn Văn An", "Chủ tịch")
    signatory = Signatory(key, look, certify=True)
    pdf = paper(slots=("person",))
    return sign_field(
        pdf, field="person", signatory=signatory, at=SIGNED_AT, timestamp=timestamp
    )


def _stamp_of(pki: DevelopmentPki) -> Stamp:
    tsa = DevelopmentTsa(SigningKey.of(pki.tsa))
    return lambda imprint, at: tsa(imprint, 7, at)


def _officer(pki: DevelopmentPki) -> Holder:
    return pki.person("an", name="Nguyễn Văn An", position="Chủ tịch", agency="UBND")


@pytest.mark.parametrize("at", [SEALED_AT, NOW, datetime(2039, 12, 31, tzinfo=UTC)])
def test_a_sealed_paper_passes_at_signing_now_and_until_2040(
    sealed: bytes, trust: Trust, at: datetime
) -> None:
    verdict = verify(sealed, trust=trust, at=at, slots=BOTH)

    assert verdict.as_json()["reasons"] == []
    assert verdict.exit_code == 0
    assert [(s.role, s.time) for s in verdict.signatures] == [
        ("person", SIGNED_AT),
        ("seal", SEALED_AT),
    ]


def test_the_json_has_the_fixed_fields_and_speaks_two_languages(
    sealed: bytes, trust: Trust
) -> None:
    verdict = verify(sealed, trust=trust, at=NOW)
    document = json.loads(json.dumps(verdict.as_json()))

    assert set(document) == {"verdict", "reasons", "sentence", "signatures"}
    assert document["verdict"] == "TOTAL-PASSED"
    assert document["sentence"].startswith("Văn bản hợp lệ: 2 chữ ký số")
    assert verdict.sentence("en").startswith("The file is valid")
    first = document["signatures"][0]
    assert first["signer"] == "Nguyễn Văn An"
    assert first["time"] == "2025-03-04T08:30:00+07:00"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "FORMAT_FAILURE"), (b"hello", "FORMAT_FAILURE"), (paper(), "NO_SIGNATURE")],
)
def test_what_cannot_be_judged_fails_with_a_reason(
    content: bytes, code: str, trust: Trust
) -> None:
    verdict = verify(content, trust=trust, at=NOW)

    assert verdict.exit_code == 5
    assert _codes(verdict) == {code}


def test_any_flipped_byte_fails(sealed: bytes, trust: Trust) -> None:
    gap = sealed.index(b"/Contents <") + 12
    for place in (20, 2000, gap, gap + 1000, gap + 8000, len(sealed) - 9):
        broken = bytearray(sealed)
        broken[place] ^= 1
        verdict = verify(bytes(broken), trust=trust, at=NOW)
        assert verdict.verdict is Indication.FAILED, place


def test_a_truncated_file_fails(sealed: bytes, trust: Trust) -> None:
    verdict = verify(sealed[: len(sealed) // 3], trust=trust, at=NOW)

    assert verdict.verdict is Indication.FAILED


def _annotated(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.find_page_for_modification(0)[0].get_object()
    note = {"/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/Text")}
    note_ref = writer.add_object(
        DictionaryObject({pdf_name(k): v for k, v in note.items()})
    )
    page["/Annots"].append(note_ref)
    writer.update_container(page["/Annots"])
    page[pdf_name("/Note")] = pdf_string("đã sửa")
    writer.update_container(page)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def test_rule_1_a_note_added_after_the_seal_fails(sealed: bytes, trust: Trust) -> None:
    verdict = verify(_annotated(sealed), trust=trust, at=NOW)

    assert verdict.verdict is Indication.FAILED
    assert "CHANGED_AFTER_SIGNING" in _codes(verdict)


def test_rule_1_a_transplanted_time_stamp_fails(
    signer: DevelopmentSigner, trust: Trust
) -> None:
    honest = _stamp_of(signer.pki)
    foreign = _signed_by(
        _officer(signer.pki), lambda _, at: honest(secrets.token_bytes(32), at)
    )
    verdict = verify(foreign, trust=trust, at=NOW)

    assert verdict.verdict is Indication.FAILED
    assert _codes(verdict) == {"HASH_FAILURE"}


def test_rule_1_a_stripped_time_stamp_proves_nothing(
    signed: bytes, trust: Trust
) -> None:
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    message = asn1.ContentInfo.load(signature.pkcs7_content)
    token = message["content"]["signer_infos"][0]["unsigned_attrs"].dump()
    bare = _without(message.dump(), token)
    old = signature.pkcs7_content.hex().upper().encode()
    new = bare.hex().upper().encode().ljust(len(old), b"0")
    verdict = verify(signed.replace(old, new), trust=trust, at=NOW, slots=("person",))

    assert verdict.verdict is Indication.INDETERMINATE
    assert _codes(verdict) == {"NO_TIMESTAMP"}


def _without(message: bytes, tail: bytes) -> bytes:
    """Cut the tail of a DER value and shorten all lengths that enclose it."""
    assert message.endswith(tail)
    cut = bytearray(message[: -len(tail)])
    for path in _enclosing(message, len(message) - len(tail)):
        size = int.from_bytes(cut[path + 2 : path + 4], "big") - len(tail)
        cut[path + 2 : path + 4] = size.to_bytes(2, "big")
    return bytes(cut)


def _enclosing(message: bytes, end: int) -> list[int]:
    """Find the values with two-byte lengths that reach beyond `end`."""
    places, place = [], 0
    while place < end:
        if message[place + 1] == 0x82:
            size = int.from_bytes(message[place + 2 : place + 4], "big")
            if place + 4 + size == len(message):
                places.append(place)
                place += 4
                continue
            place += 4 + size
        elif message[place + 1] == 0x81:
            place += 3 + message[place + 2]
        else:
            place += 2 + message[place + 1]
    return places


def test_rule_1_a_time_stamp_of_a_stranger_proves_nothing(
    signer: DevelopmentSigner, trust: Trust, tmp_path: Path
) -> None:
    foreign = _signed_by(_officer(signer.pki), _stamp_of(DevelopmentPki(tmp_path)))
    verdict = verify(foreign, trust=trust, at=NOW)

    assert verdict.verdict is Indication.INDETERMINATE


@pytest.mark.parametrize("days", [-90, 90])
def test_rule_2_signing_outside_the_certificate_never_passes(
    signer: DevelopmentSigner,
    trust: Trust,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
) -> None:
    edge = SIGNED_AT + timedelta(days=days)
    monkeypatch.setattr(certificates, "VALID_TO" if days < 0 else "VALID_FROM", edge)
    subject = person_name("late", name="Muộn", position="P", agency="G")
    holder = issue_signing(signer.pki.root, subject)
    verdict = verify(_signed_by(holder, _stamp_of(signer.pki)), trust=trust, at=NOW)

    assert verdict.verdict is not Indication.PASSED


def test_rule_3_trailing_bytes_fail(sealed: bytes, trust: Trust) -> None:
    verdict = verify(sealed + b"more", trust=trust, at=NOW)

    assert verdict.verdict is Indication.FAILED
    assert _codes(verdict) == {"BYTES_AFTER_END"}


def test_rule_4_a_rollback_to_the_person_alone_is_seen(
    signed: bytes, trust: Trust
) -> None:
    assert verify(signed, trust=trust, at=NOW, slots=("person",)).exit_code == 0

    expected = verify(signed, trust=trust, at=NOW, slots=BOTH)
    assert (expected.exit_code, _codes(expected)) == (5, {"SLOTS_DIFFER"})
    unasked = verify(signed, trust=trust, at=NOW)
    assert (unasked.exit_code, _codes(unasked)) == (9, {"SLOT_EMPTY"})


def test_rule_4_a_seal_before_the_person_is_out_of_order(
    signer: DevelopmentSigner, signed: bytes, trust: Trust
) -> None:
    earlier = SIGNED_AT - timedelta(minutes=5)
    pdf = signer.seal(signed, agency="H01", at=earlier).pdf
    verdict = verify(pdf, trust=trust, at=NOW)

    assert _codes(verdict) == {"TIMESTAMP_ORDER_FAILURE"}
    assert not PdfVerifier(trust).is_valid(pdf, slots=BOTH, at=NOW)


def test_rule_6_a_key_that_may_not_commit_does_not_sign(
    signer: DevelopmentSigner, trust: Trust
) -> None:
    pdf = _signed_by(signer.pki.ocsp, _stamp_of(signer.pki))
    verdict = verify(pdf, trust=trust, at=NOW)

    assert verdict.verdict is not Indication.PASSED


def test_rule_7_the_unsigned_gap_holds_the_signature_alone(
    sealed: bytes, trust: Trust
) -> None:
    start = sealed.rindex(b"/Contents <3082") + 11
    upper = next(i for i in range(start, start + 99) if sealed[i] in b"ABCDEF")
    for place, digit in (
        (start + 8191, b"1"),
        (upper, sealed[upper : upper + 1].lower()),
    ):
        changed = sealed[:place] + digit + sealed[place + 1 :]
        verdict = verify(changed, trust=trust, at=NOW)
        assert _codes(verdict) == {"CONTENTS_MALFORMED"}


def test_rule_4_two_fields_of_one_name_fail(
    signer: DevelopmentSigner, trust: Trust
) -> None:
    twins = paper(slots=("person", "persom")).replace(b"(persom)", b"(person)")
    pdf = signer.sign(twins, officer="an", at=SIGNED_AT).pdf
    verdict = verify(pdf, trust=trust, at=NOW, slots=("person",))

    assert "FIELD_REPEATED" in _codes(verdict)


def test_rule_7_a_range_short_of_the_revision_fails(
    sealed: bytes, trust: Trust
) -> None:
    place = sealed.rindex(b"/ByteRange [")
    last = sealed[place : sealed.index(b"]", place)].split()[-1]
    shorter = str(int(last) - 9).encode()
    changed = sealed[:place] + sealed[place:].replace(last, shorter, 1)
    verdict = verify(changed, trust=trust, at=NOW)

    assert "PARTIAL_COVERAGE" in _codes(verdict)


def test_rule_8_a_signature_that_names_no_certificate_proves_nothing(
    signer: DevelopmentSigner, trust: Trust
) -> None:
    key = SigningKey.of(_officer(signer.pki))
    time = asn1.CMSAttribute(
        {"type": "signing_time", "values": [asn1.Time({"utc_time": SIGNED_AT})]}
    )
    unbound = replace(key, signed_attribute=time.dump())
    verdict = verify(_signed_with(unbound, _stamp_of(signer.pki)), trust=trust, at=NOW)

    assert _codes(verdict) == {"NO_SIGNING_CERTIFICATE_ATTRIBUTE"}


def test_rule_8_a_time_stamp_in_the_future_proves_nothing(
    sealed: bytes, trust: Trust
) -> None:
    verdict = verify(sealed, trust=trust, at=SIGNED_AT - timedelta(days=1))

    assert verdict.exit_code == 9
    assert _codes(verdict) == {"TIME_IN_FUTURE"}


def test_an_unknown_root_is_indeterminate(sealed: bytes, tmp_path: Path) -> None:
    stranger = Trust.parse(DevelopmentPki(tmp_path).trust_pem)
    verdict = verify(sealed, trust=stranger, at=NOW)

    assert verdict.exit_code == 9
    assert _codes(verdict) == {"NO_CERTIFICATE_CHAIN_FOUND"}


def test_without_revocation_data_nothing_is_concluded(
    sealed: bytes, trust: Trust
) -> None:
    verdict = verify(sealed, trust=Trust(trust.roots, ()), at=NOW)

    assert verdict.exit_code == 9
    assert "CRL" in verdict.sentence()


@pytest.mark.parametrize(("hours", "passes"), [(-1, False), (1, True)])
def test_a_certificate_revoked_before_signing_never_passes(
    signer: DevelopmentSigner, trust: Trust, hours: int, *, passes: bool
) -> None:
    holder = _officer(signer.pki)
    since = {holder.certificate.serial_number: SIGNED_AT + timedelta(hours=hours)}
    fresh = crl(signer.pki.root, at=SIGNED_AT + timedelta(days=1), revoked=since)
    roots = signer.pki.root_path.read_bytes()
    pdf = _signed_by(holder, _stamp_of(signer.pki))
    verdict = verify(pdf, trust=Trust.parse(fresh + roots), at=NOW)

    assert (verdict.verdict is Indication.PASSED) is passes
    assert verify(pdf, trust=trust, at=NOW).verdict is Indication.PASSED


def test_a_trust_file_without_certificates_is_refused() -> None:
    with pytest.raises(MalformedError, match="no PEM certificate"):
        Trust.parse(b"nothing here")
