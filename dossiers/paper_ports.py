"""Ports of the papers: printing, signing, judging."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dossiers.values import Value


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a signature goes: PDF points, y from the top of the page."""

    name: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed paper: tagged PDF/A bytes and its signature slots."""

    pdf: bytes
    slots: tuple[Slot, ...]


class Printer(Protocol):
    """Turns legal papers into PDF/A."""

    def print(self, paper: Value) -> Printed:
        """Print a paper of dossiers.papers or an Outcome, always the same bytes."""


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A PDF with one more signature, and the certificate's serial number, hex."""

    pdf: bytes
    certificate: str


class Signer(Protocol):
    """Signs as a person, seals as an agency (PAdES B-T)."""

    def prepare(self, printed: Printed) -> bytes:
        """Add the empty signature fields; done before the first signature."""

    def sign(self, pdf: bytes, *, officer: str, at: datetime) -> SignedPdf:
        """Set the competent person's signature in slot `person`."""

    def seal(self, pdf: bytes, *, agency: str, at: datetime) -> SignedPdf:
        """Set the agency's seal in slot `seal`."""


class Verifier(Protocol):
    """Judges signatures."""

    def is_valid(self, pdf: bytes, *, slots: tuple[str, ...], at: datetime) -> bool:
        """Whether exactly these slots are signed and TOTAL-PASSED at `at`."""
