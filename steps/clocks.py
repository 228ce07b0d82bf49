"""Due instants of a dossier, by the calendar and rules in force."""

from datetime import datetime

from dossiers.dossier import Clock, Dossier
from dossiers.working_time.due import Suspension, due
from dossiers.working_time.limits import Limit
from steps.office import Office


def recount(
    office: Office, dossier: Dossier, *, resumed_at: datetime
) -> tuple[datetime, datetime]:
    """Count both due instants again, the last open pause ending at `resumed_at`."""
    clock = dossier.clock
    if clock is None:
        raise AssertionError(dossier.id)  # unreachable: suspended only when received
    pauses = tuple(
        Suspension(pause.start, pause.end or resumed_at)
        for pause in dossier.pauses
        if (pause.end or resumed_at) > clock.counts_from
    )
    return _both(office, clock, clock.counts_from, pauses)


def restart(
    office: Office, dossier: Dossier, *, at: datetime
) -> tuple[datetime, datetime]:
    """Count both due instants from the beginning (NĐ 61/2018 Đ19.4)."""
    clock = dossier.clock
    if clock is None:
        raise AssertionError(dossier.id)  # unreachable: at appraisal it is received
    return _both(office, clock, at, ())


def _both(
    office: Office, clock: Clock, start: datetime, pauses: tuple[Suspension, ...]
) -> tuple[datetime, datetime]:
    calendar = office.calendars.current()
    committed = Limit.parse(clock.committed_limit)
    statutory = Limit.parse(clock.statutory_limit)
    return (
        due(calendar, start, limit=committed, suspensions=pauses).at,
        due(calendar, start, limit=statutory, suspensions=pauses).at,
    )
