"""
The tables, as SQLAlchemy Core; `migrations/` makes them.

Instants are integers: microseconds since 1970, UTC. Read models and events hold ids
and codes only; personal fields lie encrypted in `dossier_private` and `person`.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()
DUE = "closed = 0 AND wanted > seen"
"""The rows of `run_lease` that ask for a segment, as the partial index spells it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
# Codes are compared byte by byte on both databases, as SQLite does.
_CODE = Text().with_variant(Text(collation="C"), "postgresql")


def micros(at: datetime) -> int:
    """Turn an aware instant into whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    """Turn microseconds since 1970 into an instant in UTC."""
    return _EPOCH + timedelta(microseconds=stored)


EVENT = Table(
    "event",
    METADATA,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False, unique=True),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("command_id", Text, unique=True),
    Column("type", Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("stream", "version"),
)

LOG_HEAD = Table(
    "log_head",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("compact", LargeBinary, nullable=False),
    Column("hold", Text),
)

MARK = Table(
    "mark",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

INTAKE_MESSAGE = Table(
    "intake_message",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("answer", Text),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

DOSSIER_VIEW = Table(
    "dossier_view",
    METADATA,
    Column("dossier_id", Text, primary_key=True),
    Column("code", _CODE, nullable=False, unique=True),
    Column("procedure", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("step", Text),
    Column("holder", Text),
    Column("receiving_agency", Text, nullable=False),
    Column("competent_agency", Text),
    Column("channel", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("appointed_at", BigInteger),
    Column("statutory_due_at", BigInteger),
    Column("submitted_at", BigInteger, nullable=False),
    Column("received_at", BigInteger),
    Column("issued_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("supplements", SmallInteger, nullable=False),
    Column("apologies", SmallInteger, nullable=False),
    Column("moved", SmallInteger, nullable=False),
    Column("decision", Text),
    Column("outcome", Text),
    sqlite_with_rowid=False,
)
Index("dossier_view_owner", DOSSIER_VIEW.c.owner)
Index(
    "dossier_view_open",
    DOSSIER_VIEW.c.due_at,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

DOCUMENT_NUMBER = Table(
    "document_number",
    METADATA,
    Column("agency", Text, primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("symbol", Text, nullable=False),
    Column("dossier_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    sqlite_with_rowid=False,
)

DOSSIER_KEY = Table(
    "dossier_key",
    METADATA,
    Column("dossier_id", Text, primary_key=True),
    Column("kek_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

DOSSIER_PRIVATE = Table(
    "dossier_private",
    METADATA,
    Column("dossier_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

RUN_LEASE = Table(
    "run_lease",
    METADATA,
    Column("dossier_id", Text, primary_key=True),
    Column("run_id", Text),
    Column("wanted", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("shown", SmallInteger, nullable=False),
    Column("owner", Text),
    Column("until", BigInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("last_error", Text),
    Column("parked_reason", Text),
    Column("closed", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "run_lease_due",
    RUN_LEASE.c.until,
    sqlite_where=text(DUE),
    postgresql_where=text(DUE),
)

EFFECT = Table(
    "effect",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("owner", Text),
    Column("until", BigInteger, nullable=False),
    Column("receipt", Text),
    Column("last_error", Text),
    sqlite_with_rowid=False,
)
WAITING = "state = 'waiting'"
Index(
    "effect_waiting",
    EFFECT.c.until,
    sqlite_where=text(WAITING),
    postgresql_where=text(WAITING),
)

PERSON = Table(
    "person",
    METADATA,
    Column("person_id", Text, primary_key=True),
    Column("blind", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

PROCEDURE = Table(
    "procedure",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("effective_from", Text),
    Column("effective_to", Text),
    Column("body", Text, nullable=False),
)
Index("procedure_code", PROCEDURE.c.code)

OFFICE = Table(
    "office",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),
)

CALENDAR = Table(
    "calendar",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),
)

META = Table(
    "meta",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
