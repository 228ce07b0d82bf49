"""What moves the clock: supplements once, suspensions recounted, one apology."""

from datetime import datetime, timedelta

import pytest

from dossiers.dossier import Dossier, Status
from dossiers.errors import (
    IllegalTransitionError,
    NotCompetentError,
    NotFoundError,
    RefusedError,
)
from dossiers.values import local
from steps import process
from steps.apology import apologize
from steps.supplement import Ask, receive_supplement, request_supplement
from tests.support.office import Room, by, in_process, papers, submitted

CODES = tuple(paper.code for paper in papers())


def due_of(dossier: Dossier) -> datetime:
    assert dossier.clock is not None
    return local(dossier.clock.due_at)


def supplemented(here: Room, key: str) -> Dossier:
    request_supplement(here.office, key, by("cv1"), Ask(CODES[:1], "thiếu"))
    here.clock.turn(days=2)
    return receive_supplement(here.office, key, by("canbo1"), handed=papers())


def test_an_answer_at_appraisal_starts_the_clock_anew(here: Room) -> None:
    dossier = in_process(here)
    back = supplemented(here, dossier.id)

    assert due_of(dossier).date().isoformat() == "2025-03-06"
    assert due_of(back).date().isoformat() == "2025-03-10"
    assert back.clock is not None
    assert back.clock.counts_from == here.clock.at


def test_each_stage_has_one_supplement_and_the_head_may_override(here: Room) -> None:
    key = in_process(here).id
    supplemented(here, key)

    with pytest.raises(RefusedError, match="override"):
        request_supplement(here.office, key, by("cv1"), Ask(CODES, "nữa"))
    with pytest.raises(NotCompetentError):
        request_supplement(here.office, key, by("cv1"), Ask(CODES, "nữa", "cho"))
    asked = request_supplement(
        here.office, key, by("truongphong"), Ask(CODES, "nữa", "cho phép")
    )
    assert asked.supplements == 2


def test_the_counter_guides_once_and_appraisal_still_may_ask(here: Room) -> None:
    dossier = submitted(here, handed=())
    guided = request_supplement(
        here.office, dossier.id, by("canbo1"), Ask(CODES, "thiếu")
    )
    answered = receive_supplement(
        here.office, dossier.id, by("canbo1"), handed=papers()
    )

    assert (guided.status, guided.holder) == (Status.SUPPLEMENTING, "canbo1")
    assert (answered.status, answered.clock) == (Status.SUBMITTED, None)
    with pytest.raises(RefusedError, match="override"):
        request_supplement(here.office, dossier.id, by("canbo1"), Ask(CODES, "nữa"))


def test_a_supplement_is_too_late_after_three_working_days(here: Room) -> None:
    key = in_process(here).id
    here.clock.turn(days=3, hours=8, minutes=1)
    before = here.size

    with pytest.raises(RefusedError, match=r"Đ19\.4"):
        request_supplement(here.office, key, by("cv1"), Ask(CODES, "thiếu"))
    with pytest.raises(NotFoundError):
        request_supplement(
            here.office, key, by("truongphong"), Ask(("X",), "r", "cho phép")
        )
    assert here.size == before


def test_a_suspension_adds_the_days_it_lasted_and_never_counts_as_late(
    here: Room,
) -> None:
    dossier = in_process(here)
    paused = process.suspend(here.office, dossier.id, by("cv1"), ground="Đ22")
    here.clock.turn(days=14)
    assert not paused.is_overdue(here.clock.at)
    back = process.resume(here.office, dossier.id, by("cv1"))

    assert due_of(back) - due_of(dossier) == timedelta(days=14)
    assert not back.paused


def test_a_pause_before_the_clock_started_anew_is_not_counted_again(
    here: Room,
) -> None:
    back = supplemented(here, in_process(here).id)
    process.suspend(here.office, back.id, by("cv1"), ground="Đ22")
    here.clock.turn(hours=1)
    resumed = process.resume(here.office, back.id, by("cv1"))

    assert due_of(resumed) == due_of(back)


def test_the_appointment_moves_once_to_a_later_day(here: Room) -> None:
    dossier = in_process(here)
    later = due_of(dossier) + timedelta(days=4)
    before = here.size

    def moved(to: datetime, officer: str = "lanhdao") -> Dossier:
        order = by(officer)
        return apologize(
            here.office, dossier.id, order, reason="quá tải", new_due_at=to
        )

    with pytest.raises(IllegalTransitionError, match="later"):
        moved(due_of(dossier))
    with pytest.raises(NotCompetentError):
        moved(later, "cv1")
    assert here.size == before
    done = moved(later)
    assert done.clock is not None
    assert (done.clock.appointed_at, due_of(done)) == (later, due_of(dossier))
    assert done.paper("04") is not None
    with pytest.raises(IllegalTransitionError, match="once"):
        moved(later + timedelta(days=1))
