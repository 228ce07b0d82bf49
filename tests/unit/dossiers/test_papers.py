"""Papers are frozen values whose words can be printed."""

import pytest
from pydantic import TypeAdapter, ValidationError

from dossiers.outcome import Outcome
from dossiers.papers import Contact, Paper, PaperComponent, printable
from tests.support.papers import appointment_slip, every_paper, outcome


def test_there_is_one_paper_for_each_of_the_seven_forms_and_the_outcome() -> None:
    assert list(every_paper()) == ["01", "02", "03", "04", "05", "06", "07", "outcome"]


def test_every_paper_comes_back_equal_from_json() -> None:
    for paper in every_paper().values():
        anyone: TypeAdapter[Paper | Outcome] = TypeAdapter(Paper | Outcome)

        assert anyone.validate_json(paper.model_dump_json()) == paper


def test_letters_typed_as_base_and_marks_are_composed() -> None:
    assert Contact(name="Nguye\u0302\u0303n").name == "Nguyễn"


def test_what_no_paper_can_show_is_dropped() -> None:
    assert printable(" a\u202eb\u200bc\x00\r\nd\ud800 ") == "abc  d"


@pytest.mark.parametrize("limit", ["10wd", "7.5wd", "0wd", "20d", "1mo", "8wh", "24h"])
def test_limits_of_the_legal_clock_are_taken(limit: str) -> None:
    assert appointment_slip(statutory_limit=limit).statutory_limit == limit


@pytest.mark.parametrize(
    "limit", ["", "10", "7.5d", "1.5mo", "-1wd", "10 wd", "\u0661wd"]
)
def test_a_limit_outside_the_grammar_is_refused(limit: str) -> None:
    with pytest.raises(ValidationError):
        appointment_slip(statutory_limit=limit)


@pytest.mark.parametrize("number", [0, -1])
def test_an_outcome_without_a_reserved_number_is_refused(number: int) -> None:
    with pytest.raises(ValidationError):
        outcome(number=number)


def test_a_paper_takes_no_field_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        appointment_slip(fee=0)


def test_a_component_is_never_counted_below_zero() -> None:
    with pytest.raises(ValidationError):
        PaperComponent(name="Đơn", original=-1)


def test_instants_without_a_zone_are_refused() -> None:
    with pytest.raises(ValidationError):
        appointment_slip(return_at="2025-03-19T17:00:00")
