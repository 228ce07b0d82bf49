"""The signer of the embedded mode: keys of the development PKI, in process."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path

from dossiers.ports import Offices, Printed, SignedPdf
from signing.appearance import stamp
from signing.cms import SigningKey
from signing.development_tsa import DevelopmentTsa
from signing.fields import add_fields
from signing.pades import Look, Signatory, sign_field
from signing.pki.certificates import Holder
from signing.pki.development import DevelopmentPki
from signing.timestamps import Timestamps


class DevelopmentSigner:
    """
    Signs for the officers and seals for the agencies of the register.

    Certificates are issued at first need and kept. Safe to use from many threads.
    """

    def __init__(self, folder: Path, offices: Offices) -> None:
        """Open (or make) the PKI in a folder, NAMBUOC_HOME/pki."""
        self.pki = DevelopmentPki(folder)
        self._offices = offices
        tsa = DevelopmentTsa(SigningKey.of(self.pki.tsa))
        self._timestamps = Timestamps(tsa, self.pki.root.certificate)
        self._known: dict[tuple[str, str], tuple[Signatory, str]] = {}

    @staticmethod
    def prepare(printed: Printed) -> bytes:
        """Add the empty signature fields; done before the first signature."""
        return add_fields(printed.pdf, printed.slots)

    def sign(self, pdf: bytes, *, officer: str, at: datetime) -> SignedPdf:
        """Set the competent person's certifying signature in slot `person`."""
        return self._signed(pdf, "person", self._person(officer), at)

    def seal(self, pdf: bytes, *, agency: str, at: datetime) -> SignedPdf:
        """Set the agency's approving signature in slot `seal`."""
        return self._signed(pdf, "seal", self._agency(agency), at)

    def _signed(
        self, pdf: bytes, slot: str, signer: tuple[Signatory, str], at: datetime
    ) -> SignedPdf:
        signatory, serial = signer
        timestamp = self._timestamps.token
        signed = sign_field(
            pdf, field=slot, signatory=signatory, at=at, timestamp=timestamp
        )
        return SignedPdf(signed, serial)

    def _person(self, officer_id: str) -> tuple[Signatory, str]:
        known = self._known.get(("person", officer_id))
        if known is None:
            register = self._offices.current()
            officer = register.officer(officer_id)
            holder = self.pki.person(
                officer.id,
                name=officer.name,
                position=officer.position,
                agency=register.agency(officer.agency).name,
            )
            look = partial(stamp, "person", officer.name, officer.position)
            known = _introduced(holder, look, certify=True)
            self._known["person", officer_id] = known
        return known

    def _agency(self, code: str) -> tuple[Signatory, str]:
        known = self._known.get(("seal", code))
        if known is None:
            agency = self._offices.current().agency(code)
            holder = self.pki.seal(agency.code, name=agency.name)
            look = partial(stamp, "seal", agency.name, "")
            known = _introduced(holder, look, certify=False)
            self._known["seal", code] = known
        return known


def _introduced(holder: Holder, look: Look, *, certify: bool) -> tuple[Signatory, str]:
    """Return the signatory, its stamp kept per field size, and the serial in hex."""
    signatory = Signatory(SigningKey.of(holder), look=cache(look), certify=certify)
    return signatory, f"{holder.certificate.serial_number:x}"
