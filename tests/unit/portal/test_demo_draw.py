"""Draws, persons and offices of the demo: always the same, plainly fictitious."""

from collections import Counter
from pathlib import Path

import pytest

from dossiers.values import Channel
from infra.development_office import WARD
from portal.demo.arrivals import read
from portal.demo.draw import method, owner, pool, procedure
from portal.demo.offices import officer_id, register
from portal.demo.people import person

SAMPLE = Path(__file__).parents[3] / "portal/demo/sample/arrivals.csv"


def test_draws_are_fixed_by_seed_and_case() -> None:
    drawn = [procedure(b"1", f"case-{n}", 20) for n in range(6)]

    assert drawn == [procedure(b"1", f"case-{n}", 20) for n in range(6)]
    assert drawn != [procedure(b"2", f"case-{n}", 20) for n in range(6)]


def test_every_procedure_is_drawn_about_equally_often() -> None:
    drawn = Counter(procedure(b"1", f"case-{n}", 5) for n in range(2000))

    assert sorted(drawn) == [0, 1, 2, 3, 4]
    assert min(drawn.values()) > 340


def test_owners_come_again_from_a_pool_of_six_for_ten() -> None:
    owners = [owner(b"1", f"case-{n}", n) for n in range(1, 1001)]

    assert (pool(1), pool(10), pool(1434)) == (1, 6, 861)
    assert max(owners) < 600
    assert 300 < len(set(owners)) < 600


def test_outcomes_go_back_mostly_as_the_dossier_came() -> None:
    ways = Counter(method(b"1", f"case-{n}", Channel.ONLINE) for n in range(1000))

    assert [way for way, _ in ways.most_common()] == ["online", "counter", "post"]


def test_nobody_can_have_the_numbers_of_a_demo_person() -> None:
    someone = person(b"1", 7)

    assert someone.id_number == "000000000007"
    assert someone.phone == "0000000007"
    assert someone == person(b"1", 7)
    assert len({person(b"1", n).id_number for n in range(900)}) == 900


@pytest.mark.parametrize(
    ("resource", "officer"),
    [("Resource21", "r21"), ("Resource01", "r01"), ("test", "test"), ("TEST", "TEST")],
)
def test_officers_keep_the_names_of_the_log(resource: str, officer: str) -> None:
    assert officer_id(resource) == officer


@pytest.mark.parametrize(
    "resource", ["lanhdao", "engine", "r21", "a b", "x" * 21, "Nguyễn"]
)
def test_a_resource_cannot_pass_for_another_officer(resource: str) -> None:
    assert officer_id(resource).startswith("x")
    assert len(officer_id(resource)) == 13


def test_register_gives_the_roles_that_the_log_shows() -> None:
    offices = register(read(SAMPLE).cases, b"1")

    assert offices.first(WARD, "counter").id == "r01"
    assert offices.first(WARD, "leader").id == "lanhdao"
    assert offices.first(WARD, "clerk").id == "vanthu"
    assert offices.officer("r42").roles == ("counter",)
    assert len({officer.id for officer in offices.officers}) == len(offices.officers)
    assert {officer.unit for officer in offices.officers} >= {
        "Phòng Tổng hợp",
        "Bộ phận Một cửa",
        "Bộ phận chuyên môn",
    }
