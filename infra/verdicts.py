"""Verdicts on any PDF, for entry points that may not reach into signing."""

from datetime import datetime

from dossiers.errors import MalformedError
from infra.clock import SystemClock
from infra.settings import from_environment
from signing.pki.development import DevelopmentPki
from signing.verification.trust import Trust
from signing.verification.verify import verify


def verify_file(
    pdf: bytes, *, trust: bytes | None, at: datetime | None, lang: str
) -> dict[str, object]:
    """
    Judge a file with the given roots and CRLs (PEM), or the home's own.

    Without `at` it is judged now. Never raises for what the file holds; MalformedError
    when there are no roots to trust.
    """
    pem = trust if trust is not None else _own()
    verdict = verify(pdf, trust=Trust.parse(pem), at=at or SystemClock().now())
    return verdict.as_json("en" if lang == "en" else "vi")


def _own() -> bytes:
    folder = from_environment().pki
    if not (folder / "root.pem").exists():
        vi = f"không có chứng thư gốc trong {folder}; cho --trust TỆP.pem"
        raise MalformedError(vi, f"no root certificate in {folder}; give --trust PEM")
    return DevelopmentPki(folder).trust_pem
