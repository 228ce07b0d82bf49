"""Working calendars by version; the packaged one is in force until another comes."""

from functools import lru_cache

from sqlalchemy import Engine

from dossiers.errors import NotFoundError
from dossiers.working_time.calendars import (
    WorkingCalendar,
    calendar_from_json,
    default_calendar,
)
from storage import versions
from storage.tables import CALENDAR


@lru_cache(maxsize=8)
def _parsed(body: str) -> WorkingCalendar:
    return calendar_from_json(body)


class SqlCalendars:
    """The newest calendar version is in force."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self) -> WorkingCalendar:
        """Load the calendar in force."""
        found = versions.newest(self._engine, CALENDAR)
        return default_calendar() if found is None else _parsed(found[1])

    def version(self, version: str) -> WorkingCalendar:
        """Load a calendar version; raises NotFoundError."""
        body = versions.body_of(self._engine, CALENDAR, version)
        if body is not None:
            return _parsed(body)
        if version == default_calendar().version:
            return default_calendar()
        vi = f"không có lịch {version}; hãy nhập: nambuoc calendar import TỆP"
        raise NotFoundError(vi, f"no calendar {version}; nambuoc calendar import FILE")

    def add(self, calendar: WorkingCalendar) -> None:
        """Let a calendar version be in force from now on."""
        body = calendar.model_dump_json()
        versions.add(self._engine, CALENDAR, calendar.version, body)
