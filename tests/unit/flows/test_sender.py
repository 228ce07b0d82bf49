"""The sender: whatever one notice does, the others go out."""

from dataclasses import dataclass, field

import pytest

from dossiers.ports import Dossiers, DueEffect, Effects, Notices, Runs
from dossiers.values import Step
from flows.sender import send_due
from tests.support.changes import submitted
from tests.support.databases import memory_kernel

POISON = "d1:1:notice-acknowledged:p1"
LONG_AGO = 1100


@dataclass
class Post:
    """A receiver that breaks on one key with an error outside our tree."""

    poison: str = ""
    got: list[str] = field(default_factory=list)

    def send(self, effect: DueEffect) -> str:
        """Take it, or break."""
        if effect.key == self.poison:
            raise ZeroDivisionError
        self.got.append(effect.key)
        return "receipt"


@dataclass(frozen=True)
class Desk:
    """The engine as far as a sender needs it."""

    dossiers: Dossiers
    runs: Runs
    effects: Effects
    notices: Notices

    def settle(self, step: Step, dossier_id: str) -> None:
        """No sender does that."""
        raise AssertionError(step, dossier_id)


def desk(post: Post, dossiers: int) -> Desk:
    kernel = memory_kernel()
    for number in range(1, dossiers + 1):
        kernel.dossiers.append(submitted(number))
    return Desk(kernel.dossiers, kernel.runs, kernel.effects, post)


def test_a_notice_that_breaks_its_receiver_harms_no_other() -> None:
    post = Post(POISON)
    engine = desk(post, 3)

    taken = send_due(engine, "sender")

    assert taken == 3
    assert len(post.got) == 2
    assert engine.effects.counts() == {"sent": 2, "waiting": 1}


@pytest.mark.parametrize("failures", [3, LONG_AGO])
def test_a_notice_refused_for_weeks_is_still_tried(failures: int) -> None:
    post = Post(POISON)
    engine = desk(post, 1)
    for _ in range(failures):
        engine.effects.failed(POISON, error="away", pause_s=0)

    send_due(engine, "sender")
    engine.effects.failed(POISON, error="repaired", pause_s=0)
    post.poison = ""
    send_due(engine, "sender")

    assert post.got == [POISON]
