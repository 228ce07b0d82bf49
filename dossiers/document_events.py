"""What happens beside the dossiers: to documents, and who read them."""

from typing import Annotated, Literal

from dossiers.values import Fact, KeyDependent


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


class DocumentStateChanged(Fact):
    """A document became valid, superseded, revoked or expired."""

    type: Literal["vn.nambuoc.document.state-changed.v1"] = (
        "vn.nambuoc.document.state-changed.v1"
    )
    state: Literal["valid", "superseded", "revoked", "expired", "quarantined"]
    reason: str


class DocumentRead(Fact):
    """Somebody read a person's paper (`access:<dossier id>` stream)."""

    type: Literal["vn.nambuoc.access.document-read.v1"] = (
        "vn.nambuoc.access.document-read.v1"
    )
    document: str
    purpose: str
