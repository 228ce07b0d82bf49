"""The grammar of limits: a decimal number and a unit, nothing else."""

from decimal import Decimal

import pytest

from dossiers.errors import MalformedError
from dossiers.working_time.limits import Limit, Unit


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("0wd", "0", Unit.WORKING_DAY),
        ("7.5wd", "7.5", Unit.WORKING_DAY),
        ("20d", "20", Unit.CALENDAR_DAY),
        ("2mo", "2", Unit.MONTH),
        ("0.25wh", "0.25", Unit.WORKING_HOUR),
        ("48h", "48", Unit.CLOCK_HOUR),
    ],
)
def test_reads_a_number_and_a_unit(text: str, amount: str, unit: Unit) -> None:
    limit = Limit.parse(text)

    assert limit == Limit(Decimal(amount), unit)
    assert str(limit) == text


def test_writes_the_shortest_form() -> None:
    assert str(Limit.parse("07.50wd")) == "7.5wd"
    assert str(Limit(Decimal("15.0"), Unit.CALENDAR_DAY)) == "15d"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7.5",
        "wd",
        "7,5wd",
        "-1wd",
        "+1wd",
        ".5wd",
        "5.wd",
        "5 wd",
        "5WD",
        "5w",
        "1.5d",
        "1.5mo",
        "1.0d",
        "1e3wd",
        "NaNh",
        "Infinitywd",
        "٣wd",
        "5wd\n",
        "99999999wd",
        "0.0000001wh",
        "1wd2h",
        "1y",
    ],
)
def test_refuses_what_is_outside_the_grammar(text: str) -> None:
    with pytest.raises(MalformedError, match=r"write 7\.5wd"):
        Limit.parse(text)


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "10000000", "1.5"])
def test_refuses_amounts_that_no_clock_counts(amount: str) -> None:
    with pytest.raises(MalformedError):
        Limit(Decimal(amount), Unit.CALENDAR_DAY)


def test_a_long_text_is_not_echoed_in_full() -> None:
    with pytest.raises(MalformedError) as caught:
        Limit.parse("9" * 5000)

    assert len(str(caught.value)) < 200
