"""One memory: the ports that share a journal."""

from collections.abc import Callable
from datetime import datetime

from dossiers.ports import Ids
from storage.memory.documents import InMemoryDocuments
from storage.memory.dossiers import InMemoryDossiers
from storage.memory.effects import InMemoryEffects
from storage.memory.log import Log
from storage.memory.runs import InMemoryRuns
from storage.meta import DEFAULT_SITE


class Memory:
    """All that shares one journal, over the same lists and dictionaries."""

    def __init__(
        self, ids: Ids, now: Callable[[], datetime], *, site: str = DEFAULT_SITE
    ) -> None:
        """Take the ids and the real clock (for recorded_at and leases)."""
        self.journal = Log(now, site)
        self.runs = InMemoryRuns(now)
        self.effects = InMemoryEffects(now)
        self.documents = InMemoryDocuments(self.journal, ids)
        self.dossiers = InMemoryDossiers(
            self.journal,
            self.documents,
            ids,
            runs=self.runs,
            effects=self.effects,
        )
