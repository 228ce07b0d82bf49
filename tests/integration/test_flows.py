"""One dossier, one flow run, five tasks: held against a real Prefect server."""

from collections.abc import Iterator
from itertools import count

import pytest

from dossiers import events as e
from dossiers.errors import ConflictError
from dossiers.values import STEPS
from infra import running
from infra.reconciling import reconcile
from tests.support import flows_engine as small
from tests.support import histories as h
from tests.support.changes import AGENCY, code
from tests.support.flows_engine import SmallEngine
from tests.support.prefect_server import Site, site, until, wait_for

NUMBERS = count(1)
FORCED = ("CANCELLED", "FAILED", "CRASHED", "COMPLETED", "RUNNING", "PENDING")


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def engine(prefect: Site) -> Iterator[SmallEngine]:
    with small.open_engine(prefect.home) as found:
        yield found


@pytest.fixture
def number(engine: SmallEngine) -> int:
    """Hand a dossier in."""
    number = next(NUMBERS)
    small.submit(engine, number)
    return number


@pytest.fixture
def in_process(prefect: Site, engine: SmallEngine, number: int) -> int:
    """Bring a dossier to where its officer must decide."""
    small.receive(engine, number)
    wait_for(prefect, code(number), "process:")
    return number


def finish(prefect: Site, engine: SmallEngine, number: int, done: int) -> None:
    ways = tuple(zip(small.WAITS, small.ACTS, strict=True))
    for reason, act in ways[done:]:
        wait_for(prefect, code(number), reason)
        act(engine, number)
    until(lambda: prefect.state(code(number)) == "Returned")


def test_a_dossier_is_one_run_with_five_tasks_named_as_the_steps(
    prefect: Site, engine: SmallEngine, number: int
) -> None:
    finish(prefect, engine, number, 0)

    run = prefect.run(code(number))
    assert run["state_type"] == "COMPLETED"
    assert run["parameters"] == {"code": small.name(number)}
    until(lambda: prefect.completed_tasks(code(number)) == sorted(STEPS))
    assert small.has_happened(engine, number) == small.WAY


def test_a_run_is_found_by_procedure_agency_and_channel(
    prefect: Site, number: int
) -> None:
    wait_for(prefect, code(number), "receive: counter officer decides")

    tags = prefect.run(code(number))["tags"]

    expected = {"procedure:1.001193@G15", f"agency:{AGENCY}", "channel:direct"}
    assert isinstance(tags, list)
    assert set(tags) == expected


def test_a_refused_dossier_ends_as_refused(
    prefect: Site, engine: SmallEngine, number: int
) -> None:
    wait_for(prefect, code(number), "receive:")

    small.act(engine, number, e.ReceptionRefused(reason="không thuộc thẩm quyền"))

    until(lambda: prefect.state(code(number)) == "Refused")
    assert prefect.completed_tasks(code(number)) == []


def test_a_withdrawn_dossier_keeps_the_tasks_that_were_done(
    prefect: Site, engine: SmallEngine, in_process: int
) -> None:
    small.act(engine, in_process, h.WITHDRAWN)

    until(lambda: prefect.state(code(in_process)) == "Withdrawn")
    until(lambda: prefect.completed_tasks(code(in_process)) == ["receive", "transfer"])


@pytest.mark.parametrize("kind", FORCED)
def test_no_state_forced_in_prefect_moves_the_dossier(
    prefect: Site, engine: SmallEngine, in_process: int, kind: str
) -> None:
    happened = small.has_happened(engine, in_process)
    before = prefect.pause_key(code(in_process))

    prefect.set_state(prefect.run(code(in_process)), kind)

    wait_for_another(prefect, in_process, before)
    assert small.has_happened(engine, in_process) == happened


def wait_for_another(prefect: Site, number: int, before: str) -> None:
    until(lambda: prefect.waits(code(number)).startswith("process:"))
    until(lambda: prefect.pause_key(code(number)) != before)


def test_the_resume_button_skips_no_officer(
    prefect: Site, engine: SmallEngine, in_process: int
) -> None:
    happened = small.has_happened(engine, in_process)
    before = prefect.pause_key(code(in_process))

    prefect.ask("POST", f"/flow_runs/{prefect.run(code(in_process))['id']}/resume", {})

    wait_for_another(prefect, in_process, before)
    assert small.has_happened(engine, in_process) == happened


def test_a_deleted_run_is_made_again_and_goes_on(
    prefect: Site, engine: SmallEngine, in_process: int
) -> None:
    deleted = prefect.run(code(in_process))["id"]

    prefect.ask("DELETE", f"/flow_runs/{deleted}")

    finish(prefect, engine, in_process, 1)
    assert prefect.run(code(in_process))["id"] != deleted
    until(lambda: prefect.completed_tasks(code(in_process)) == sorted(STEPS))


def test_a_returned_dossier_stays_returned_whatever_is_retried(
    prefect: Site, engine: SmallEngine, number: int
) -> None:
    finish(prefect, engine, number, 0)

    prefect.set_state(prefect.run(code(number)), "SCHEDULED")

    until(lambda: prefect.state(code(number)) == "Returned")
    assert small.has_happened(engine, number) == small.WAY


def test_a_poisoned_dossier_waits_with_its_error_and_harms_no_other(
    prefect: Site, engine: SmallEngine, number: int
) -> None:
    (prefect.home / "poison").write_text(small.name(number))
    small.receive(engine, number)
    other = next(NUMBERS)
    small.submit(engine, other)
    small.receive(engine, other)

    wait_for(prefect, code(other), "process:")
    until(lambda: tried(engine, number) > 1)
    (prefect.home / "poison").unlink()
    wait_for(prefect, code(number), "process:")


def tried(engine: SmallEngine, number: int) -> int:
    row = engine.runs.row(small.name(number))
    assert row is not None
    assert row.last_error is None or "poisoned" in row.last_error
    return row.attempts


def test_a_second_engine_on_the_same_home_is_refused(prefect: Site) -> None:
    ended: list[int] = []
    second = prefect.spawn_worker()

    def look() -> bool:
        exit_code = running.ended(second)
        ended.extend([] if exit_code is None else [exit_code])
        return bool(ended)

    until(look)
    assert ended == [ConflictError.exit_code]


def test_reconciliation_finds_nothing_left(prefect: Site) -> None:
    report = reconcile(prefect.home, closed=False)

    assert report["drift"] == 0
    assert report["runs"] == report["dossiers"]
