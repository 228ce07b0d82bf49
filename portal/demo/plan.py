"""
From real cases to lawful acts, in one total order (docs/reference/demo-log.md).

- Every activity of the log becomes exactly one act, at its own time.
- What the log does not name is added: submission, a supplement's request where no
  check stands right before the answer, resumption, signature, seal, return, withdrawal.
- An act after one with an automatic rest keeps a distance from it; no other time moves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from dossiers.events import (
    OpinionReceived,
    OpinionRequested,
    VerificationRecorded,
    WorkRecorded,
)
from dossiers.rules import rules_on
from dossiers.values import ENGINE, LOCAL, Channel, local
from dossiers.working_time.calendars import WorkingCalendar, default_calendar
from dossiers.working_time.due import due_at
from dossiers.working_time.limits import Limit
from portal.demo.activities import Meaning
from portal.demo.arrivals import Case, LogEvent
from portal.demo.deeds import (
    Act,
    AnswerSupplement,
    AskSupplement,
    Deed,
    Do,
    Process,
    Receive,
    Resume,
    Return,
    Seal,
    Sign,
    Submit,
    Suspend,
    Withdraw,
)
from portal.demo.draw import CHANNELS, method, owner
from portal.demo.offices import CLERK, HEAD, LEADER, closing_officer, officer_id
from steps.process import Work
from steps.receive import Appointment

REST = timedelta(seconds=10)
"""What an act with an automatic rest keeps free behind it."""
FOLLOW = timedelta(seconds=1)
"""How far an act that the log does not name lies behind its cause."""
SEALING = timedelta(minutes=1)
"""How far the seals of a batch lie behind its signatures."""
BATCHES = (time(11, 30), time(16, 30))
"""When the leader signs on a working day, local time."""

_RESTED = (Receive, Process, Seal)
_ASKED = "Hồ sơ cần chỉnh sửa, bổ sung theo kết quả kiểm tra"
_OVERRIDE = "Cho phép yêu cầu bổ sung thêm hoặc sau thời hạn theo kết quả kiểm tra"
_GROUND = "Có lý do tạm dừng theo báo cáo của bộ phận chuyên môn"
_REFUSED = "Không đủ điều kiện giải quyết theo kết quả thẩm định"
_WITHDRAWN = "Người nộp đề nghị rút hồ sơ"

_WORK: dict[Meaning, type[Work]] = {
    Meaning.VERIFICATION: VerificationRecorded,
    Meaning.OPINION_ASKED: OpinionRequested,
    Meaning.OPINION_GIVEN: OpinionReceived,
}


def plan(
    cases: Sequence[Case], seed: bytes, *, calendar: WorkingCalendar | None = None
) -> tuple[Act, ...]:
    """
    Plan all acts of these cases, ordered by virtual time, then arrival, then index.

    The first cases of a file get the same acts whatever follows them. Raises
    NoCalendarError when a batch would fall into an unpublished year.
    """
    days = calendar or default_calendar()
    acts = [
        (act.at, place, act.index, act)
        for place, case in enumerate(cases, start=1)
        for act in _course(case, place, seed=seed, calendar=days)
    ]
    return tuple(act for *_, act in sorted(acts, key=lambda one: one[:3]))


def next_batch(calendar: WorkingCalendar, at: datetime) -> datetime:
    """Find the first signing batch from an instant on, on a working day."""
    day = local(at).date()
    while True:
        if calendar.is_working_day(day):
            for hour in BATCHES:
                batch = datetime.combine(day, hour, LOCAL)
                if batch >= at:
                    return batch
        day += timedelta(days=1)


def _course(
    case: Case, place: int, *, seed: bytes, calendar: WorkingCalendar
) -> Sequence[Act]:
    course = _Course(case, calendar, earliest=case.arrived_at)
    course.begin(owner(seed, case.id, place))
    for event, following in _pairs(case.events[1:]):
        course.take(event, following)
    if case.end is None:
        return course.acts
    if len(case.events) == 1:
        course.add(case.end, Withdraw(_WITHDRAWN), course.counter)
    else:
        course.close(case.end, Return(method(seed, case.id, course.channel)))
    return course.acts


def _pairs(
    events: tuple[LogEvent, ...],
) -> Iterator[tuple[LogEvent, LogEvent | None]]:
    return zip(events, (*events[1:], None), strict=False)


@dataclass(slots=True)
class _Course:
    """The acts of one case so far, and what the next one must respect."""

    case: Case
    calendar: WorkingCalendar
    earliest: datetime
    acts: list[Act] = field(default_factory=list)
    received_at: datetime | None = None
    suspended: bool = False
    asking: bool = False
    asked: int = 0

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.case.channel]

    @property
    def counter(self) -> str:
        return officer_id(self.case.events[0].resource)

    @property
    def holder(self) -> str:
        return closing_officer(self.case)

    def add(
        self, at: datetime, deed: Deed, officer: str, row: LogEvent | None = None
    ) -> datetime:
        at = max(at, self.earliest)
        index = len(self.acts)
        moment = at.astimezone(UTC)
        self.acts.append(Act(moment, self.case.id, index, officer, deed, row))
        self.earliest = at + REST if isinstance(deed, _RESTED) else at
        return at

    def begin(self, person: int) -> None:
        """Submit, at the portal by itself; receive at the log's receipt."""
        case = self.case
        online = self.channel is Channel.ONLINE
        arrival = Submit(self.channel, person)
        self.add(case.arrived_at, arrival, ENGINE if online else self.counter)
        terms = Appointment(
            counts_from=case.start,
            committed_limit=f"{case.days}d",
            officer=self.holder,
            compared=True,
        )
        receipt = case.events[0]
        self.received_at = self.add(receipt.at, Receive(terms), self.counter, receipt)

    def take(self, event: LogEvent, following: LogEvent | None) -> None:
        """Turn one activity into its one act."""
        match event.meaning:
            case Meaning.SUPPLEMENT:
                self._answer(event)
            case Meaning.HOLD if not self.suspended:
                self.add(event.at, Suspend(_GROUND), self.holder, event)
                self.suspended = True
            case Meaning.CHECK if self._asks(event, following):
                self._ask(event.at, officer_id(event.resource), row=event)
            case _ if following is None and self.case.end is not None:
                self._process(event.at, event)
            case meaning:
                done = _WORK.get(meaning, WorkRecorded)(activity=event.activity)
                self.add(event.at, Do(done), officer_id(event.resource), event)

    def _asks(self, event: LogEvent, following: LogEvent | None) -> bool:
        """Whether this check is itself the request, lawful without the head."""
        if following is None or following.meaning is not Meaning.SUPPLEMENT:
            return False
        at = max(event.at, self.earliest)
        rules = rules_on(local(at).date())
        limit = Limit.parse(rules.supplement_limit.value)
        last = due_at(self.calendar, self.received_at or at, limit)
        return self.asked < rules.supplement_count.value and at <= last

    def _ask(
        self,
        at: datetime,
        officer: str,
        *,
        override: str | None = None,
        row: LogEvent | None = None,
    ) -> None:
        self._resume(at)
        self.add(at, AskSupplement(_ASKED, override), officer, row)
        self.asked += 1
        self.asking = True

    def _answer(self, event: LogEvent) -> None:
        if not self.asking:
            self._ask(self.earliest + FOLLOW, HEAD, override=_OVERRIDE)
        self.add(event.at, AnswerSupplement(), officer_id(event.resource), event)
        self.asking = False

    def _resume(self, at: datetime) -> None:
        if self.suspended:
            self.add(at, Resume(), self.holder)
            self.suspended = False

    def _process(self, at: datetime, row: LogEvent | None = None) -> None:
        meanings = {event.meaning for event in self.case.events}
        refusal = _REFUSED if Meaning.REFUSAL in meanings else None
        self._resume(at)
        self.add(at, Process(refusal), self.holder, row)

    def close(self, end: datetime, return_: Return) -> None:
        """Process if the last activity did not, then sign, seal and return."""
        if not isinstance(self.acts[-1].deed, Process):
            self._process(self.earliest + FOLLOW)
        batch = next_batch(self.calendar, self.earliest)
        signed = self.add(batch, Sign(), LEADER)
        self.add(signed + SEALING, Seal(), CLERK)
        self.add(end, return_, self.counter)
