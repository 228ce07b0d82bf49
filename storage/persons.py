"""Persons by opaque id, found again through a blind index over the id number."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import Engine, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from dossiers.ports import Ids, Person
from storage.encryption.fields import seal_field
from storage.encryption.keys import KeyProvider, Purpose
from storage.engine import reading, writing
from storage.tables import PERSON

_FIND = select(PERSON.c.person_id).where(PERSON.c.blind == bindparam("b"))
_ADD = insert(PERSON)


class SqlPersons:
    """The private table of persons; names and numbers lie encrypted."""

    def __init__(self, engine: Engine, keys: KeyProvider, ids: Ids) -> None:
        self._engine = engine
        self._ids = ids
        self._index = keys.sub_key(Purpose.BLIND_INDEX)
        self._fields = keys.sub_key(Purpose.PRIVATE_FIELDS)

    def resolve(self, person: Person, at: datetime) -> str:
        """Find the person of this id number, or make one; the first id stays."""
        number = person.id_number.strip().casefold().encode()
        blind = hmac.digest(self._index, number, hashlib.sha256)
        found = self._find(blind)
        if found is not None:
            return found
        made = self._ids.new(at, "person", number.decode())
        sealed = seal_field(
            self._fields, person.model_dump_json().encode(), made.encode()
        )
        row = {"person_id": made, "blind": blind, "sealed": sealed}
        with writing(self._engine) as connection:
            try:
                with connection.begin_nested():
                    connection.execute(_ADD, row)
            except IntegrityError:  # another process was faster
                first: str = connection.execute(_FIND, {"b": blind}).scalar_one()
                return first
        return made

    def _find(self, blind: bytes) -> str | None:
        with reading(self._engine) as connection:
            return connection.execute(_FIND, {"b": blind}).scalar()
