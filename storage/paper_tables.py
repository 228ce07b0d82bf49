"""
The tables of documents: where their bytes lie, what they are, who holds them.

Split from `tables` for length alone; both declare into one METADATA.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from storage.tables import METADATA

OWNER_KEY = Table(
    "owner_key",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("retention", Text, primary_key=True),
    Column("kek_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

UPLOAD_INTENT = Table(
    "upload_intent",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

BLOB = Table(
    "blob",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("retention", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("store_id", Text, nullable=False, server_default="local"),
    Column("version_id", Text),
    Column("locked_until", BigInteger),
    Column("last_verified", BigInteger),
    sqlite_with_rowid=False,
)
READABLE = "state IN ('live', 'deleting')"
Index(
    "blob_content",
    BLOB.c.owner,
    BLOB.c.retention,
    BLOB.c.sha256,
    unique=True,
    sqlite_where=text(READABLE),
    postgresql_where=text(READABLE),
)

DOCUMENT = Table(
    "document",
    METADATA,
    Column("document_id", Text, primary_key=True),
    Column("upload", Text, nullable=False, unique=True),
    Column("blob_key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("type_code", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("source_dossier", Text),
    Column("stored_at", BigInteger, nullable=False),
    Column("number", Text),
    Column("issuer", Text),
    Column("issued_on", Text),
    Column("expires_on", Text),
    Column("level", SmallInteger, nullable=False, server_default="0"),
    Column("source", Text, nullable=False, server_default="upload"),
    Column("signature", Text, nullable=False, server_default="none"),
    Column("signer", Text),
    Column("converter", Text),
    Column("converted_at", BigInteger),
    sqlite_with_rowid=False,
)
Index("document_owner", DOCUMENT.c.owner, DOCUMENT.c.type_code, DOCUMENT.c.state)

BINDING = Table(
    "binding",
    METADATA,
    Column("document_id", Text, primary_key=True),
    Column("dossier_id", Text, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("reused", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("binding_dossier", BINDING.c.dossier_id)

CONSENT = Table(
    "consent",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("granted_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    sqlite_with_rowid=False,
)

RENDITION = Table(
    "rendition",
    METADATA,
    Column("document_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("blob_key", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    sqlite_with_rowid=False,
)
