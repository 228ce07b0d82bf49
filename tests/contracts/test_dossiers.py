"""One suite for every repository of dossiers: memory, SQLite, PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from dossiers import events as e
from dossiers.change import Change, Effect
from dossiers.dossier import Dossier, Status
from dossiers.errors import (
    ConflictError,
    FaultError,
    IllegalTransitionError,
    NotFoundError,
)
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.tables import DOCUMENT_NUMBER, DOSSIER_VIEW
from tests.support.changes import (
    AGENCY,
    OFFERED,
    OFFICER,
    RECEIVED,
    START,
    WORK,
    act,
    acts,
    code,
    reserved,
    submitted,
)
from tests.support.databases import Kernel, sql_kernel


def walk(kernel: Kernel, number: int = 1) -> Iterator[Dossier]:
    """Lead one dossier from submission to return, act by act."""
    dossier = kernel.dossiers.append(submitted(number))
    yield dossier
    for actor, facts in acts(number):
        dossier = kernel.dossiers.append(act(dossier, *facts, actor=actor))
        yield dossier


def returned(kernel: Kernel, number: int = 1) -> Dossier:
    *_, last = walk(kernel, number)
    return last


def size(kernel: Kernel) -> int:
    return kernel.journal.head().size


def test_a_dossier_goes_its_whole_way_and_is_found_by_code_and_id(
    kernel: Kernel,
) -> None:
    last = returned(kernel)

    assert last.status is Status.RETURNED
    assert kernel.dossiers.find("d1") == last == kernel.dossiers.find(code(1))
    assert [event.version for event in kernel.dossiers.history("d1")] == list(
        range(1, last.version + 1)
    )


def test_knows_nothing_of_a_dossier_that_never_came(kernel: Kernel) -> None:
    with pytest.raises(NotFoundError, match="H01-1"):
        kernel.dossiers.find("H01-1")
    with pytest.raises(NotFoundError):
        kernel.dossiers.history("H01-1")
    with pytest.raises(NotFoundError):
        kernel.dossiers.append(replace(submitted(), facts=(), shown=1))
    assert kernel.dossiers.answered("never") is None


def test_history_stops_at_a_seq_and_at_an_instant(kernel: Kernel) -> None:
    states = list(walk(kernel))

    upto = kernel.dossiers.history("d1", seq=3)
    before = kernel.dossiers.history(code(1), at=states[1].last_at)

    assert [event.version for event in upto] == [1, 2, 3]
    assert [event.version for event in before] == [1, 2, 3]
    assert kernel.dossiers.history("d1", at=START - timedelta(seconds=1)) == ()


def test_a_command_answers_for_ever_as_it_left_the_dossier(kernel: Kernel) -> None:
    first = kernel.dossiers.append(submitted())
    received = kernel.dossiers.append(act(first, RECEIVED, command="receive"))
    kernel.dossiers.append(act(received, OFFERED))
    before = size(kernel)

    again = kernel.dossiers.append(act(first, RECEIVED, WORK, command="receive"))

    assert again == received == kernel.dossiers.answered("receive")
    assert kernel.dossiers.append(submitted()) == first
    assert size(kernel) == before


def test_a_command_id_is_not_taken_for_another_dossier(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted(1, command="same"))

    with pytest.raises(ConflictError, match="same was used for dossier d1"):
        kernel.dossiers.append(submitted(2, command="same"))
    assert size(kernel) == 2


def test_a_stale_version_is_a_conflict_that_names_both(kernel: Kernel) -> None:
    first = kernel.dossiers.append(submitted())
    kernel.dossiers.append(act(first, RECEIVED))

    with pytest.raises(ConflictError, match=r"version 3.*version 2"):
        kernel.dossiers.append(act(first, RECEIVED, command="late"))


def test_what_the_law_refuses_leaves_no_trace(kernel: Kernel) -> None:
    first = kernel.dossiers.append(submitted())
    before = kernel.journal.head()

    with pytest.raises(IllegalTransitionError):
        kernel.dossiers.append(act(first, RECEIVED, RECEIVED))

    assert kernel.journal.head() == before
    assert kernel.dossiers.find("d1") == first


def test_of_eight_racing_appends_one_wins(kernel: Kernel) -> None:
    received = kernel.dossiers.append(
        act(kernel.dossiers.append(submitted()), RECEIVED)
    )

    def race(racer: int) -> bool:
        try:
            kernel.dossiers.append(act(received, OFFERED, command=f"racer {racer}"))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(race, range(8)))

    assert wins.count(True) == 1
    assert [row.seq for row in kernel.journal.read()] == [1, 2, 3, 4]


def test_eight_threads_append_without_gap_or_loss(kernel: Kernel) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda n: kernel.dossiers.append(submitted(n)), range(1, 41))
        )

    rows = list(kernel.journal.read())
    assert [row.seq for row in rows] == list(range(1, 81))
    assert {row.stream for row in rows} == {f"dossier:{one.id}" for one in made}


def test_a_taken_code_or_number_is_a_conflict(kernel: Kernel) -> None:
    first, second = (kernel.dossiers.append(submitted(n)) for n in (1, 2))
    taken = replace(submitted(3), facts=submitted(1).facts)
    ready = [_in_process(kernel, one) for one in (first, second)]
    kernel.dossiers.append(act(ready[0], reserved(7)))

    with pytest.raises(ConflictError, match="take the next one"):
        kernel.dossiers.append(taken)
    with pytest.raises(ConflictError, match="take the next one"):
        kernel.dossiers.append(act(ready[1], reserved(7)))
    assert kernel.dossiers.find("d2") == ready[1]


def _in_process(kernel: Kernel, dossier: Dossier) -> Dossier:
    for actor, facts in acts(1)[:2]:
        dossier = kernel.dossiers.append(act(dossier, *facts, actor=actor))
    return dossier


def test_the_next_numbers_follow_the_last_ones(kernel: Kernel) -> None:
    day = START.date()
    assert kernel.dossiers.next_dossier_number(AGENCY, day) == 1
    assert kernel.dossiers.next_document_number(AGENCY, 2025) == 1

    for number in (9, 9999, 10000):
        kernel.dossiers.append(submitted(number))
    ready = _in_process(kernel, kernel.dossiers.find("d9"))
    kernel.dossiers.append(act(ready, reserved(41)))

    assert kernel.dossiers.next_dossier_number(AGENCY, day) == 10001
    assert kernel.dossiers.next_dossier_number("H49.34", day) == 1
    assert kernel.dossiers.next_document_number(AGENCY, 2025) == 42
    assert kernel.dossiers.next_document_number(AGENCY, 2026) == 1


def test_a_private_field_is_read_back_and_its_digest_stands_in_the_event(
    kernel: Kernel,
) -> None:
    change = submitted()
    kernel.dossiers.append(change)

    assert kernel.dossiers.private("d1", "parties") == change.private[0].plaintext
    assert kernel.dossiers.private("d1", "other") is None
    fact = kernel.dossiers.history("d1")[0].fact
    assert isinstance(fact, e.Submitted)
    assert fact.private_digest == change.private[0].digest


def test_a_leaf_is_read_by_version(kernel: Kernel) -> None:
    kernel.dossiers.append(submitted())
    leaves = [row.leaf for row in kernel.journal.read()]

    assert [kernel.dossiers.leaf("d1", v) for v in (1, 2)] == leaves
    with pytest.raises(NotFoundError):
        kernel.dossiers.leaf("d1", 3)


def test_two_effects_under_one_key_undo_the_whole_append(kernel: Kernel) -> None:
    doubled: Change = replace(submitted(), effects=(Effect("sms", "p1", "x"),) * 2)

    with pytest.raises(FaultError, match="two rows under one key"):
        kernel.dossiers.append(doubled)

    assert size(kernel) == 0
    assert kernel.dossiers.answered(doubled.command) is None
    assert kernel.runs.row("d1") is None
    assert kernel.dossiers.private("d1", "parties") is None
    kernel.dossiers.append(submitted())


def test_showing_a_step_alone_writes_no_event_and_takes_no_command(
    kernel: Kernel,
) -> None:
    first = kernel.dossiers.append(submitted())

    shown = kernel.dossiers.append(act(first, command="free", shown=1))

    assert shown == first
    assert size(kernel) == 2
    assert kernel.dossiers.answered("free") is None
    row = kernel.runs.row("d1")
    assert row is not None
    assert row.shown == 1


def test_shown_steps_are_never_counted_down(kernel: Kernel) -> None:
    first = kernel.dossiers.append(submitted())
    for shown in (3, 2):
        kernel.dossiers.append(act(first, command=f"show {shown}", shown=shown))

    row = kernel.runs.row("d1")
    assert row is not None
    assert row.shown == 3


def _dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    select(table).order_by(*table.primary_key)
                )
            ]
            for table in (DOSSIER_VIEW, DOCUMENT_NUMBER)
        }


def test_read_models_are_rebuilt_to_the_same_bytes(
    engine: Engine, keys: FileKeys
) -> None:
    kernel = sql_kernel(engine, keys)
    returned(kernel, 1)
    in_process = _in_process(kernel, kernel.dossiers.append(submitted(2)))
    voided = e.NumberVoided(reason="x")
    processed = kernel.dossiers.append(act(in_process, *acts(2)[3][1]))
    kernel.dossiers.append(act(processed, voided))
    before = _dump(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE dossier_view SET status = 'x'"))

    assert isinstance(kernel.dossiers, SqlDossiers)
    assert kernel.dossiers.rebuild() == 2

    assert _dump(engine) == before
    assert [row[-1] for row in before["document_number"]] == ["assigned", "voided"]


def test_a_second_process_sees_what_the_first_one_wrote(
    engine: Engine, keys: FileKeys
) -> None:
    one, other = sql_kernel(engine, keys), sql_kernel(engine, keys)
    first = one.dossiers.append(submitted())
    assert other.dossiers.find("d1") == first

    received = one.dossiers.append(act(first, RECEIVED))

    assert other.dossiers.find("d1") == received
    offered = other.dossiers.append(act(received, OFFERED))
    assert one.dossiers.find("d1") == offered
    assert offered.holder == OFFICER.id


def test_a_private_field_is_sealed_and_gone_with_its_key(
    engine: Engine, keys: FileKeys
) -> None:
    kernel, change = sql_kernel(engine, keys), submitted()
    kernel.dossiers.append(change)
    with engine.begin() as connection:
        (sealed,) = connection.execute(text("SELECT sealed FROM dossier_private")).one()
        connection.execute(text("DELETE FROM dossier_key"))

    assert b"Nguyen" not in bytes(sealed)
    assert kernel.dossiers.private("d1", "parties") is None
