"""Procedures, calendars, offices and persons in dictionaries."""

from datetime import date, datetime

from dossiers.codes import ProcedureReference
from dossiers.errors import MalformedError, NotFoundError
from dossiers.parties import Register
from dossiers.ports import Ids, Person
from dossiers.procedure import Procedure
from dossiers.working_time.calendars import WorkingCalendar, default_calendar


class InMemoryProcedures:
    """Published versions and drafts by content digest."""

    def __init__(self, *procedures: Procedure) -> None:
        """Take the versions and drafts that are there from the start."""
        self._all = {one.digest: one for one in procedures}

    def publish(self, procedure: Procedure) -> None:
        """Keep a published version, once; versions are never changed."""
        self._all.setdefault(procedure.digest, procedure)

    def get(self, reference: str, at: date) -> Procedure:
        """Find the version in force on a local day; NotFoundError, MalformedError."""
        wanted = ProcedureReference.parse(reference)
        found = [
            one
            for one in self._all.values()
            if one.code == str(wanted.code)
            and wanted.issuer in (None, one.issuer)
            and _in_force(one, at)
        ]
        issuers = sorted({one.issuer for one in found})
        if len(issuers) > 1:
            choices = ", ".join(f"{wanted.code}@{issuer}" for issuer in issuers)
            vi = f"thủ tục {reference} có ở nhiều nơi ban hành; chọn: {choices}"
            raise MalformedError(vi, f"{reference} is ambiguous; choose: {choices}")
        if not found:
            vi = f"không có thủ tục {reference} đang áp dụng"
            raise NotFoundError(vi, f"no procedure {reference} in force")
        return max(found, key=lambda one: (one.effective_from or date.min, one.digest))

    def version(self, digest: str) -> Procedure:
        """Find a version by its content digest; raises NotFoundError."""
        if digest not in self._all:
            vi = f"không có bản thủ tục {digest[:12]}…"
            raise NotFoundError(vi, f"no procedure version {digest[:12]}…")
        return self._all[digest]


class InMemoryCalendars:
    """The packaged calendar, or the given one."""

    def __init__(self, calendar: WorkingCalendar | None = None) -> None:
        self._calendar = calendar

    def current(self) -> WorkingCalendar:
        """Load the calendar in force."""
        return self._calendar or default_calendar()


class InMemoryOffices:
    """The given register."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def current(self) -> Register:
        """Load the register in force."""
        return self._register


class InMemoryPersons:
    """Opaque ids by id number."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._known: dict[str, str] = {}

    def resolve(self, person: Person, at: datetime) -> str:
        """Find the person of this id number, or make one; the first id stays."""
        number = person.id_number.strip().casefold()
        made = self._ids.new(at, "person", number)
        return self._known.setdefault(number, made)


def _in_force(one: Procedure, at: date) -> bool:
    if one.state != "published" or one.effective_from is None:
        return False
    return one.effective_from <= at and (one.effective_to or date.max) > at
