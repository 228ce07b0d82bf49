"""
A PKI of one's own for development: root, TSA, OCSP, officers, agencies.

Its certificates say DEVELOPMENT and full mode refuses them. Layout of the folder
(0700, files 0600): `root.pem` and `crl/root.crl` for verifiers; `keys/` with key
and certificate in one file each, so that the two can never disagree.
"""

import hashlib
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from dossiers.errors import FaultError
from signing.pki.certificates import (
    Holder,
    issue_ocsp,
    issue_root,
    issue_signing,
    issue_tsa,
    person_name,
    seal_name,
)
from signing.pki.files import holder_at, publish
from signing.pki.revocation import crl


class DevelopmentPki:
    """The certificates under one folder; what is missing is made, once."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; the first start makes root, TSA, OCSP and the CRL."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._keys = folder / "keys"
        self.root_path = folder / "root.pem"
        self.crl_path = folder / "crl" / "root.crl"
        if self.root_path.exists() and not (self._keys / "root.pem").exists():
            raise _without_key(folder)
        self.root = holder_at(self._keys / "root.pem", issue_root)
        self.tsa = holder_at(self._keys / "tsa.pem", partial(issue_tsa, self.root))
        self.ocsp = holder_at(self._keys / "ocsp.pem", partial(issue_ocsp, self.root))
        if not self.crl_path.exists():
            publish(self.crl_path, crl(self.root))
        if not self.root_path.exists():
            publish(self.root_path, self.root.certificate.public_bytes(Encoding.PEM))

    def person(
        self, officer_id: str, *, name: str, position: str, agency: str
    ) -> Holder:
        """Return the officer's key and certificate, issued at the first call."""
        subject = person_name(officer_id, name=name, position=position, agency=agency)
        path = self._keys / "persons" / _file_name(officer_id)
        return holder_at(path, partial(issue_signing, self.root, subject))

    def seal(self, agency_id: str, *, name: str) -> Holder:
        """Return the agency's seal key and certificate, issued at the first call."""
        path = self._keys / "seals" / _file_name(agency_id)
        subject = seal_name(agency_id, name=name)
        return holder_at(path, partial(issue_signing, self.root, subject))

    @property
    def trust_pem(self) -> bytes:
        """The root and its CRL, as `sign verify --trust` takes them."""
        return self.root_path.read_bytes() + self.crl_path.read_bytes()


def _without_key(folder: Path) -> FaultError:
    return FaultError(
        f"Thiếu khóa gốc {folder}/keys/root.pem; hãy phục hồi từ bản sao lưu.",
        f"The root key {folder}/keys/root.pem is missing; restore it from the backup.",
    )


def _file_name(identity: str) -> str:
    """Return a name for any id: a hash keeps `..` and `/` out of paths."""
    return f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.pem"
