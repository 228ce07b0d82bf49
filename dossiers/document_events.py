"""What happens beside the dossiers: to documents, and who read them."""

from datetime import date
from typing import Annotated, Literal

from dossiers.reuse_rules import Conversion, Signature, Source
from dossiers.values import Fact, KeyDependent

PaperState = Literal[
    "valid", "superseded", "revoked", "expired", "quarantined", "refused", "erased"
]
"""What became of a document that lies in the store."""


class DocumentStored(Fact):
    """An upload passed the checks and lies in the store (`document:<id>` stream)."""

    type: Literal["vn.nambuoc.document.stored.v1"] = "vn.nambuoc.document.stored.v1"
    owner: str
    document_type: str
    media_type: str
    size: Annotated[int, KeyDependent()]
    sha256: Annotated[str, KeyDependent()]
    state: Literal["valid", "quarantined", "draft"]
    source_dossier: str | None = None
    number: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    level: int = 0
    source: Source = "upload"
    signature: Signature = "none"
    signer: str | None = None
    conversion: Conversion | None = None


class DocumentDigitized(Fact):
    """An officer compared the scan with the paper and set the conversion mark."""

    type: Literal["vn.nambuoc.document.digitized.v1"] = (
        "vn.nambuoc.document.digitized.v1"
    )
    conversion: Conversion
    level: int


class DocumentStateChanged(Fact):
    """A document became valid, superseded, revoked, expired, refused or erased."""

    type: Literal["vn.nambuoc.document.state-changed.v1"] = (
        "vn.nambuoc.document.state-changed.v1"
    )
    state: PaperState
    reason: str


class DocumentRead(Fact):
    """Somebody read a person's paper (`access:<dossier id>` stream)."""

    type: Literal["vn.nambuoc.access.document-read.v1"] = (
        "vn.nambuoc.access.document-read.v1"
    )
    document: str
    purpose: str


class ConsentGiven(Fact):
    """An owner allows that his papers are reused (`access:<owner>` stream)."""

    type: Literal["vn.nambuoc.access.consent-given.v1"] = (
        "vn.nambuoc.access.consent-given.v1"
    )
    owner: str
    scope: Literal["reuse"] = "reuse"


class ConsentWithdrawn(Fact):
    """He allows it no longer; what was bound on it before stays."""

    type: Literal["vn.nambuoc.access.consent-withdrawn.v1"] = (
        "vn.nambuoc.access.consent-withdrawn.v1"
    )
    owner: str
    scope: Literal["reuse"] = "reuse"
