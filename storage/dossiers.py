"""The event-sourced repository of dossiers: one append is one transaction."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from dossiers.change import Change, PaperAct
from dossiers.crashpoints import crashpoint
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.fold import after
from dossiers.ports import Ids
from storage import histories, journal, numbers, paper_acts, projections, wakes
from storage.engine import reading, writing
from storage.meta import site_of
from storage.refusals import other_dossier, refusal_of, stale
from storage.tables import micros

if TYPE_CHECKING:  # its cryptography is loaded by whoever needs it
    from storage.private import PrivateFields


class SqlDossiers:
    """Dossiers in SQLite or PostgreSQL; one instance serves all threads."""

    def __init__(self, engine: Engine, ids: Ids, fields: "PrivateFields") -> None:
        self._engine = engine
        self._ids = ids
        self._fields = fields
        self._states = histories.States()
        self._site: str | None = None

    def find(self, key: str) -> Dossier:
        """Fold the dossier of this code or id; raises NotFoundError."""
        with reading(self._engine) as connection:
            return self._states.at(connection, *histories.resolve(connection, key))

    def history(
        self, key: str, *, seq: int | None = None, at: datetime | None = None
    ) -> tuple[Event, ...]:
        """Read its events, up to a global seq or an instant; NotFoundError."""
        until = (
            histories.END if seq is None else seq,
            histories.END if at is None else micros(at),
        )
        with reading(self._engine) as connection:
            dossier_id, _ = histories.resolve(connection, key)
            return histories.read(connection, dossier_id, until=until)

    def answered(self, command: str) -> Dossier | None:
        """Fold the dossier as this command left it; None when it is new."""
        with reading(self._engine) as connection:
            found = histories.answer(connection, command)
            return found and self._states.at(connection, *found)

    def append(self, change: Change) -> Dossier:
        """
        Append in one transaction, with read models, private fields and effects.

        The same command again gives the first answer; without facts only the shown
        steps are raised. Raises ConflictError for a stale version, a taken code or
        number, a command id used for another dossier; IllegalTransitionError when
        the law does not let it follow.
        """
        with writing(self._engine) as connection:
            dossier = self._appended(connection, change)
        crashpoint("after-append")
        self._states.remember(dossier)  # committed: only now
        return dossier

    def append_paper(
        self, act: PaperAct, changes: tuple[Change, ...] = ()
    ) -> tuple[Dossier, ...]:
        """
        Change a document, and the dossiers that hold it, in one transaction.

        Raises ConflictError when `changes` leave out an open dossier that holds a
        document which holds no longer: read `holding` again.
        """
        with writing(self._engine) as connection:
            journal.lock(connection)
            held = paper_acts.holding(connection, act.document)
            if not set(held) <= {change.dossier_id for change in changes}:
                raise paper_acts.missed(act.document)
            paper_acts.change(connection, act, self._ids)
            told = tuple(self._appended(connection, change) for change in changes)
        for dossier in told:
            self._states.remember(dossier)
        return told

    def holding(self, document_id: str) -> tuple[str, ...]:
        """List the ids of the open dossiers that hold a document."""
        with reading(self._engine) as connection:
            return paper_acts.holding(connection, document_id)

    def next_dossier_number(self, agency: str, day: date) -> int:
        """Look up the next daily number of an agency (not reserved by asking)."""
        with reading(self._engine) as connection:
            return numbers.next_of_day(connection, agency, day)

    def next_document_number(self, agency: str, year: int) -> int:
        """Look up the next yearly document number (not reserved by asking)."""
        with reading(self._engine) as connection:
            return numbers.next_of_year(connection, agency, year)

    def leaf(self, dossier_id: str, version: int) -> bytes:
        """Read the leaf hash of one event of the dossier; raises NotFoundError."""
        with reading(self._engine) as connection:
            return histories.leaf_at(connection, dossier_id, version)

    def private(self, dossier_id: str, name: str) -> bytes | None:
        """Decrypt a private field; None when it was erased."""
        with reading(self._engine) as connection:
            return self._fields.open(connection, dossier_id, name)

    def private_digests(self, dossier_id: str) -> frozenset[str]:
        """Compute anew what its events must carry; empty when erased."""
        with reading(self._engine) as connection:
            return self._fields.digests(connection, dossier_id)

    def rebuild(self) -> int:
        """Drop the read models, make them again from the journal; counts dossiers."""
        with writing(self._engine) as connection:
            journal.lock(connection)
            return projections.rebuild(connection)

    def _appended(self, connection: Connection, change: Change) -> Dossier:
        tree = journal.lock(connection)
        now = histories.situation(connection, change.dossier_id, change.command)
        dossier = self._known(connection, change, now)
        if dossier is not None:
            wakes.raise_shown(connection, change.dossier_id, change.shown)
            return dossier
        before = self._expected(connection, change, now)
        events = change.events(self._event_ids(change))
        states = _folds(before, events)
        for event in events:
            paper_acts.demand_bindable(connection, states[-1], event)
        told = {"site": self._site_of(connection), "command": change.command}
        try:
            journal.record(connection, tree, events, **told)
            projections.follow(connection, before, events, states)
            self._write(connection, change, states[-1])
            moved = (before, states[-1])
            wakes.follow(connection, moved, change, shown=now.shown)
        except IntegrityError as error:
            raise refusal_of(change.dossier_id, error) from error
        crashpoint("before-commit")
        return states[-1]

    def _known(
        self, connection: Connection, change: Change, now: histories.Situation
    ) -> Dossier | None:
        """Find what a change without news answers: a repeat, or nothing to append."""
        if not change.facts:
            return self._states.at(connection, change.dossier_id, now.version)
        if now.used_by is None:
            return None
        if now.used_by != change.dossier_id:
            raise other_dossier(change.command, now.used_by)
        first = histories.answer(connection, change.command)
        return first and self._states.at(connection, *first)

    def _expected(
        self, connection: Connection, change: Change, now: histories.Situation
    ) -> Dossier | None:
        if now.version != change.expected:
            raise stale(change, now.version)
        if not now.version:
            return None
        return self._states.at(connection, change.dossier_id, now.version)

    def _event_ids(self, change: Change) -> tuple[str, ...]:
        stream = histories.stream_of(change.dossier_id)
        first = change.expected + 1
        versions = range(first, first + len(change.facts))
        return tuple(self._ids.new(change.at, stream, str(v)) for v in versions)

    def _write(self, connection: Connection, change: Change, dossier: Dossier) -> None:
        """Write what goes with the events: private fields and effects."""
        if change.private:
            first = change.expected + 1
            self._fields.keep(connection, dossier.id, change.private, version=first)
        wakes.promise(connection, dossier, change)
        for act in change.papers:
            paper_acts.change(connection, act, self._ids)

    def _site_of(self, connection: Connection) -> str:
        if self._site is None:
            self._site = site_of(connection)
        return self._site


def _folds(before: Dossier | None, events: tuple[Event, ...]) -> tuple[Dossier, ...]:
    """Fold event by event; the state after each."""
    states = []
    for event in events:
        before = after(before, event)
        states.append(before)
    return tuple(states)
