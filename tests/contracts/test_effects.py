"""One suite for every outbox: each effect waits until its receiver answered."""

import time

from tests.support.changes import code, submitted
from tests.support.databases import Kernel

SHORT = 0.02
KEY = "d1:1:notice-acknowledged:p1"


def test_an_effect_waits_under_its_stable_key(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())

    (due,) = kernel.effects.claim("sender", 10, 60)

    assert due.key == KEY
    assert (due.dossier_id, due.code) == ("d1", code(1))
    assert (due.kind, due.recipient) == ("notice-acknowledged", "p1")
    assert (due.about, due.attempts) == (code(1), 0)
    assert kernel.effects.claim("other", 10, 60) == []
    assert kernel.effects.counts() == {"sent": 0, "waiting": 1}


def test_a_sent_effect_never_comes_back(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    kernel.effects.claim("sender", 10, SHORT)
    kernel.effects.done(KEY, "receipt 1")
    kernel.effects.failed(KEY, error="late answer", pause_s=0)
    time.sleep(2 * SHORT)

    assert kernel.effects.claim("sender", 10, 60) == []
    assert kernel.effects.counts() == {"sent": 1, "waiting": 0}


def test_an_effect_of_a_dead_sender_is_claimed_again(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    kernel.effects.claim("dead", 10, SHORT)
    time.sleep(2 * SHORT)

    assert [due.key for due in kernel.effects.claim("other", 10, 60)] == [KEY]


def test_a_failed_effect_is_due_after_its_pause_and_counts_the_try(
    kernel: Kernel,
) -> None:
    kernel.dossiers.append(submitted())
    kernel.effects.claim("sender", 10, 60)

    kernel.effects.failed(KEY, error="no answer", pause_s=SHORT)

    assert kernel.effects.claim("sender", 10, 60) == []
    time.sleep(2 * SHORT)
    assert [due.attempts for due in kernel.effects.claim("sender", 10, 60)] == [1]


def test_takes_no_more_than_asked_and_a_repeat_adds_none(kernel: Kernel) -> None:
    for number in (1, 2, 3, 3):
        kernel.dossiers.append(submitted(number))

    assert len(kernel.effects.claim("sender", 2, 60)) == 2
    assert len(kernel.effects.claim("sender", 2, 60)) == 1
    assert kernel.effects.counts() == {"sent": 0, "waiting": 3}
