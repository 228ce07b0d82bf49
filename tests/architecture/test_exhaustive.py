"""No event is forgotten: each has its name, rule, place, effect and sentence."""

import re
from typing import get_args

import pytest

from dossiers import events
from dossiers.events import AnyFact, DossierFact, Fact, Submitted
from dossiers.fold import HANDLED
from dossiers.transitions import ACTIONS, ALLOWED, RULE
from portal.sentences import KNOWN

KINDS: frozenset[type[Fact]] = frozenset(get_args(DossierFact))


def wire(kind: type[Fact]) -> str:
    name: str = kind.model_fields["type"].default
    return name


def test_the_law_knows_every_fact_of_a_dossier() -> None:
    assert set(ALLOWED) | {Submitted} == KINDS
    assert set(RULE) == KINDS
    assert set(ACTIONS.values()) <= KINDS


def test_the_fold_handles_every_fact_of_a_dossier() -> None:
    assert HANDLED == KINDS


def test_the_timeline_has_a_sentence_for_every_fact_of_a_dossier() -> None:
    assert {wire(kind).split(".")[-2] for kind in KINDS} == KNOWN


def test_every_fact_there_is_stands_in_a_union() -> None:
    written = {
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
    }

    assert written == set(get_args(AnyFact))


@pytest.mark.parametrize("kind", sorted(KINDS, key=str))
def test_the_wire_name_is_the_class_name(kind: type[Fact]) -> None:
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()

    assert wire(kind) == f"vn.nambuoc.dossier.{kebab}.v1"


@pytest.mark.parametrize("kind", get_args(AnyFact))
def test_a_fact_is_frozen_and_refuses_strangers(kind: type[Fact]) -> None:
    assert kind.model_config["frozen"] is True
    assert kind.model_config["extra"] == "forbid"
