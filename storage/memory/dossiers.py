"""Dossiers over a list of events."""

from datetime import date, datetime

from dossiers import events as e
from dossiers.change import Change, PaperAct
from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.fold import after, fold
from dossiers.ports import Ids
from storage.memory import holdings
from storage.memory.documents import InMemoryDocuments
from storage.memory.effects import InMemoryEffects
from storage.memory.log import Log
from storage.memory.runs import InMemoryRuns
from storage.paper_acts import missed
from storage.refusals import other_dossier, stale, taken, unknown

_Number = tuple[str, int, int]


class InMemoryDossiers:
    """The repository over dictionaries; one lock stands for the transaction."""

    def __init__(
        self,
        log: Log,
        papers: InMemoryDocuments,
        ids: Ids,
        *,
        runs: InMemoryRuns,
        effects: InMemoryEffects,
    ) -> None:
        self._log = log
        self._papers = papers
        self._ids = ids
        self._runs = runs
        self._effects = effects
        self._states: dict[str, Dossier] = {}
        self._codes: dict[str, str] = {}
        self._numbers: dict[_Number, str] = {}
        self._private: dict[tuple[str, str], bytes] = {}

    def find(self, key: str) -> Dossier:
        """Fold the dossier of this code or id; raises NotFoundError."""
        with self._log.lock:
            state = self._states.get(self._codes.get(key, key))
        if state is None:
            raise unknown(key)
        return state

    def history(
        self, key: str, *, seq: int | None = None, at: datetime | None = None
    ) -> tuple[Event, ...]:
        """Read its events, up to a global seq or an instant; NotFoundError."""
        rows = self._log.streams[f"dossier:{self.find(key).id}"]
        events = [decode(row.body) for row in rows if seq is None or row.seq <= seq]
        return tuple(one for one in events if at is None or one.occurred_at <= at)

    def answered(self, command: str) -> Dossier | None:
        """Fold the dossier as this command left it; None when it is new."""
        with self._log.lock:
            if command not in self._log.commands:
                return None
            stream, last = self._log.commands[command]
            return fold(decode(row.body) for row in self._log.streams[stream][:last])

    def append(self, change: Change) -> Dossier:
        """Append all or nothing; the same answers and refusals as in a database."""
        with self._log.lock:
            known = self._known(change)
            if known is not None:
                self._runs.show(change.dossier_id, change.shown)
                return known
            before = self._states.get(change.dossier_id)
            version = before.version if before else 0
            if version != change.expected:
                raise stale(change, version)
            events = change.events(self._event_ids(change))
            dossier = self._checked(before, events)
            holdings.demand_bindable(self._papers, dossier, events)
            keys = self._effects.checked(dossier, change)
            self._log.record(events, change.command)
            self._keep(dossier, events, change)
            self._effects.add(keys)
            self._runs.follow(before, dossier, change)
            for act in change.papers:
                self._papers.change(act)
            return dossier

    def append_paper(
        self, act: PaperAct, changes: tuple[Change, ...] = ()
    ) -> tuple[Dossier, ...]:
        """Change a document, and the dossiers that hold it, all or nothing."""
        with self._log.lock:
            if not set(self.holding(act.document)) <= {c.dossier_id for c in changes}:
                raise missed(act.document)
            for change in changes:
                state = self._states[change.dossier_id]
                if state.version != change.expected:
                    raise stale(change, state.version)
            self._papers.change(act)
            return tuple(map(self.append, changes))

    def holding(self, document_id: str) -> tuple[str, ...]:
        """List the ids of the open dossiers that hold a document."""
        with self._log.lock:
            return holdings.holding(self._states.values(), document_id)

    def next_dossier_number(self, agency: str, day: date) -> int:
        """Look up the next daily number of an agency (not reserved by asking)."""
        series = f"{agency}-{day:%y%m%d}-"
        with self._log.lock:
            found = [c for c in self._codes if c.startswith(series)]
        return max((int(c.removeprefix(series)) for c in found), default=0) + 1

    def next_document_number(self, agency: str, year: int) -> int:
        """Look up the next yearly document number (not reserved by asking)."""
        with self._log.lock:
            found = [n for a, y, n in self._numbers if (a, y) == (agency, year)]
        return max(found, default=0) + 1

    def leaf(self, dossier_id: str, version: int) -> bytes:
        """Read the leaf hash of one event of the dossier; raises NotFoundError."""
        rows = self._log.streams.get(f"dossier:{dossier_id}", [])
        if not 1 <= version <= len(rows):
            key = f"{dossier_id} v{version}"
            raise unknown(key)
        return rows[version - 1].leaf

    def private(self, dossier_id: str, name: str) -> bytes | None:
        """Read a private field; None when it was erased."""
        return self._private.get((dossier_id, name))

    def _known(self, change: Change) -> Dossier | None:
        if not change.facts:
            return self.find(change.dossier_id)
        if change.command not in self._log.commands:
            return None
        stream, _ = self._log.commands[change.command]
        used_by = stream.partition(":")[2]
        if used_by != change.dossier_id:
            raise other_dossier(change.command, used_by)
        return self.answered(change.command)

    def _event_ids(self, change: Change) -> tuple[str, ...]:
        stream, first = f"dossier:{change.dossier_id}", change.expected + 1
        versions = range(first, first + len(change.facts))
        return tuple(self._ids.new(change.at, stream, str(v)) for v in versions)

    def _checked(self, before: Dossier | None, events: tuple[Event, ...]) -> Dossier:
        """Fold the events, refusing a taken code or number before anything is kept."""
        state = before
        for event in events:
            state = after(state, event)
            if (number := _number(event)) in self._numbers:
                raise taken(event.subject, f"document_number {number}")
        if state is None:
            raise unknown(events[0].subject)
        if before is None and state.code in self._codes:
            raise taken(state.id, f"dossier_view.code {state.code}")
        return state

    def _keep(
        self, dossier: Dossier, events: tuple[Event, ...], change: Change
    ) -> None:
        self._states[dossier.id] = dossier
        self._codes[dossier.code] = dossier.id
        for event in events:
            if (number := _number(event)) is not None:
                self._numbers[number] = dossier.id
        for field in change.private:
            self._private[dossier.id, field.name] = field.plaintext


def _number(event: Event) -> _Number | None:
    fact = event.fact
    if isinstance(fact, e.NumberReserved | e.ApologyDrafted):
        return fact.agency, fact.year, fact.number
    return None
