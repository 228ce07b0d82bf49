"""One suite for every run table: wake marks, leases, parking."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dossiers.dossier import Dossier
from dossiers.ports import Mark, RunRow
from storage.runs import ATTEMPTS
from tests.support.changes import (
    ACCEPTED,
    OFFERED,
    RECEIVED,
    WORK,
    act,
    code,
    submitted,
)
from tests.support.databases import Kernel

LONG = 60.0
SHORT = 0.02


def claim(kernel: Kernel, owner: str = "w1", lease_s: float = LONG) -> list[Mark]:
    return kernel.runs.claim(owner, 10, lease_s)


def row(kernel: Kernel, dossier_id: str = "d1") -> RunRow:
    found = kernel.runs.row(dossier_id)
    assert found is not None
    return found


def idle(kernel: Kernel) -> Dossier:
    """Submit a dossier and let its first segment end in a wait."""
    dossier = kernel.dossiers.append(submitted())
    (mark,) = claim(kernel)
    kernel.runs.release("w1", mark, closed=False)
    return dossier


def test_a_new_dossier_is_due_once(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())

    assert claim(kernel) == [Mark("d1", None, 1, 0, 0, None)]
    assert claim(kernel, "w2") == []
    assert row(kernel).held
    assert row(kernel).code == code(1)


def test_a_released_run_rests_until_it_is_woken(kernel: Kernel) -> None:
    idle(kernel)
    assert claim(kernel) == []
    assert not row(kernel).held

    kernel.runs.wake("d1")

    assert [mark.wanted for mark in claim(kernel)] == [2]


def test_a_wake_during_a_segment_is_never_lost(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    (mark,) = claim(kernel)
    kernel.runs.wake("d1")

    kernel.runs.release("w1", mark, closed=True)

    assert not row(kernel).closed
    assert [again.wanted for again in claim(kernel)] == [2]


def test_an_act_wakes_only_when_the_wait_is_another(kernel: Kernel) -> None:
    dossier = kernel.dossiers.append(act(idle(kernel), RECEIVED))
    (mark,) = claim(kernel)
    dossier = kernel.dossiers.append(act(dossier, OFFERED, shown=1))
    kernel.runs.release("w1", mark, closed=False)
    assert claim(kernel) == [], "the segment that shows a step goes on by itself"

    dossier = kernel.dossiers.append(act(dossier, ACCEPTED))
    (mark,) = claim(kernel)
    kernel.dossiers.append(act(dossier, shown=2, command="show"))
    kernel.runs.release("w1", mark, closed=False)
    kernel.dossiers.append(act(dossier, WORK))

    assert claim(kernel) == [], "work inside a step wakes nobody"
    assert (row(kernel).shown, row(kernel).wanted) == (2, 3)


def test_a_dead_owners_lease_is_taken_over_and_named(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    (mark,) = claim(kernel, "dead", SHORT)
    kernel.runs.bind("d1", "run 1")
    time.sleep(2 * SHORT)

    (again,) = claim(kernel, "w2")
    kernel.runs.release("dead", mark, closed=True)

    assert (again.left_by, again.run_id) == ("dead", "run 1")
    assert row(kernel).owner == "w2"
    assert not row(kernel).closed


def test_a_renewed_lease_holds(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    claim(kernel, "w1", SHORT)
    kernel.runs.renew("w1", LONG)
    time.sleep(2 * SHORT)

    assert claim(kernel, "w2") == []


def test_a_failed_segment_is_due_again_after_its_pause(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    (mark,) = claim(kernel)

    kernel.runs.failed("w1", mark, error="no printer", pause_s=SHORT)

    assert claim(kernel) == []
    assert row(kernel).last_error == "no printer"
    time.sleep(2 * SHORT)
    (again,) = claim(kernel)
    assert (again.attempts, again.left_by) == (1, None)
    kernel.runs.release("w1", again, closed=False)
    assert (row(kernel).attempts, row(kernel).last_error) == (0, None)


def test_too_many_failures_park_it_and_freeing_makes_it_due(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    for _ in range(ATTEMPTS):
        (mark,) = claim(kernel)
        kernel.runs.failed("w1", mark, error="poison", pause_s=0)
    assert claim(kernel) == []
    assert "poison" in (row(kernel).parked_reason or "")

    kernel.runs.park("d1", None)

    assert [mark.attempts for mark in claim(kernel)] == [0]


def test_a_parked_dossier_harms_no_other(kernel: Kernel) -> None:
    for number in (1, 2):
        kernel.dossiers.append(submitted(number))

    kernel.runs.park("d1", "by hand")

    assert [mark.dossier_id for mark in claim(kernel)] == ["d2"]


def test_a_closed_run_is_listed_apart_and_wakes_again(kernel: Kernel) -> None:
    for number in (1, 2):
        kernel.dossiers.append(submitted(number))
    mark = next(m for m in claim(kernel) if m.dossier_id == "d1")
    kernel.runs.release("w1", mark, closed=True)

    def listed(*, closed: bool | None) -> list[str]:
        return [one.dossier_id for one in kernel.runs.rows(closed=closed)]

    assert listed(closed=True) == ["d1"]
    assert listed(closed=False) == ["d2"]
    assert listed(closed=None) == ["d1", "d2"]
    kernel.runs.wake("d1")
    assert [mark.dossier_id for mark in claim(kernel)] == ["d1"]


def test_eight_workers_never_share_a_mark(kernel: Kernel) -> None:
    for number in range(1, 33):
        kernel.dossiers.append(submitted(number))

    def take(worker: int) -> list[str]:
        return [m.dossier_id for m in kernel.runs.claim(f"w{worker}", 5, LONG)]

    with ThreadPoolExecutor(8) as pool:
        taken = [one for some in pool.map(take, range(8)) for one in some]

    assert len(taken) == len(set(taken))
    rest = [m.dossier_id for m in kernel.runs.claim("last", 99, LONG)]
    assert len(taken) + len(rest) == 32


@pytest.mark.parametrize("call", ["wake", "park", "bind"])
def test_an_unknown_dossier_has_no_row(kernel: Kernel, call: str) -> None:
    arguments = ("nobody",) if call == "wake" else ("nobody", None)
    getattr(kernel.runs, call)(*arguments)

    assert kernel.runs.row("nobody") is None
