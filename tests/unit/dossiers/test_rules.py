"""Legal values are found by day and by version, and say where they were read."""

from datetime import date, time
from itertools import pairwise

import pytest

from dossiers.errors import NotFoundError, RefusedError
from dossiers.rules import RULES, CountingPolicy, LegalValue, rules_of, rules_on


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2018, 6, 21), "nd61-2018"),
        (date(2025, 6, 30), "nd61-2018"),
        (date(2025, 7, 1), "nd118-2025"),
        (date(2031, 1, 1), "nd118-2025"),
    ],
)
def test_the_day_decides_the_version(day: date, version: str) -> None:
    assert rules_on(day).version == version
    assert rules_of(version) is rules_on(day)


def test_no_rules_are_known_before_the_first_decree() -> None:
    with pytest.raises(RefusedError, match="from 2018-06-21 on"):
        rules_on(date(2018, 6, 20))


def test_an_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="nd61-2018, nd118-2025"):
        rules_of("nd1-1900")


def test_the_decree_of_2018_says_these_values_by_article() -> None:
    rules = rules_of("nd61-2018")

    assert rules.supplement_limit.value == "3wd"
    assert rules.counting_policy.value is CountingPolicy.RESET
    assert rules.counting_policy.article == "NĐ 61/2018 Đ19.4"
    assert rules.apology_days.value == 1
    assert rules.reappointments.value == 1
    assert rules.reappointments.article == "NĐ 61/2018 Đ19.9"
    assert rules.transfer_cutoff.value == time(15)
    assert rules.same_day_cutoff.article == "Luật Hộ tịch 2014 Đ5.3"


def test_what_nobody_read_has_no_article_but_a_note() -> None:
    for rules in RULES:
        values = [v for _, v in rules if isinstance(v, LegalValue)]

        assert len(values) == 8
        assert all(value.article or value.note for value in values)
    assert rules_of("nd118-2025").supplement_limit.article is None


def test_versions_follow_each_other_without_gap() -> None:
    for earlier, later in pairwise(RULES):
        assert earlier.valid_to is not None
        assert earlier.valid_to.toordinal() + 1 == later.valid_from.toordinal()
