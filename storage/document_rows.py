"""Documents as rows and as events: what is told of them, in one place."""

from typing import TYPE_CHECKING

from dossiers.envelope import Event
from dossiers.events import DocumentStored
from dossiers.ports import Document, NewDocument
from dossiers.reuse_rules import PaperIdentity
from dossiers.values import ENGINE, Actor
from storage.tables import instant, micros

if TYPE_CHECKING:
    from sqlalchemy import Row

STORE = Actor(id=ENGINE, position=ENGINE, agency="store")
"""Who says that a document lies in the store."""
_IDENTITY = ("number", "issuer", "issued_on", "expires_on")


def row_of(document_id: str, about: NewDocument, key: str) -> dict[str, object]:
    """Write the row of a new document whose bytes lie under a key."""
    marked = about.conversion
    return {
        "document_id": document_id,
        "upload": about.upload,
        "blob_key": key,
        "owner": about.owner,
        "type_code": about.type_code,
        "media_type": about.media_type,
        "state": about.state,
        "source_dossier": about.source_dossier,
        "stored_at": micros(about.at),
        "level": about.level,
        "source": about.source,
        "signature": about.signature,
        "signer": about.signer,
        "converter": marked and marked.converter,
        "converted_at": marked and micros(marked.at),
        **about.identity.model_dump(mode="json"),
    }


def stored(document_id: str, about: NewDocument, sha256: str, size: int) -> Event:
    """Write the first event of a document's stream, without its id."""
    fact = DocumentStored.model_validate(
        {
            "owner": about.owner,
            "document_type": about.type_code,
            "media_type": about.media_type,
            "size": size,
            "sha256": sha256,
            "state": about.state,
            "source_dossier": about.source_dossier,
            "level": about.level,
            "source": about.source,
            "signature": about.signature,
            "signer": about.signer,
            "conversion": about.conversion,
            **about.identity.model_dump(),
        }
    )
    return Event(
        id="",
        stream=f"document:{document_id}",
        version=1,
        occurred_at=about.at,
        actor=STORE,
        command=about.upload,
        fact=fact,
    )


def described(row: "Row[tuple[object, ...]]", *, readable: bool = True) -> Document:
    """Read a document's row, joined with digest and size of its blob."""
    told = {name: getattr(row, name) for name in _IDENTITY}
    converted_at = row.converted_at
    return Document(
        id=row.document_id,
        owner=row.owner,
        type_code=row.type_code,
        media_type=row.media_type,
        sha256=row.sha256.hex(),
        size=row.size,
        state=row.state,
        source_dossier=row.source_dossier,
        stored_at=instant(row.stored_at),
        identity=PaperIdentity.model_validate(told),
        level=row.level,
        source=row.source,
        signature=row.signature,
        signer=row.signer,
        converter=row.converter,
        converted_at=None if converted_at is None else instant(converted_at),
        readable=readable,
    )
