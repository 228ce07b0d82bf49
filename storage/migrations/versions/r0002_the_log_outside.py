"""
What the log needs to be published: a hold on writing, marks, messages taken in.

`log_head.hold` says why nothing may be appended; `mark` how far relay and auditor came,
for people to see; `intake_message` which messages of other systems were answered, by
their CloudEvents source and id.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one column and two tables."""
    op.add_column("log_head", sa.Column("hold", sa.Text()))
    op.create_table(
        "mark",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "intake_message",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("message_id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
