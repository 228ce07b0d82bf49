"""One share of an audit, in this process or another: the same work on other streams."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from zlib import crc32

from infra.audit import papers
from infra.audit.comparing import ROW, differences, sentence
from infra.audit.expected import History
from infra.audit.findings import BROKEN, Findings
from infra.audit.log import Leaves, LogPass
from infra.audit.papers import Sealed
from infra.house import House
from infra.settings import Settings
from infra.wiring import open_house
from storage.evidence import Evidence, evidence

KINDS = {
    "dossier_view": "read-model",
    "document_number": "number",
    "run_lease": "run",
    "effect": "effect",
    "document": "document",
    "binding": "binding",
    "consent": "consent",
}
_BATCH = 200
Tell = Callable[[str, int], None]
"""Told what is counted and how far it came."""


@dataclass(frozen=True, slots=True)
class Task:
    """
    Which share of how many, over how many leaves, of one dossier's stream or all.

    Without `folds` only bodies, leaves, seqs and versions are checked.
    """

    share: int
    shares: int
    size: int
    leaves: Path
    only: str | None
    folds: bool = True


@dataclass(slots=True)
class Outcome:
    """What a share of the audit counted and found."""

    findings: Findings = field(default_factory=Findings)
    events: int = 0
    dossiers: int = 0
    documents: int = 0
    signatures: int = 0
    effects: int = 0
    erased: int = 0
    procedures: set[str] = field(default_factory=set)


def quiet() -> None:
    """Leave Ctrl-C to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def audited(settings: Settings, task: Task) -> Outcome:
    """Audit one share with a house of its own (a process of its own)."""
    with open_house(settings, suspect=True) as house:
        return audit_share(house, task)


def audit_share(house: House, task: Task, tell: Tell = lambda _, __: None) -> Outcome:
    """Check the share's rows, fold its streams, compare what lies beside them."""
    part = _Part(house, task, tell)
    url = house.settings.database_url
    with evidence(url) as snapshot, Leaves(task.leaves, task.size) as leaves:
        part.read(snapshot, leaves)
    if task.folds:
        with evidence(url) as snapshot:
            part.open_papers(snapshot)
    return part.found


class _Part:
    """The work on one share: first the log and the tables, then files."""

    def __init__(self, house: House, task: Task, tell: Tell) -> None:
        self.found = Outcome()
        self._house = house
        self._task = task
        self._tell = tell
        self._papers: set[str] = set()
        self._sealed: list[Sealed] = []

    def read(self, snapshot: Evidence, leaves: Leaves) -> None:
        """Go through the share's rows; compare each batch of streams as it ends."""
        found, task = self.found, self._task
        head = _head(snapshot, task)
        log = LogPass(leaves, head, only=task.only, folds=task.folds)
        for batch in _batches(log.histories(snapshot.rows(task.share, task.shares))):
            found.effects += sum(len(one.notices) for one in batch.values())
            self._compare(snapshot, batch)
            for history in batch.values():
                self._remember(history)
            self._tell("events", log.events)
        found.events = log.events
        found.findings.join(log.findings)

    def _compare(self, snapshot: Evidence, batch: dict[str, History]) -> None:
        findings = self.found.findings
        for one in differences(snapshot, batch):
            self.found.effects -= one.table == "effect" and one.field == ROW
            findings.add(None, one.stream, KINDS[one.table], sentence(one))
        gone = papers.erased(snapshot, batch)
        self.found.erased += len(gone)
        for one in papers.private(self._house, batch, gone):
            findings.add(None, one.stream, "private", sentence(one))

    def _remember(self, history: History) -> None:
        """Keep what must be opened afterwards: of one dossier its papers, all seals."""
        task, state, stored = self._task, history.state, history.stored
        if state is not None:
            self.found.dossiers += 1
            self.found.procedures.add(state.procedure_version)
            self._papers |= papers.named(state) if task.only else frozenset()
            sealed = Sealed.of(state)
            self._sealed += [sealed] if sealed else []
        elif stored and task.only == f"dossier:{stored['source_dossier']}":
            self._papers.add(str(stored["document_id"]))

    def open_papers(self, snapshot: Evidence) -> None:
        """Open every file of the share, then judge the signatures."""
        found, house = self.found, self._house
        wanted = sorted(self._papers) if self._task.only else self._own(snapshot)
        for _ in papers.files(house, snapshot, wanted, found.findings):
            found.documents += 1
            self._tell("documents", found.documents)
        for sealed in self._sealed:
            found.signatures += papers.signatures(house, sealed, found.findings)
            self._tell("signatures", found.signatures)

    def _own(self, snapshot: Evidence) -> Iterator[str]:
        for document_id in snapshot.documents():
            if crc32(document_id.encode()) % self._task.shares == self._task.share:
                yield document_id


def _head(snapshot: Evidence, task: Task) -> int:
    """Tell the journal's size as this share sees it: it may have grown meanwhile."""
    try:
        return max(snapshot.tree().size, task.size)
    except BROKEN:
        return task.size


def _batches(
    histories: Iterator[tuple[str, History]],
) -> Iterator[dict[str, History]]:
    while batch := dict(islice(histories, _BATCH)):
        yield batch
