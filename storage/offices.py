"""The register of agencies and officers, by version."""

import time

from sqlalchemy import Engine

from dossiers.parties import Register
from storage import versions
from storage.tables import OFFICE

_FRESH_S = 1.0


class SqlOffices:
    """The newest register version is in force; a fresh home has the given one."""

    def __init__(self, engine: Engine, first: Register) -> None:
        self._engine = engine
        self._first = first
        self._kept: tuple[float, int, Register] | None = None

    def current(self) -> Register:
        """Load the register in force; another process's change shows in a second."""
        now = time.monotonic()
        if self._kept is not None and now < self._kept[0]:
            return self._kept[2]
        found = versions.newest(self._engine, OFFICE)
        number, register = 0, self._first
        if found is not None:
            number = found[0]
            if self._kept is not None and self._kept[1] == number:
                register = self._kept[2]
            else:
                register = Register.model_validate_json(found[1])
        self._kept = (now + _FRESH_S, number, register)
        return register

    def add(self, register: Register) -> None:
        """Let a register version be in force from now on."""
        body = register.model_dump_json()
        versions.add(self._engine, OFFICE, register.version, body)
        self._kept = None
