"""A verifier that is not ours: poppler's pdfsig agrees on good and broken files."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dossiers.parties import Agency, Officer, Register
from signing.development import DevelopmentSigner
from tests.support.pdfs import paper

PDFSIG = shutil.which("pdfsig")
VALID = "Signature Validation: Signature is Valid."


class OneOffice:
    """A register of one officer and two agencies of his."""

    def current(self) -> Register:
        """Load the register in force."""
        agencies = tuple(
            Agency(code=code, name=f"UBND xã {code}", short="UB", place="Nam Bước")
            for code in ("H01", "H02")
        )
        officer = Officer(
            id="an",
            name="Nguyễn Văn An",
            position="Chủ tịch",
            agency="H01",
            unit="LĐ",
            roles=("leader",),
        )
        return Register(version="1", agencies=agencies, officers=(officer,))


def _pdfsig(pdf: bytes, folder: Path) -> str:
    if PDFSIG is None:
        text = "pdfsig is missing: install poppler-utils to compare verdicts"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    (folder / "paper.pdf").write_bytes(pdf)
    done = subprocess.run(
        [PDFSIG, str(folder / "paper.pdf")],
        env={"HOME": str(folder), "TZ": "UTC"},  # no NSS database of the user
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.stdout.decode()


def _sealed(folder: Path) -> bytes:
    signer = DevelopmentSigner(folder / "pki", OneOffice())
    at = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)
    signed = signer.sign(paper(), officer="an", at=at).pdf
    return signer.seal(signed, agency="H02", at=at).pdf


def test_pdfsig_accepts_the_person_and_then_the_seal(tmp_path: Path) -> None:
    said = _pdfsig(_sealed(tmp_path), tmp_path)

    assert said.count(VALID) == 2
    assert said.index("Name: person") < said.index("Name: seal")
    assert said.count("ETSI.CAdES.detached") == 2
    assert "Total document signed" in said


@pytest.mark.parametrize(("mark", "valid"), [(b"/M (", 1), (b"/Title", 0)])
def test_pdfsig_refuses_a_flipped_byte(tmp_path: Path, mark: bytes, valid: int) -> None:
    pdf = bytearray(_sealed(tmp_path))
    pdf[pdf.rindex(mark) + len(mark)] ^= 1  # of the seal alone, or of the paper
    said = _pdfsig(bytes(pdf), tmp_path)

    assert said.count(VALID) == valid
