"""What other systems handed in: each message once, with the answer it got."""

from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, select, text, update

from storage.engine import DatabaseClock, reading, writing
from storage.tables import INTAKE_MESSAGE

_I = INTAKE_MESSAGE.c
_CLAIM = text(
    "INSERT INTO intake_message (source, message_id, digest, at)"
    " VALUES (:whose, :number, :digest, :at)"
    " ON CONFLICT (source, message_id) DO UPDATE SET digest = intake_message.digest"
)
_NOW = select(DatabaseClock())
_THIS = (_I.source == bindparam("whose"), _I.message_id == bindparam("number"))
_GET = select(_I.digest, _I.answer).where(*_THIS)
_ANSWER = (
    update(INTAKE_MESSAGE)
    .where(*_THIS, _I.answer.is_(None))
    .values(answer=bindparam("told"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The bytes (SHA-256) that came first under a name, and their answer if any."""

    digest: bytes
    answer: str | None


class Inbox:
    """One row for each message of a source; never changed once it is answered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, source: str, number: str, digest: bytes) -> Claimed:
        """Write that these bytes came under this name; tells what came first."""
        key = {"whose": source, "number": number}
        with writing(self._engine) as connection:
            at = connection.execute(_NOW).scalar_one()
            connection.execute(_CLAIM, {**key, "digest": digest, "at": at})
            row = connection.execute(_GET, key).one()
        return Claimed(bytes(row.digest), row.answer)

    def settle(self, source: str, number: str, answer: str) -> str:
        """Keep the answer of a claimed message; tells the one that was first."""
        key = {"whose": source, "number": number}
        with writing(self._engine) as connection:
            connection.execute(_ANSWER, {**key, "told": answer})
            told: str = connection.execute(_GET, key).one().answer
        return told

    def answered(self, source: str, number: str) -> str | None:
        """Read the answer that a message got; None when there is none yet."""
        key = {"whose": source, "number": number}
        with reading(self._engine) as connection:
            row = connection.execute(_GET, key).first()
        return None if row is None else row.answer
