"""The JSON of `calendar due`, single and batch."""

import json

import pytest

from dossiers.errors import MalformedError, NoCalendarError
from dossiers.working_time.answers import due_batch, due_json, parse_instant
from dossiers.working_time.calendars import default_calendar

QUESTION = {"from": "2026-01-09T10:00", "limit": "1wd"}


def test_the_answer_has_exactly_the_agreed_fields() -> None:
    answer = due_json(default_calendar(), QUESTION, lang="en")

    lines = answer.pop("lines")
    assert answer == {
        "from": "2026-01-09T10:00:00+07:00",
        "limit": "1wd",
        "due": "2026-01-10T17:00:00+07:00",
        "calendar": "vn-office-2024-2027.1",
        "rules": "nd118-2025",
        "provisional": False,
    }
    assert isinstance(lines, list)
    assert lines[1] == {
        "date": "2026-01-10",
        "kind": "swapped-on",
        "text": "working day 1; Worked in exchange for 2026-01-02",
        "source": "12729/VPCP-KGVX, 25/12/2025",
    }


def test_an_answer_is_vietnamese_by_default_and_plain_json() -> None:
    answer = due_json(default_calendar(), QUESTION)

    assert "hạn: 17:00 10/01/2026" in json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize(
    "spoil",
    [
        {"limit": "1.5d"},
        {"from": "tomorrow"},
        {"from": "0001-01-01T00:00+14:00"},
        {"suspend": [["2026-01-09T10:00"]]},
        {"suspend": [["2026-01-09T10:00", "x"]]},
        {"calendar": "mine"},
        {"from": 5},
    ],
)
def test_a_malformed_question_is_a_usage_error(spoil: dict[str, object]) -> None:
    with pytest.raises(MalformedError) as caught:
        due_json(default_calendar(), {**QUESTION, **spoil})

    assert caught.value.exit_code == 2


def test_2031_is_refused_with_the_way_out() -> None:
    with pytest.raises(NoCalendarError, match=r"2031.*calendar import") as caught:
        due_json(default_calendar(), {"from": "2031-01-06", "limit": "3wd"})

    assert caught.value.exit_code == 4


def test_a_batch_answers_every_line_in_order() -> None:
    good = json.dumps({**QUESTION, "suspend": [["2026-01-09T11:00", "2026-01-10"]]})
    late = json.dumps({"from": "2031-01-06", "limit": "3wd"})
    questions: list[str | bytes] = [good, b"\xff", "", late, "[" * 9999, good.encode()]

    answers = list(due_batch(default_calendar(), questions, lang="en"))

    assert ["error" in answer for answer in answers] == [
        *(False, True, True, True, True, False),
    ]
    assert answers[0] == answers[5]
    assert answers[0]["due"] == "2026-01-12T17:00:00+07:00"
    assert "2031" in str(answers[3]["error"])


def test_batch_errors_speak_the_chosen_language() -> None:
    (answer,) = due_batch(default_calendar(), ['{"from": "2026-01-05", "limit": "1"}'])

    assert str(answer["error"]).startswith("thời hạn «1» sai dạng")


def test_an_instant_keeps_its_zone_and_is_shown_in_legal_time() -> None:
    assert parse_instant("2026-01-05T20:00Z").isoformat() == "2026-01-06T03:00:00+07:00"
