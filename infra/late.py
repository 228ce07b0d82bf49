"""
What is dear to import, imported when first used.

pyHanko, typst and minio take most of a second each: looking at a dossier does not pay
for signing one.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from dossiers.ports import Offices, Printed, SignedPdf
from dossiers.values import Value
from infra.settings import S3Settings
from infra.timeline import Timeline

if TYPE_CHECKING:
    from signing.development import DevelopmentSigner
    from signing.verification.verify import PdfVerifier
    from storage.objects.s3 import S3Objects


def buckets(
    s3: S3Settings, now: Callable[[], datetime], *, short_locks: bool
) -> tuple["S3Objects", "S3Objects"]:
    """Name the bucket of papers and the one of outcomes, which locks."""
    from storage.objects.s3 import open_s3
    from storage.objects.s3_client import S3Place

    place = S3Place(
        endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        bucket=s3.bucket,
        public_endpoint=s3.public_endpoint,
    )
    return open_s3(place, s3.locked, now, short_locks=short_locks)


class Press:
    """The Printer of typst, opened at the first paper."""

    @staticmethod
    def print(paper: Value) -> Printed:
        """Print a paper of dossiers.papers or an Outcome, always the same bytes."""
        from infra.printer.press import TypstPrinter

        return TypstPrinter().print(paper)


def print_timeline(timeline: Timeline) -> bytes:
    """Print the timeline of an evidence pack as PDF/A."""
    from infra.printer import timeline as press

    return press.print_timeline(timeline)


class Seals:
    """The Signer and the Verifier of the development PKI, opened at first use."""

    def __init__(self, folder: Path, offices: Offices) -> None:
        """Open at once when root or key is missing: first start, or lost."""
        self._folder = folder
        self._offices = offices
        self._lock = Lock()
        paths = (folder / "root.pem", folder / "keys" / "root.pem")
        if not all(path.exists() for path in paths):
            self._opened()

    def prepare(self, printed: Printed) -> bytes:
        """Add the empty signature fields; done before the first signature."""
        return self._opened().prepare(printed)

    def sign(self, pdf: bytes, *, officer: str, at: datetime) -> SignedPdf:
        """Set the competent person's signature in slot `person`."""
        return self._opened().sign(pdf, officer=officer, at=at)

    def seal(self, pdf: bytes, *, agency: str, at: datetime) -> SignedPdf:
        """Set the agency's seal in slot `seal`."""
        return self._opened().seal(pdf, agency=agency, at=at)

    def is_valid(self, pdf: bytes, *, slots: tuple[str, ...], at: datetime) -> bool:
        """Whether exactly these slots are signed and TOTAL-PASSED at `at`."""
        self._opened()
        return self._verifier.is_valid(pdf, slots=slots, at=at)

    def _opened(self) -> "DevelopmentSigner":
        with self._lock:
            return self._signer

    @cached_property
    def _signer(self) -> "DevelopmentSigner":
        from signing.development import DevelopmentSigner

        return DevelopmentSigner(self._folder, self._offices)

    @cached_property
    def _verifier(self) -> "PdfVerifier":
        from signing.verification.trust import Trust
        from signing.verification.verify import PdfVerifier

        return PdfVerifier(Trust.parse(self._signer.pki.trust_pem))
