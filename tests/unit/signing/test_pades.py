"""PAdES signatures: prefix kept, person before seal, time stamps checked."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from dossiers.errors import MalformedError, NotFoundError, RefusedError, TamperedError
from dossiers.ports import Printed, Slot
from signing.cms import SigningKey
from signing.development import DevelopmentSigner
from signing.development_tsa import DevelopmentTsa
from signing.pki.development import DevelopmentPki
from signing.timestamps import Authority, Timestamps
from tests.support.pdfs import paper
from tests.unit.signing.conftest import SEALED_AT, SIGNED_AT


def test_what_was_seen_is_a_prefix_of_what_was_signed(
    signed: bytes, sealed: bytes
) -> None:
    assert sealed.startswith(signed)


def test_the_person_certifies_with_form_filling_only_and_the_seal_approves(
    sealed: bytes,
) -> None:
    person, seal = PdfFileReader(BytesIO(sealed)).embedded_signatures

    assert person.docmdp_level.value == 2
    assert seal.docmdp_level is None
    assert str(person.sig_object["/M"]) == "D:20250304083000+07'00'"


def test_fields_end_the_file_properly_and_sit_where_asked() -> None:
    printed = Printed(paper(slots=()), (Slot("person", 1, 100, 50, 140, 60),))
    reader = PdfFileReader(BytesIO(DevelopmentSigner.prepare(printed)))
    (field,) = (one.get_object() for one in reader.root["/AcroForm"]["/Fields"])

    assert not printed.pdf.endswith(b"\n")
    assert [int(edge) for edge in field["/Rect"]] == [100, 190, 240, 250]


@pytest.mark.parametrize("slots", [(), ("seal",)])
def test_no_field_is_ever_added_by_signing(
    signer: DevelopmentSigner, slots: tuple[str, ...]
) -> None:
    with pytest.raises(RefusedError, match="'person' is missing or signed"):
        signer.sign(paper(slots=slots), officer="an", at=SIGNED_AT)


def test_a_slot_takes_one_signature(signer: DevelopmentSigner, signed: bytes) -> None:
    with pytest.raises(RefusedError, match="'person' is missing or signed"):
        signer.sign(signed, officer="binh", at=SIGNED_AT)


def test_what_is_not_a_pdf_is_not_signed(signer: DevelopmentSigner) -> None:
    with pytest.raises(MalformedError, match="not a readable PDF"):
        signer.sign(b"hello", officer="an", at=SIGNED_AT)


def test_strangers_do_not_sign(signer: DevelopmentSigner) -> None:
    with pytest.raises(NotFoundError):
        signer.sign(paper(), officer="nobody", at=SIGNED_AT)


def test_eight_threads_sign_at_once(signer: DevelopmentSigner) -> None:
    def one(number: int) -> str:
        officer = "an" if number % 2 else "binh"
        done = signer.sign(paper(str(number)), officer=officer, at=SIGNED_AT)
        assert PdfFileReader(BytesIO(done.pdf)).embedded_signatures
        return done.certificate

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(one, range(24)))) == 2


def _of_another_imprint(honest: Authority) -> Authority:
    return lambda _, nonce, at: honest(secrets.token_bytes(32), nonce, at)


def _of_another_nonce(honest: Authority) -> Authority:
    return lambda imprint, nonce, at: honest(imprint, nonce + 1, at)


def _an_hour_off(honest: Authority) -> Authority:
    return lambda imprint, nonce, at: honest(imprint, nonce, at + timedelta(hours=1))


def _garbage(_: Authority) -> Authority:
    return lambda *_: b"\x30\x03\x02\x01\x00"


def _broken(honest: Authority) -> Authority:
    def answer(imprint: bytes, nonce: int, at: datetime) -> bytes:
        token = honest(imprint, nonce, at)
        return token[:-1] + bytes((token[-1] ^ 1,))

    return answer


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (_of_another_imprint, "another signature"),
        (_of_another_nonce, "another request"),
        (_an_hour_off, "more than 60 s"),
        (_garbage, "unreadable"),
        (_broken, "signature is wrong"),
    ],
)
def test_a_faulty_token_is_refused_before_it_is_embedded(
    signer: DevelopmentSigner, fault: Callable[[Authority], Authority], why: str
) -> None:
    authority = fault(DevelopmentTsa(SigningKey.of(signer.pki.tsa)))
    timestamps = Timestamps(authority, signer.pki.root.certificate)

    with pytest.raises(TamperedError, match=why):
        timestamps.token(secrets.token_bytes(32), SEALED_AT)


def test_tokens_of_other_roots_and_other_purposes_are_refused(
    signer: DevelopmentSigner, tmp_path: Path
) -> None:
    stranger = DevelopmentPki(tmp_path).tsa
    for holder, why in (
        (stranger, "not of the trusted root"),
        (signer.pki.ocsp, "not for time stamps"),
    ):
        authority = DevelopmentTsa(SigningKey.of(holder))
        timestamps = Timestamps(authority, signer.pki.root.certificate)
        with pytest.raises(TamperedError, match=why):
            timestamps.token(secrets.token_bytes(32), SEALED_AT)
