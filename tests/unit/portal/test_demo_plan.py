"""The demo's plan: every activity once, in lawful order, by competent officers."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from dossiers.dossier import Status
from dossiers.events import Returned, Signed, SupplementRequested
from dossiers.values import LOCAL
from dossiers.working_time.calendars import default_calendar
from portal.demo.activities import ACTIVITIES
from portal.demo.arrivals import Arrivals, Case, LogEvent, read
from portal.demo.deeds import Act, Process
from portal.demo.offices import register
from portal.demo.plan import REST, next_batch, plan
from tests.support.demo_history import Replay
from tests.support.shared import ABSENT, SHARED

SAMPLE = Path(__file__).parents[3] / "portal/demo/sample/arrivals.csv"
WHOLE = SHARED / "receipt.csv"
SEED = b"1"
LOGS = [
    SAMPLE,
    pytest.param(WHOLE, marks=pytest.mark.skipif(not WHOLE.exists(), reason=ABSENT)),
]
START = datetime(2025, 3, 3, 8, 0, tzinfo=LOCAL)


@cache
def planned(path: Path) -> tuple[Arrivals, tuple[Act, ...]]:
    found = read(path)
    return found, plan(found.cases, SEED)


@cache
def replayed(path: Path) -> Replay:
    found, acts = planned(path)
    replay = Replay(register(found.cases, SEED))
    for act in acts:
        replay.perform(act)
    return replay


def case(*activities: str, end: datetime | None = None, hours: float = 1) -> Case:
    names = {name.split()[0]: name for name in ACTIVITIES}
    events = tuple(
        LogEvent(names[a], f"Resource{n}", "", f"task-{n}", START + n * step(hours))
        for n, a in enumerate(activities)
    )
    due = START + timedelta(days=55)
    return Case(
        "case-1", "Desk", "General", "", "Resource0", START, due, due, end, events
    )


def step(hours: float) -> timedelta:
    return timedelta(hours=hours)


def of_one(case: Case) -> tuple[list[str], Replay]:
    acts = plan((case,), SEED)
    replay = Replay(register((case,), SEED))
    for act in acts:
        replay.perform(act)
    return [act.kind for act in acts], replay


@pytest.mark.parametrize("path", LOGS)
def test_every_activity_of_the_log_is_exactly_one_act(path: Path) -> None:
    found, acts = planned(path)

    in_log = Counter(e.instance for c in found.cases for e in c.events)
    in_plan = Counter(act.row.instance for act in acts if act.row)

    assert in_plan == in_log
    assert set(in_log.values()) == {1}


@pytest.mark.parametrize("path", LOGS)
def test_acts_stand_in_order_and_leave_room_for_the_engine(path: Path) -> None:
    _, acts = planned(path)
    cases: dict[str, list[Act]] = {}
    for act in acts:
        cases.setdefault(act.case_id, []).append(act)

    assert [act.at for act in acts] == sorted(act.at for act in acts)
    assert len({act.command for act in acts}) == len(acts)
    for course in cases.values():
        assert [act.index for act in course] == list(range(len(course)))
        for one, other in pairwise(course):
            rested = one.kind in {"receive", "process", "seal"}
            assert other.at - one.at >= (REST if rested else timedelta(0))


@pytest.mark.parametrize("path", LOGS)
def test_times_of_the_log_are_kept_but_for_a_second(path: Path) -> None:
    _, acts = planned(path)

    moved = [act.at - act.row.at for act in acts if act.row]

    assert min(moved) == timedelta(0)
    assert max(moved) < timedelta(seconds=1)
    assert sum(shift > timedelta(0) for shift in moved) == 1


@pytest.mark.parametrize("path", LOGS)
def test_the_law_lets_every_act_happen_and_the_numbers_add_up(path: Path) -> None:
    found, acts = planned(path)
    states = Counter(d.status for d in replayed(path).dossiers.values())

    opened = sum(c.end is None for c in found.cases)
    withdrawn = sum(c.end is not None and len(c.events) == 1 for c in found.cases)

    assert states[Status.IN_PROCESS] + states[Status.SUSPENDED] == opened
    assert states[Status.WITHDRAWN] == withdrawn
    assert states[Status.RETURNED] == len(found.cases) - opened - withdrawn
    assert sum(states.values()) == len(found.cases)
    assert sum(act.kind == "receive" for act in acts) == len(found.cases)


@pytest.mark.parametrize("path", LOGS)
def test_returned_at_the_end_or_right_after_a_later_seal(path: Path) -> None:
    found, _ = planned(path)
    ends = {c.id: c.end for c in found.cases}

    for name, history in replayed(path).histories.items():
        at = {type(event.fact): event.occurred_at for event in history}
        if Returned in at:
            assert at[Returned] == max(ends[name] or START, at[Signed] + REST)


@pytest.mark.skipif(not WHOLE.exists(), reason=ABSENT)
def test_the_whole_log_comes_out_in_these_figures() -> None:
    dossiers = replayed(WHOLE).dossiers.values()

    assert Counter(dossier.status for dossier in dossiers) == {
        Status.RETURNED: 1217,
        Status.WITHDRAWN: 112,
        Status.IN_PROCESS: 103,
        Status.SUSPENDED: 2,
    }
    assert Counter(dossier.decision for dossier in dossiers) == {
        "granted": 1178,
        None: 217,
        "refused": 39,
    }
    assert sum(dossier.supplements for dossier in dossiers) == 55


def test_the_first_cases_do_not_depend_on_how_many_follow() -> None:
    found, acts = planned(SAMPLE)
    first = {one.id for one in found.cases[:20]}

    assert plan(found.cases[:20], SEED) == tuple(a for a in acts if a.case_id in first)


def test_another_seed_draws_other_owners_at_the_same_times() -> None:
    found, acts = planned(SAMPLE)

    other = plan(found.cases, b"2")

    assert other != acts
    assert [act.at for act in other] == [act.at for act in acts]


def test_second_supplement_needs_the_head() -> None:
    kinds, replay = of_one(case("Confirmation", *["T02", "T03"] * 2))

    asked = [
        (event.actor.id, event.fact.override is not None)
        for event in replay.histories["case-1"]
        if isinstance(event.fact, SupplementRequested)
    ]
    assert asked == [("r1", False), ("truongphong", True)]
    assert kinds[2:] == [
        *("supplement-ask", "supplement-answer"),
        *("work", "supplement-ask", "supplement-answer"),
    ]


def test_late_supplement_needs_the_head() -> None:
    kinds, replay = of_one(case("Confirmation", "T02", "T03", hours=120))

    assert kinds[2:] == ["work", "supplement-ask", "supplement-answer"]
    assert replay.dossiers["case-1"].supplements == 1


def test_work_between_check_and_answer_keeps_its_place() -> None:
    kinds, _ = of_one(case("Confirmation", "T02", "T04", "T03"))

    assert kinds[2:] == ["work", "work", "supplement-ask", "supplement-answer"]


def test_suspension_lasts_until_the_last_activity() -> None:
    kinds, _ = of_one(case("Confirmation", "T16", "T17", "T20", end=START))

    assert kinds == [
        *("submit", "receive", "suspend", "work"),
        *("resume", "process", "sign", "seal", "return"),
    ]


def test_supplement_ends_a_suspension() -> None:
    kinds, _ = of_one(case("Confirmation", "T16", "T02", "T03", "T05", end=START))

    assert kinds[2:-3] == [
        *("suspend", "resume", "supplement-ask", "supplement-answer", "process"),
    ]


@pytest.mark.parametrize("last", ["T03", "T16"])
def test_an_activity_that_cannot_close_is_followed_by_one_that_does(last: str) -> None:
    kinds, replay = of_one(case("Confirmation", last, end=START))

    assert "process" in kinds
    assert replay.dossiers["case-1"].status is Status.RETURNED


def test_printed_refusal_is_a_refused_outcome() -> None:
    whole = case("Confirmation", "T15", "T05", end=START)

    (closing,) = [act for act in plan((whole,), SEED) if act.kind == "process"]

    assert isinstance(closing.deed, Process)
    assert closing.deed.refusal


def test_receipt_carries_the_start_and_the_limit_of_the_log() -> None:
    late = replace(case("Confirmation"), start=START + timedelta(days=3))

    _, replay = of_one(late)

    clock = replay.dossiers["case-1"].clock
    assert clock is not None
    assert (clock.counts_from, clock.committed_limit) == (late.start, "52d")
    assert replay.dossiers["case-1"].submitted_at == START


def test_the_closing_officer_holds_the_case_from_the_start() -> None:
    _, replay = of_one(case("Confirmation", "T02", "T05"))

    assert replay.dossiers["case-1"].holder == "r2"


@pytest.mark.parametrize(
    ("at", "batch"),
    [
        ("2025-03-03T11:30", "2025-03-03T11:30"),
        ("2025-03-03T11:30:01", "2025-03-03T16:30"),
        ("2025-03-07T17:00", "2025-03-10T11:30"),
        ("2025-04-29T17:00", "2025-05-05T11:30"),
    ],
)
def test_batches_are_signed_on_working_days_only(at: str, batch: str) -> None:
    found = next_batch(default_calendar(), datetime.fromisoformat(at + "+07:00"))

    assert found == datetime.fromisoformat(batch + "+07:00")
