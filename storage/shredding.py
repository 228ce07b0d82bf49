"""
Crypto-shredding: what one key opened is unreadable when that key is gone.

The papers that an owner's store holds for reuse hang on one key. With it go their
blobs and documents in one transaction; digest, type and dates stay as a tombstone, and
so do dossier records and outcomes, which have keys of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Text, bindparam, delete, select, text, update

from dossiers.change import PaperAct
from dossiers.document_events import DocumentStateChanged
from dossiers.errors import NotFoundError, RefusedError
from dossiers.ports import Ids
from dossiers.values import Actor
from storage import journal, paper_acts
from storage.blobs import SHREDDED
from storage.engine import writing
from storage.paper_tables import BINDING, BLOB, DOCUMENT, OWNER_KEY, READABLE
from storage.tables import DOSSIER_VIEW

REUSE = "reuse"
_OWNER, _CLASS = bindparam("o", type_=Text), bindparam("r", type_=Text)
_OF_BLOB = (BLOB.c.owner == _OWNER, BLOB.c.retention == _CLASS)
_DOCUMENTS = (
    select(DOCUMENT.c.document_id)
    .join(BLOB, BLOB.c.key == DOCUMENT.c.blob_key)
    .where(*_OF_BLOB, DOCUMENT.c.state != "erased")
    .order_by(DOCUMENT.c.document_id)
)
_HOLDING = (
    select(DOSSIER_VIEW.c.code)
    .join(BINDING, BINDING.c.dossier_id == DOSSIER_VIEW.c.dossier_id)
    .where(BINDING.c.document_id.in_(_DOCUMENTS), DOSSIER_VIEW.c.ended_at.is_(None))
    .distinct()
    .order_by(DOSSIER_VIEW.c.code)
)
_FORGET = delete(OWNER_KEY).where(
    OWNER_KEY.c.owner == _OWNER, OWNER_KEY.c.retention == _CLASS
)
_CLOSE = (
    update(BLOB).where(*_OF_BLOB, text(READABLE)).values(state=SHREDDED, wrapped=b"")
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whose papers of which class go, who orders it, when and why."""

    owner: str
    reason: str
    command: str
    actor: Actor
    at: datetime
    retention: str = REUSE


def shred(engine: Engine, ids: Ids, erasure: Erasure) -> tuple[str, ...]:
    """
    Destroy the key of an owner's class of papers; the ids of the documents erased.

    Raises NotFoundError when there is nothing, RefusedError while an open dossier
    holds one of the papers.
    """
    whose = {"o": erasure.owner, "r": erasure.retention}
    with writing(engine) as connection:
        _overwrite_deleted(connection)
        journal.lock(connection)
        documents = tuple(connection.execute(_DOCUMENTS, whose).scalars())
        if not documents:
            raise _nothing(erasure.owner)
        if held := connection.execute(_HOLDING, whose).scalars().all():
            raise _held(held)
        for number, document in enumerate(documents):
            fact = DocumentStateChanged(state="erased", reason=erasure.reason)
            command = f"{erasure.command}:{number}"
            act = PaperAct(document, fact, erasure.actor, command, erasure.at)
            paper_acts.change(connection, act, ids)
        connection.execute(_CLOSE, whose)
        connection.execute(_FORGET, whose)
    _forget_pages(engine)
    return documents


def _overwrite_deleted(connection: Connection) -> None:
    """Let SQLite write zeros where the key was."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _forget_pages(engine: Engine) -> None:
    """Write the pages that still show the key anew: SQLite's log, PostgreSQL's rows."""
    statement = "VACUUM owner_key, blob"
    if engine.dialect.name == "sqlite":
        statement = "PRAGMA wal_checkpoint(TRUNCATE)"
    with engine.connect() as connection:
        raw = connection.execution_options(isolation_level="AUTOCOMMIT")
        raw.exec_driver_sql(statement)


def _nothing(owner: str) -> NotFoundError:
    vi = f"kho của {owner} không có giấy tờ nào để xóa"
    return NotFoundError(vi, f"the store of {owner} has no papers to erase")


def _held(codes: Sequence[str]) -> RefusedError:
    named = ", ".join(codes[:5])
    return RefusedError(
        f"hồ sơ đang giải quyết còn dùng giấy tờ này: {named}; kết thúc hồ sơ trước",
        f"open dossiers hold these papers: {named}; let them end first",
        rule="shredding",
    )
