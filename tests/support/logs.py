"""Journals to sign, in SQLite files: equal ones, forks of each other, large ones."""

import resource
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from dossiers.crashpoints import arm
from dossiers.errors import FaultError
from infra.checkpoints import Checkpoints
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.engine import Database, open_database
from storage.journal import SqlJournal
from tests.support.changes import submitted
from tests.support.databases import sql_kernel

ORIGIN = "nambuoc.example/log"
DISK_FULL = 28
"""How a signing process ends that could not write."""


@dataclass(frozen=True, slots=True)
class Log:
    """One journal; the same dossiers make the same bytes."""

    url: str
    journal: SqlJournal
    dossiers: SqlDossiers

    def add(self, *numbers: int) -> None:
        """Hand in dossiers of these numbers: two events each."""
        for number in numbers:
            self.dossiers.append(submitted(number))


class Logs:
    """Makes journals in a folder; close them at the end."""

    def __init__(self, folder: Path, template: Path, keys: FileKeys) -> None:
        """Take where they lie, an empty migrated database, and a key file."""
        self._folder = folder
        self._template = template
        self._keys = keys
        self._engines = list[Database]()

    def __call__(self, *numbers: int) -> Log:
        """Make a journal of dossiers of these numbers."""
        path = self._folder / f"journal{len(self._engines)}.db"
        shutil.copy(self._template, path)
        engine = open_database(f"sqlite:///{path}")
        self._engines.append(engine)
        dossiers = sql_kernel(engine, self._keys).dossiers
        assert isinstance(dossiers, SqlDossiers)
        log = Log(f"sqlite:///{path}", SqlJournal(engine), dossiers)
        log.add(*numbers)
        return log

    def close(self) -> None:
        """Let go of every journal."""
        for engine in self._engines:
            engine.dispose()


def sign(folder: Path, url: str, point: str | None, most_bytes: int | None) -> None:
    """Sign in this process, to die at a point or to find the disk full."""
    arm(point)
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        Checkpoints(folder, SqlJournal(open_database(url)), ORIGIN).sign()
    except FaultError as error:
        sys.exit(DISK_FULL if "nothing was signed" in error.en else 1)
