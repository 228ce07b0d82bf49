"""
What papers need to be reused by rule: where they lie, what they are, who bound them.

A blob knows its store, its version there, its lock and its last scrub; content is
unique among blobs that can still be read, so an erased paper may come again. A document
carries its identity and its conversion mark. `binding` finds the dossiers that hold a
document, `consent` what an owner allowed, `rendition` what was made of a document.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_READABLE = sa.text("state IN ('live', 'deleting')")


def upgrade() -> None:
    """Make blob anew with its new uniqueness; add columns and three tables."""
    _blob()
    _identity()
    op.drop_index("document_owner", "document")
    op.create_index("document_owner", "document", ["owner", "type_code", "state"])
    _binding()
    _consent()
    _rendition()


def _identity() -> None:
    op.add_column("document", sa.Column("number", sa.Text()))
    op.add_column("document", sa.Column("issuer", sa.Text()))
    op.add_column("document", sa.Column("issued_on", sa.Text()))
    op.add_column("document", sa.Column("expires_on", sa.Text()))
    op.add_column(
        "document",
        sa.Column("level", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "document",
        sa.Column("source", sa.Text(), nullable=False, server_default="upload"),
    )
    op.add_column(
        "document",
        sa.Column("signature", sa.Text(), nullable=False, server_default="none"),
    )
    op.add_column("document", sa.Column("signer", sa.Text()))
    op.add_column("document", sa.Column("converter", sa.Text()))
    op.add_column("document", sa.Column("converted_at", sa.BigInteger()))


def _blob() -> None:
    op.rename_table("blob", "blob_before")
    made = op.create_table(
        "blob",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False, server_default="local"),
        sa.Column("version_id", sa.Text()),
        sa.Column("locked_until", sa.BigInteger()),
        sa.Column("last_verified", sa.BigInteger()),
        sqlite_with_rowid=False,
    )
    kept = ["key", "owner", "retention", "sha256", "size", "wrapped", "state"]
    before = sa.table("blob_before", *map(sa.column, kept))
    op.execute(made.insert().from_select(kept, sa.select(before)))
    op.drop_table("blob_before")
    op.create_index(
        "blob_content",
        "blob",
        ["owner", "retention", "sha256"],
        unique=True,
        sqlite_where=_READABLE,
        postgresql_where=_READABLE,
    )


def _binding() -> None:
    op.create_table(
        "binding",
        sa.Column("document_id", sa.Text(), primary_key=True),
        sa.Column("dossier_id", sa.Text(), primary_key=True),
        sa.Column("component", sa.Text(), primary_key=True),
        sa.Column("reused", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("binding_dossier", "binding", ["dossier_id"])


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sqlite_with_rowid=False,
    )


def _rendition() -> None:
    op.create_table(
        "rendition",
        sa.Column("document_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
