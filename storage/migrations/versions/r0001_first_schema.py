"""The first schema: journal, read models, run rows, effects, catalogue, documents."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)

revision = "0001"
down_revision = None

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_CODE = Text().with_variant(Text(collation="C"), "postgresql")
_REFUSAL = "the journal is append-only"


def upgrade() -> None:
    """Make the tables, the first tree head and the guards of the journal."""
    for make in (
        _event,
        _log_head,
        _dossier_view,
        _document_number,
        _dossier_key,
        _dossier_private,
        _run_lease,
        _effect,
        _person,
        _procedure,
        _office,
        _calendar,
        _owner_key,
        _upload_intent,
        _blob,
        _document,
        _meta,
    ):
        make()
    if op.get_context().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{verb.lower()} BEFORE {verb} ON event "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER event_no_{verb.lower()} BEFORE {verb} ON event "
            "FOR EACH STATEMENT EXECUTE FUNCTION event_refuse()"
        )


def _event() -> None:
    op.create_table(
        "event",
        Column("seq", _NUMBER, autoincrement=False, nullable=False),
        Column("event_id", Text(), nullable=False),
        Column("stream", Text(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("command_id", Text()),
        Column("type", Text(), nullable=False),
        Column("occurred_at", BigInteger(), nullable=False),
        Column("recorded_at", BigInteger(), nullable=False),
        Column("part", SmallInteger(), nullable=False),
        Column("body", LargeBinary(), nullable=False),
        Column("leaf", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("seq"),
        UniqueConstraint("command_id"),
        UniqueConstraint("event_id"),
        UniqueConstraint("stream", "version"),
    )


def _log_head() -> None:
    head = op.create_table(
        "log_head",
        Column("id", SmallInteger(), autoincrement=False, nullable=False),
        Column("size", BigInteger(), nullable=False),
        Column("compact", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "compact": b""}])


def _dossier_view() -> None:
    op.create_table(
        "dossier_view",
        Column("dossier_id", Text(), nullable=False),
        Column("code", _CODE, nullable=False),
        Column("procedure", Text(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("status", Text(), nullable=False),
        Column("step", Text()),
        Column("holder", Text()),
        Column("receiving_agency", Text(), nullable=False),
        Column("competent_agency", Text()),
        Column("channel", Text(), nullable=False),
        Column("owner", Text(), nullable=False),
        Column("due_at", BigInteger()),
        Column("appointed_at", BigInteger()),
        Column("statutory_due_at", BigInteger()),
        Column("submitted_at", BigInteger(), nullable=False),
        Column("received_at", BigInteger()),
        Column("issued_at", BigInteger()),
        Column("ended_at", BigInteger()),
        Column("supplements", SmallInteger(), nullable=False),
        Column("apologies", SmallInteger(), nullable=False),
        Column("moved", SmallInteger(), nullable=False),
        Column("decision", Text()),
        Column("outcome", Text()),
        PrimaryKeyConstraint("dossier_id"),
        UniqueConstraint("code"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "dossier_view_open",
        "dossier_view",
        ["due_at"],
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    )
    op.create_index("dossier_view_owner", "dossier_view", ["owner"])


def _document_number() -> None:
    op.create_table(
        "document_number",
        Column("agency", Text(), nullable=False),
        Column("year", SmallInteger(), autoincrement=False, nullable=False),
        Column("number", Integer(), autoincrement=False, nullable=False),
        Column("symbol", Text(), nullable=False),
        Column("dossier_id", Text(), nullable=False),
        Column("state", Text(), nullable=False),
        PrimaryKeyConstraint("agency", "year", "number"),
        sqlite_with_rowid=False,
    )


def _dossier_key() -> None:
    op.create_table(
        "dossier_key",
        Column("dossier_id", Text(), nullable=False),
        Column("kek_id", Text(), nullable=False),
        Column("wrapped", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("dossier_id"),
        sqlite_with_rowid=False,
    )


def _dossier_private() -> None:
    op.create_table(
        "dossier_private",
        Column("dossier_id", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("version", Integer(), autoincrement=False, nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("dossier_id", "name", "version"),
        sqlite_with_rowid=False,
    )


def _run_lease() -> None:
    op.create_table(
        "run_lease",
        Column("dossier_id", Text(), nullable=False),
        Column("run_id", Text()),
        Column("wanted", Integer(), nullable=False),
        Column("seen", Integer(), nullable=False),
        Column("shown", SmallInteger(), nullable=False),
        Column("owner", Text()),
        Column("until", BigInteger(), nullable=False),
        Column("attempts", SmallInteger(), nullable=False),
        Column("not_before", BigInteger(), nullable=False),
        Column("last_error", Text()),
        Column("parked_reason", Text()),
        Column("closed", SmallInteger(), nullable=False),
        PrimaryKeyConstraint("dossier_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "run_lease_due",
        "run_lease",
        ["until"],
        sqlite_where=text("closed = 0 AND wanted > seen"),
        postgresql_where=text("closed = 0 AND wanted > seen"),
    )


def _effect() -> None:
    op.create_table(
        "effect",
        Column("key", Text(), nullable=False),
        Column("code", Text(), nullable=False),
        Column("about", Text(), nullable=False),
        Column("state", Text(), nullable=False),
        Column("attempts", SmallInteger(), nullable=False),
        Column("not_before", BigInteger(), nullable=False),
        Column("owner", Text()),
        Column("until", BigInteger(), nullable=False),
        Column("receipt", Text()),
        Column("last_error", Text()),
        PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "effect_waiting",
        "effect",
        ["until"],
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    )


def _person() -> None:
    op.create_table(
        "person",
        Column("person_id", Text(), nullable=False),
        Column("blind", LargeBinary(), nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("person_id"),
        UniqueConstraint("blind"),
        sqlite_with_rowid=False,
    )


def _procedure() -> None:
    op.create_table(
        "procedure",
        Column("digest", Text(), nullable=False),
        Column("code", Text(), nullable=False),
        Column("issuer", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("state", Text(), nullable=False),
        Column("effective_from", Text()),
        Column("effective_to", Text()),
        Column("body", Text(), nullable=False),
        PrimaryKeyConstraint("digest"),
    )
    op.create_index("procedure_code", "procedure", ["code"])


def _office() -> None:
    op.create_table(
        "office",
        Column("number", Integer(), autoincrement=False, nullable=False),
        Column("version", Text(), nullable=False),
        Column("body", Text(), nullable=False),
        PrimaryKeyConstraint("number"),
        UniqueConstraint("version"),
    )


def _calendar() -> None:
    op.create_table(
        "calendar",
        Column("number", Integer(), autoincrement=False, nullable=False),
        Column("version", Text(), nullable=False),
        Column("body", Text(), nullable=False),
        PrimaryKeyConstraint("number"),
        UniqueConstraint("version"),
    )


def _owner_key() -> None:
    op.create_table(
        "owner_key",
        Column("owner", Text(), nullable=False),
        Column("retention", Text(), nullable=False),
        Column("kek_id", Text(), nullable=False),
        Column("wrapped", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("owner", "retention"),
        sqlite_with_rowid=False,
    )


def _upload_intent() -> None:
    op.create_table(
        "upload_intent",
        Column("key", Text(), nullable=False),
        Column("state", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("key"),
    )


def _blob() -> None:
    op.create_table(
        "blob",
        Column("key", Text(), nullable=False),
        Column("owner", Text(), nullable=False),
        Column("retention", Text(), nullable=False),
        Column("sha256", LargeBinary(), nullable=False),
        Column("size", BigInteger(), nullable=False),
        Column("wrapped", LargeBinary(), nullable=False),
        Column("state", Text(), nullable=False),
        PrimaryKeyConstraint("key"),
        UniqueConstraint("owner", "retention", "sha256"),
        sqlite_with_rowid=False,
    )


def _document() -> None:
    op.create_table(
        "document",
        Column("document_id", Text(), nullable=False),
        Column("upload", Text(), nullable=False),
        Column("blob_key", Text(), nullable=False),
        Column("owner", Text(), nullable=False),
        Column("type_code", Text(), nullable=False),
        Column("media_type", Text(), nullable=False),
        Column("state", Text(), nullable=False),
        Column("source_dossier", Text()),
        Column("stored_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("document_id"),
        UniqueConstraint("upload"),
        sqlite_with_rowid=False,
    )
    op.create_index("document_owner", "document", ["owner", "type_code"])


def _meta() -> None:
    op.create_table(
        "meta",
        Column("key", Text(), nullable=False),
        Column("value", Text(), nullable=False),
        PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
