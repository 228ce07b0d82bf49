"""One development PKI, one signer and one trust for all tests of signing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dossiers.parties import Agency, Officer, Register
from signing.development import DevelopmentSigner
from signing.verification.trust import Trust
from tests.support.pdfs import paper

SIGNED_AT = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)
SEALED_AT = datetime(2025, 3, 4, 1, 40, tzinfo=UTC)
NOW = datetime(2026, 11, 25, tzinfo=UTC)


class OneOffice:
    """A register of two officers in two agencies."""

    def current(self) -> Register:
        """Load the register in force."""
        agencies = tuple(
            Agency(code=code, name=name, short="NB", place="Nam Bước")
            for code, name in (("H01", "UBND tỉnh Nam Bước"), ("H02", "Sở Nội vụ"))
        )
        officers = tuple(
            Officer(
                id=officer,
                name=name,
                position="Chủ tịch",
                agency="H01",
                unit="LĐ",
                roles=("leader",),
            )
            for officer, name in (("an", "Nguyễn Văn An"), ("binh", "Trần Thị Bình"))
        )
        return Register(version="1", agencies=agencies, officers=officers)


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentSigner:
    folder: Path = tmp_path_factory.mktemp("home") / "pki"
    return DevelopmentSigner(folder, OneOffice())


@pytest.fixture(scope="session")
def trust(signer: DevelopmentSigner) -> Trust:
    return Trust.parse(signer.pki.trust_pem)


@pytest.fixture(scope="session")
def signed(signer: DevelopmentSigner) -> bytes:
    return signer.sign(paper(), officer="an", at=SIGNED_AT).pdf


@pytest.fixture(scope="session")
def sealed(signer: DevelopmentSigner, signed: bytes) -> bytes:
    return signer.seal(signed, agency="H01", at=SEALED_AT).pdf
