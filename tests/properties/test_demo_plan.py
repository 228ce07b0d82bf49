"""Any log of known activities, in any order and at any times, gives a lawful plan."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dossiers.values import LOCAL
from portal.demo.activities import ACTIVITIES, Meaning
from portal.demo.arrivals import Case, LogEvent
from portal.demo.offices import register
from portal.demo.plan import plan
from tests.support.demo_history import Replay

START = datetime(2025, 1, 2, tzinfo=LOCAL)
MOMENTS = st.one_of(
    st.integers(0, 30), st.integers(0, 60 * 24 * 3600), st.just(3 * 24 * 3600)
).map(lambda s: START + timedelta(seconds=s))
LATER = [name for name, kind in ACTIVITIES.items() if kind is not Meaning.RECEIPT]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case with its receipt first and the rest in time order."""
    activities = draw(st.lists(st.sampled_from(LATER), max_size=12))
    receipt, *rest = [draw(MOMENTS) for _ in range(len(activities) + 1)]
    names = ["Confirmation of receipt", *activities]
    moments = [receipt, *sorted(rest)]
    officers = [f"Resource{draw(st.integers(1, 3))}" for _ in names]
    events = tuple(
        LogEvent(name, officer, "", f"task-{n}", at)
        for n, (name, officer, at) in enumerate(
            zip(names, officers, moments, strict=True)
        )
    )
    start, due = draw(MOMENTS), START + timedelta(days=99)
    end = draw(st.none() | MOMENTS)
    who = draw(st.sampled_from(["", "Resource1", "Resource9"]))
    return Case("case-1", "Post", "General", "", who, start, due, due, end, events)


@given(cases())
def test_random_case_is_lawful_and_loses_no_activity(case: Case) -> None:
    acts = plan((case,), b"1")
    replay = Replay(register((case,), b"1"))

    for act in acts:
        replay.perform(act)

    assert [act.row for act in acts if act.row] == list(case.events)
    assert replay.dossiers["case-1"].open is (case.end is None)
