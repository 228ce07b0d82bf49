"""The 08:00 sweep of each working day: apologies owed one working day before due."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from dossiers.dossier import Dossier, Status
from dossiers.values import LOCAL, local
from dossiers.working_time.calendars import WorkingCalendar
from dossiers.working_time.due import due_at
from dossiers.working_time.hours import working_days_before
from dossiers.working_time.limits import Limit
from infra.house import House
from portal.demo.offices import LEADER
from steps.act import Order
from steps.apology import apologize

AT = time(8)
EXTENSION = Limit.parse("10wd")
REASON = "Hồ sơ cần thêm thời gian thẩm tra"
_LATE = frozenset(
    {
        Status.RECEIVED,
        Status.OFFERED,
        Status.IN_PROCESS,
        Status.PROCESSED,
        Status.PREPARED,
        Status.PERSON_SIGNED,
        Status.SEALED,
    }
)


@dataclass(slots=True)
class Sweep:
    """Knows for each open dossier when its apology is owed; one apology each."""

    calendar: WorkingCalendar
    _owed: dict[str, datetime] = field(default_factory=dict)
    _queue: list[tuple[datetime, str]] = field(default_factory=list)

    def note(self, dossier: Dossier) -> None:
        """Take in a dossier's newest state."""
        if dossier.status not in _LATE or dossier.moved or dossier.clock is None:
            self._owed.pop(dossier.id, None)
            return
        day = local(dossier.clock.due_at).date()
        before = working_days_before(self.calendar, day, days=1)
        moment = datetime.combine(before, AT, LOCAL)
        if moment <= dossier.last_at:
            moment = self._next_morning(dossier.last_at)
        if self._owed.get(dossier.id) != moment:
            self._owed[dossier.id] = moment
            heapq.heappush(self._queue, (moment, dossier.id))

    def _next_morning(self, at: datetime) -> datetime:
        day = local(at).date() + timedelta(days=local(at).time() >= AT)
        while not self.calendar.is_working_day(day):
            day += timedelta(days=1)
        return datetime.combine(day, AT, LOCAL)

    def due_before(self, at: datetime) -> Iterator[tuple[datetime, str]]:
        """Give what is owed up to an instant, in order of time then id."""
        while self._queue and self._queue[0][0] <= at:
            moment, dossier_id = heapq.heappop(self._queue)
            if self._owed.get(dossier_id) == moment:
                yield moment, dossier_id

    def apologize(self, house: House, dossier_id: str, moment: datetime) -> Dossier:
        """Let the leader sign and send the apology, once for each dossier."""
        new_due = due_at(self.calendar, moment + timedelta(days=1), EXTENSION)
        order = Order(LEADER, f"{dossier_id}:apology:1")
        return apologize(
            house.office, dossier_id, order, reason=REASON, new_due_at=new_due
        )
