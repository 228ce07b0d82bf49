"""The `facts` digest covers all that is told, but what depends on keys or chance."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from dossiers import events as e
from dossiers.envelope import Event
from dossiers.facts import facts_of, key_dependent
from tests.support import changes as c
from tests.support import histories as h

CHANCE = {"sha256", "viewed_sha256", "private_digest", "certificate", "verification_id"}
WORDS = ("x", "postal", "reset", "pause", "reception", "refused", "online")
OTHERS = (*WORDS, 7, True, c.DUE + timedelta(days=99), (), ({"code": "K"},))
FACTS = (*h.WAY, *h.ELSE, *h.PAPERS)
FIELDS = [
    pytest.param(fact, name, id=f"{type(fact).__name__}.{name}")
    for fact in FACTS
    for name in type(fact).model_fields
    if name != "type"
]
EVENT = h.event(h.until(e.Received), c.WORK)


def other(fact: e.Fact, name: str) -> e.Fact:
    """Make a valid fact that differs in this field only."""
    for value in OTHERS:
        try:
            made = type(fact).model_validate(fact.model_dump() | {name: value})
        except ValidationError:
            continue
        if made != fact:
            return made
    raise AssertionError(name)


def with_fact(fact: e.Fact) -> Event:
    return EVENT.model_copy(update={"fact": fact})


@pytest.mark.parametrize(("fact", "name"), FIELDS)
def test_ignores_exactly_the_key_dependent_fields(fact: e.Fact, name: str) -> None:
    told = facts_of([with_fact(fact)])

    same = told == facts_of([with_fact(other(fact, name))])

    assert same is (name in CHANCE)


def test_the_size_of_stored_bytes_is_chance_too() -> None:
    assert key_dependent(e.DocumentStored) == {"sha256", "size"}


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "e9"},
        {"version": 9},
        {"command": "c9"},
        {"stream": "dossier:d9"},
        {"actor": c.CLERK},
        {"occurred_at": c.DUE},
    ],
)
def test_the_cover_is_told(changed: dict[str, object]) -> None:
    assert facts_of([EVENT]) != facts_of([EVENT.model_copy(update=changed)])


def test_order_is_told_and_other_streams_are_not() -> None:
    first, second, *_ = h.history(h.WAY)
    beside = EVENT.model_copy(update={"stream": "document:x1"})

    assert facts_of([first, second]) != facts_of([second, first])
    assert facts_of([first, beside, second]) == facts_of([first, second])
