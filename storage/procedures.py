"""Procedures: drafts of the catalogue and published, immutable versions (D9)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import Engine, Row, Select, insert, select

from dossiers.codes import ProcedureReference
from dossiers.errors import MalformedError, NotFoundError
from dossiers.procedure import Procedure
from storage.engine import reading, writing
from storage.tables import PROCEDURE

_KNOWN = select(PROCEDURE.c.digest)
_COLUMNS = select(PROCEDURE.c.digest, PROCEDURE.c.issuer, PROCEDURE.c.body)
DRAFT, PUBLISHED = "draft", "published"


@lru_cache(maxsize=512)
def _parsed(body: str) -> Procedure:
    return Procedure.model_validate_json(body)


class SqlProcedures:
    """Drafts and published versions by content digest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, reference: str, at: date) -> Procedure:
        """Find the version in force on a local day; NotFoundError, MalformedError."""
        day = at.isoformat()
        return self._one(
            reference,
            _COLUMNS.where(PROCEDURE.c.state == PUBLISHED)
            .where(PROCEDURE.c.effective_from <= day)
            .where(
                PROCEDURE.c.effective_to.is_(None) | (PROCEDURE.c.effective_to > day)
            )
            .order_by(PROCEDURE.c.effective_from, PROCEDURE.c.digest),
        )

    def version(self, digest: str) -> Procedure:
        """Find a version by its content digest; raises NotFoundError."""
        asked = _COLUMNS.where(PROCEDURE.c.digest == digest)
        with reading(self._engine) as connection:
            row = connection.execute(asked).first()
        if row is None:
            vi = f"không có bản thủ tục {digest[:12]}…"
            raise NotFoundError(vi, f"no procedure version {digest[:12]}…")
        return _parsed(row.body)

    def draft(self, reference: str) -> Procedure:
        """Find the newest draft; raises NotFoundError, MalformedError."""
        asked = _COLUMNS.where(PROCEDURE.c.state == DRAFT)
        return self._one(reference, asked.order_by(PROCEDURE.c.digest))

    def look_up(self, reference: str) -> Procedure:
        """Find the published version, else the draft."""
        asked = _COLUMNS.order_by(PROCEDURE.c.state, PROCEDURE.c.effective_from)
        return self._one(reference, asked)

    def all(self) -> Iterator[Procedure]:
        """Read every draft and version, by code."""
        asked = _COLUMNS.order_by(PROCEDURE.c.code, PROCEDURE.c.issuer)
        with reading(self._engine) as connection:
            rows = connection.execute(asked).all()
        for row in rows:
            yield _parsed(row.body)

    def add_drafts(self, drafts: Iterable[Procedure]) -> None:
        """Keep drafts; one that is there already stays as it is."""
        with writing(self._engine) as connection:
            known = set(connection.execute(_KNOWN).scalars())
            rows = {one.digest: _row(one) for one in drafts}
            new = [row for digest, row in rows.items() if digest not in known]
            if new:
                connection.execute(insert(PROCEDURE), new)

    def publish(self, procedure: Procedure) -> None:
        """Keep a published version, once; versions are never changed."""
        self.add_drafts([procedure])

    def _one(self, reference: str, asked: Select[tuple[str, str, str]]) -> Procedure:
        wanted = ProcedureReference.parse(reference)
        asked = asked.where(PROCEDURE.c.code == str(wanted.code))
        if wanted.issuer:
            asked = asked.where(PROCEDURE.c.issuer == wanted.issuer)
        with reading(self._engine) as connection:
            rows = connection.execute(asked).all()
        if not rows:
            see = "nambuoc procedure list"
            vi = f"không có thủ tục {reference} đang áp dụng; xem: {see}"
            raise NotFoundError(vi, f"no procedure {reference} in force; see {see}")
        _demand_clear(reference, rows)
        return _parsed(rows[-1].body)


def _demand_clear(reference: str, rows: Sequence[Row[tuple[str, str, str]]]) -> None:
    issuers = sorted({row.issuer for row in rows})
    if len(issuers) > 1:
        choices = ", ".join(f"{reference}@{issuer}" for issuer in issuers)
        vi = f"thủ tục {reference} có ở nhiều nơi ban hành; chọn: {choices}"
        raise MalformedError(vi, f"{reference} is ambiguous; choose: {choices}")


def _row(one: Procedure) -> dict[str, object]:
    return {
        "digest": one.digest,
        "code": one.code,
        "issuer": one.issuer,
        "name": one.name,
        "state": one.state,
        "effective_from": one.effective_from and one.effective_from.isoformat(),
        "effective_to": one.effective_to and one.effective_to.isoformat(),
        "body": one.model_dump_json(),
    }
