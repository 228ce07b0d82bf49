"""Rows beside the journal, put right by what the events say; never the journal."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, insert, update

from storage.engine import open_database, writing
from storage.importing import Promises, import_missing, promise, wake
from storage.merkle import CompactRange
from storage.paper_tables import CONSENT, DOCUMENT
from storage.tables import EFFECT, RUN_LEASE

_WITHDRAW = delete(EFFECT).where(EFFECT.c.key == bindparam("k"))
_FORGET_CONSENT = delete(CONSENT).where(
    CONSENT.c.owner == bindparam("o"), CONSENT.c.scope == bindparam("s")
)
_FORGET_RUN = delete(RUN_LEASE).where(RUN_LEASE.c.dossier_id == bindparam("d"))


class Mending:
    """Puts one database right; every act may be repeated."""

    def __init__(self, url: str) -> None:
        """Name the database; it is connected at the first act."""
        self._engine = open_database(url)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def import_missing(
        self,
        events: Iterable[tuple[int, bytes]],
        *,
        wanted: CompactRange | None,
        promises: Promises,
    ) -> int:
        """Append what is missing behind the journal's end, as `import_missing`."""
        return import_missing(self._engine, events, wanted=wanted, promises=promises)

    def wake(self, dossier_ids: Iterable[str]) -> None:
        """Let the engine go through these runs again; a missing row is made."""
        with writing(self._engine) as connection:
            for dossier_id in dossier_ids:
                wake(connection, dossier_id)

    def promise(self, effects: Iterable[tuple[str, str, str]]) -> None:
        """Promise these effects again: the receiver knows each by its key."""
        with writing(self._engine) as connection:
            for key, code, about in effects:
                connection.execute(_WITHDRAW, {"k": key})
                promise(connection, key, code, about)

    def withdraw(self, keys: Sequence[str]) -> None:
        """Remove effects that no event promised."""
        with writing(self._engine) as connection:
            for key in keys:
                connection.execute(_WITHDRAW, {"k": key})

    def forget_runs(self, dossier_ids: Sequence[str]) -> None:
        """Remove run rows of dossiers that no event knows."""
        with writing(self._engine) as connection:
            for dossier_id in dossier_ids:
                connection.execute(_FORGET_RUN, {"d": dossier_id})

    def correct_consent(self, key: str, fields: Mapping[str, object] | None) -> None:
        """Let an owner's word be what his events say; None: he never said it."""
        owner, _, scope = key.rpartition("/")
        with writing(self._engine) as connection:
            connection.execute(_FORGET_CONSENT, {"o": owner, "s": scope})
            if fields is not None:
                connection.execute(insert(CONSENT), dict(fields))

    def correct_document(self, document_id: str, fields: Mapping[str, object]) -> None:
        """Let a document's row say what its events say; ConflictError."""
        known = {name: value for name, value in fields.items() if name in DOCUMENT.c}
        if known:
            row = update(DOCUMENT).where(DOCUMENT.c.document_id == document_id)
            with writing(self._engine) as connection:
                connection.execute(row.values(**known))
