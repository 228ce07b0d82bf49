"""Lists for people: dossiers by status, documents by owner; ids and codes only."""

from sqlalchemy import Engine, bindparam, select

from dossiers.values import local
from storage.engine import reading
from storage.paper_tables import DOCUMENT
from storage.refusals import unknown
from storage.tables import DOSSIER_VIEW, EFFECT, RUN_LEASE, instant

_VERSION = select(DOSSIER_VIEW.c.version).where(
    DOSSIER_VIEW.c.dossier_id == bindparam("d")
)
_ROW = select(DOSSIER_VIEW).where(DOSSIER_VIEW.c.dossier_id == bindparam("d"))
_OWED = (
    select(RUN_LEASE.c.dossier_id)
    .where(RUN_LEASE.c.closed == 0, RUN_LEASE.c.wanted > RUN_LEASE.c.seen)
    .where(RUN_LEASE.c.parked_reason.is_(None))
    .limit(1)
)
_OWNED = (
    select(DOCUMENT)
    .where(DOCUMENT.c.owner == bindparam("o"))
    .order_by(DOCUMENT.c.stored_at, DOCUMENT.c.document_id)
)
_TOLD = (
    *("number", "issuer", "issued_on", "expires_on", "level", "source"),
    *("signature", "signer", "converter"),
)
_EFFECTS = select(EFFECT.c.key)
_ALL_DOCUMENTS = select(DOCUMENT.c.document_id).order_by(DOCUMENT.c.document_id)


class Listing:
    """Reads the read models; writes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def version_of(self, dossier_id: str) -> int:
        """Read the version alone; 0 when there is no such dossier."""
        with reading(self._engine) as connection:
            return connection.execute(_VERSION, {"d": dossier_id}).scalar() or 0

    def view(self, dossier_id: str) -> dict[str, object]:
        """Read the whole row of a dossier; raises NotFoundError."""
        with reading(self._engine) as connection:
            row = connection.execute(_ROW, {"d": dossier_id}).mappings().first()
        if row is None:
            raise unknown(dossier_id)
        return dict(row)

    def dossiers(self, *, status: str | None, limit: int) -> list[dict[str, object]]:
        """List dossiers by code, as architecture §4 names the fields."""
        asked = select(DOSSIER_VIEW).order_by(DOSSIER_VIEW.c.code).limit(limit)
        if status is not None:
            asked = asked.where(DOSSIER_VIEW.c.status == status)
        with reading(self._engine) as connection:
            rows = connection.execute(asked).mappings().all()
        return [
            {
                "code": row["code"],
                "id": row["dossier_id"],
                "procedure": row["procedure"],
                "status": row["status"],
                "step": row["step"],
                "due": _shown(row["due_at"]),
                "holder": row["holder"],
                "version": row["version"],
                "channel": row["channel"],
                "owner": row["owner"],
            }
            for row in rows
        ]

    def documents(self, owner: str) -> list[dict[str, object]]:
        """List what lies in an owner's store, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(_OWNED, {"o": owner}).mappings().all()
        return [
            {
                "id": row["document_id"],
                "type": row["type_code"],
                "media_type": row["media_type"],
                "state": row["state"],
                "source_dossier": row["source_dossier"],
                "stored_at": _shown(row["stored_at"]),
                **{name: row[name] for name in _TOLD},
            }
            for row in rows
        ]

    def document_ids(self) -> list[str]:
        """List every document's id."""
        with reading(self._engine) as connection:
            return list(connection.execute(_ALL_DOCUMENTS).scalars())

    def effect_keys(self) -> frozenset[str]:
        """Read the key of every effect that was ever promised."""
        with reading(self._engine) as connection:
            return frozenset(connection.execute(_EFFECTS).scalars())

    def is_owed(self) -> bool:
        """Whether some run still has an automatic part due."""
        with reading(self._engine) as connection:
            return connection.execute(_OWED).first() is not None


def _shown(stored: int | None) -> str | None:
    return None if stored is None else local(instant(stored)).isoformat()
