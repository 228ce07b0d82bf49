"""The auditor that runs beside the house: new events, samples, its alarm, its hold."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dossiers.errors import TamperedError
from infra import running
from infra.alarm import STATE
from infra.auditor import Auditor, audit_continuously, read_state
from infra.house import House
from infra.settings import from_environment
from infra.wiring import open_house
from storage.evidence import Archive
from tests.support.audited import close_over, copied, hands, make_home
from tests.support.command_line import nambuoc
from tests.support.whole_way import acts


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("watched") / "home", ("a",), ("b",))


@pytest.fixture
def house(whole: Path, tmp_path: Path) -> Iterator[House]:
    with open_house(from_environment(copied(whole, tmp_path / "home"))) as found:
        yield found


@pytest.fixture
def auditor(house: House) -> Iterator[Auditor]:
    with closing(Archive(house.settings.database_url)) as archive:
        yield Auditor(house, archive)


def seen(auditor: Auditor) -> set[tuple[object, object]]:
    auditor.look()
    auditor.sample()
    return {(one["kind"], one["seq"]) for one in auditor.state.findings}


def test_a_whole_log_is_followed_without_alarm(house: House, auditor: Auditor) -> None:
    assert seen(auditor) == set()
    acts("c")[0](house)
    assert seen(auditor) == set()

    kept = read_state(house.settings.run)
    assert kept.checked_seq == house.journal.head().size
    assert kept.tree.root.hex() == house.journal.head().root


def test_the_next_auditor_goes_on_where_the_last_one_was(
    house: House, auditor: Auditor
) -> None:
    seen(auditor)
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE event SET type = 'x' WHERE seq = 5")
    acts("c")[0](house)

    auditor.look()

    assert auditor.state.findings == []  # event 5 lies behind it: samples see it


def test_new_events_are_checked_one_by_one(house: House, auditor: Auditor) -> None:
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE event SET type = 'x' WHERE seq = 5")
        connection.execute("UPDATE event SET version = 99 WHERE seq = 7")
        connection.execute("DELETE FROM event WHERE seq = 20")

    auditor.look()

    kinds = {(one["kind"], one["seq"]) for one in auditor.state.findings}
    assert {("column", 5), ("column", 7), ("version", 7), ("gap", 20)} <= kinds


def test_samples_meet_changed_rows(house: House, auditor: Auditor) -> None:
    seen(auditor)
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE dossier_view SET status = 'received'")
        connection.execute("UPDATE effect SET about = 'x'")

    assert seen(auditor) == {("read-model", None), ("effect", None)}


def test_a_journal_that_became_shorter_takes_nothing(
    house: House, auditor: Auditor
) -> None:
    seen(auditor)
    with hands(house.settings.home) as connection:
        connection.execute("DELETE FROM event WHERE seq > 20")
        close_over(connection)

    assert ("cut", 21) in seen(auditor)
    with pytest.raises(TamperedError, match="the journal ends at 20"):
        acts("c")[0](house)


def test_a_head_of_another_tree_is_told(house: House, auditor: Auditor) -> None:
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE event SET leaf = randomblob(32) WHERE seq = 9")
        close_over(connection)

    assert {("body", 9), ("root", None)} <= seen(auditor)


def test_the_alarm_ends_with_a_clean_verification(
    house: House, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_HOME", str(house.settings.home))
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE dossier_view SET holder = 'x'")
    assert seen(auditor)

    assert nambuoc("audit", "verify", "--all", "--repair").code == 0

    assert seen(auditor) == set()


def test_a_ruined_state_begins_anew(house: House, auditor: Auditor) -> None:
    seen(auditor)
    running.write(house.settings.run / STATE, {"checked_seq": 3, "compact": "00"})

    assert read_state(house.settings.run).checked_seq == 0


def test_the_loop_survives_a_ruined_head(house: House) -> None:
    stopping = threading.Event()
    thread = threading.Thread(target=audit_continuously, args=(house, stopping))
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE log_head SET compact = x'00'")
    thread.start()
    stopping.wait(1.5)
    assert thread.is_alive()
    with closing(sqlite3.connect(house.settings.home / "nambuoc.db")) as connection:
        close_over(connection)
        connection.commit()
    stopping.wait(2.5)
    stopping.set()
    thread.join()

    assert read_state(house.settings.run).checked_seq == house.journal.head().size


@pytest.mark.parametrize("words", [("server", "status"), ("ops", "lag")])
def test_whoever_looks_sees_the_alarm(
    house: House,
    auditor: Auditor,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, str],
) -> None:
    monkeypatch.setenv("NAMBUOC_HOME", str(house.settings.home))
    assert nambuoc(*words).code == 0
    with hands(house.settings.home) as connection:
        connection.execute("UPDATE dossier_view SET holder = 'x'")
    seen(auditor)

    said = nambuoc(*words, "--lang", "en")

    assert said.code == 5
    assert "holder is x" in said.out
    assert "nambuoc audit verify --all" in said.out
