"""What an audit asks a database: plain statements, so that values come raw."""

from sqlalchemy import (
    Select,
    Text,
    TextClause,
    bindparam,
    column,
    exists,
    literal,
    select,
    table,
    text,
)

MOST = 200
"""Strangers told of one table."""
ROWS = text(
    "SELECT seq, event_id, stream, version, command_id, type, occurred_at,"
    " recorded_at, part, body, leaf FROM event"
    " WHERE (part % :shares) IN (:share, -:share)"
    " ORDER BY stream, version"
)
STREAM = text(
    "SELECT seq, event_id, stream, version, command_id, type, occurred_at,"
    " recorded_at, part, body, leaf FROM event WHERE stream = :stream ORDER BY version"
)
BODIES = text("SELECT seq, body, leaf FROM event WHERE seq > :after ORDER BY seq")
PAGE = text(
    "SELECT seq, event_id, stream, version, command_id, type, occurred_at,"
    " recorded_at, part, body, leaf FROM event WHERE seq > :after AND seq <= :last"
    " ORDER BY seq LIMIT 500"
)
BEFORE = text(
    "SELECT 1 FROM event WHERE stream = :stream AND version = :version - 1"
    " AND seq < :seq"
)
STREAM_AT = text("SELECT stream FROM event WHERE seq = :seq")
BODIES_OF = text(
    "SELECT seq, stream, body, leaf FROM event"
    " WHERE (part % :shares) IN (:share, -:share) AND seq <= :last"
    " ORDER BY stream, version"
)
LEAVES = text("SELECT seq, leaf FROM event ORDER BY seq")
EXTENT = text("SELECT count(*), min(seq), max(seq) FROM event")
HOLD = text("SELECT hold FROM log_head")
BY_KEY = text("SELECT dossier_id FROM dossier_view WHERE code = :key")
BY_ID = text("SELECT 1 FROM event WHERE stream = :key LIMIT 1")
ARRIVALS = text(
    "SELECT stream, body FROM event WHERE version = 1 AND type LIKE '%submitted%'"
)


def _in(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=Text, expanding=True))


BESIDE = {
    "dossier_view": _in("SELECT * FROM dossier_view WHERE dossier_id IN :ids"),
    "document_number": _in("SELECT * FROM document_number WHERE dossier_id IN :ids"),
    "run_lease": _in(
        "SELECT dossier_id, shown, closed FROM run_lease WHERE dossier_id IN :ids"
    ),
    "dossier_key": _in("SELECT dossier_id FROM dossier_key WHERE dossier_id IN :ids"),
    "dossier_private": _in(
        "SELECT DISTINCT dossier_id FROM dossier_private WHERE dossier_id IN :ids"
    ),
    "binding": _in("SELECT * FROM binding WHERE dossier_id IN :ids"),
    "consent": _in("SELECT * FROM consent WHERE owner IN :ids"),
    "effect": _in(
        "SELECT key, code, about, state, receipt FROM effect WHERE key IN :ids"
    ),
    "document": _in(
        "SELECT d.*, b.sha256, b.size FROM document d"
        " LEFT JOIN blob b ON b.key = d.blob_key WHERE d.document_id IN :ids"
    ),
}
EVENT = table("event", column("stream"))


def orphans(name: str, key: str, kind: str) -> Select[tuple[str]]:
    """Ask for the rows of a table whose stream no event knows."""
    held = table(name, column(key, Text))
    stream = literal(f"{kind}:").concat(held.c[key])
    known = exists().where(EVENT.c.stream == stream)
    return select(held.c[key]).distinct().where(~known).limit(MOST)


ORPHANED = {
    "dossier_view": ("dossier_id", "dossier"),
    "document_number": ("dossier_id", "dossier"),
    "run_lease": ("dossier_id", "dossier"),
    "dossier_key": ("dossier_id", "dossier"),
    "dossier_private": ("dossier_id", "dossier"),
    "document": ("document_id", "document"),
    "binding": ("dossier_id", "dossier"),
    "consent": ("owner", "access"),
}
DOSSIERS = text("SELECT dossier_id FROM dossier_view ORDER BY dossier_id")
PROCEDURES = text("SELECT * FROM procedure ORDER BY digest")
EFFECTS = text("SELECT key FROM effect ORDER BY key")
COUNT_EFFECTS = text("SELECT count(*) FROM effect")
DOCUMENTS = text(
    "SELECT document_id FROM document WHERE document_id > :after"
    " ORDER BY document_id LIMIT 1000"
)
