"""A database restored from an older copy comes back to the signed tree, or stays."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dossiers.errors import TamperedError
from infra.exporting import Source, export
from infra.settings import from_environment
from infra.wiring import open_house
from tests.support.audited import (
    DATABASE,
    Row,
    go_on,
    make_home,
    restore_database,
    save_database,
)
from tests.support.command_line import Said, nambuoc
from tests.support.whole_way import acts, dossier_of

EVENTS = (
    "SELECT seq, event_id, stream, version, command_id, type, occurred_at, part, body,"
    " leaf FROM event ORDER BY seq"
)
OF_EVENTS = (
    EVENTS,
    "SELECT size, compact FROM log_head",
    "SELECT * FROM dossier_view ORDER BY code",
    "SELECT * FROM document_number ORDER BY number",
    "SELECT key, code, about FROM effect ORDER BY key",
    "SELECT dossier_id FROM run_lease ORDER BY dossier_id",
)
"""All that events decide."""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home, back it up, let it go on, export it, back it up again."""
    folder = tmp_path_factory.mktemp("restored")
    home = make_home(folder / "home", ("a",), ("b",))
    save_database(home, folder / "old.db")
    go_on(home, ("b", "c"))
    save_database(home, folder / "new.db")
    with open_house(from_environment(home)) as house:
        export(Source(house.journal, house.checkpoints), folder / "out", 1, _silent)
    return folder


def _silent(what: str, count: int) -> None:
    assert what
    assert count >= 0


@pytest.fixture
def folder(begun: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the home with its database as it was backed up first."""
    monkeypatch.setenv("NAMBUOC_HOME", str(begun / "home"))
    restore_database(begun / "home", begun / "old.db")
    return begun


def rows(database: Path) -> list[list[Row]]:
    with closing(sqlite3.connect(database)) as connection:
        return [connection.execute(one).fetchall() for one in OF_EVENTS]


def repaired(folder: Path) -> Said:
    source = str(folder / "out")
    words = ("audit", "verify", "--all", "--repair", "--from", source, "--json")
    return nambuoc(*words)


def test_what_is_missing_is_named(folder: Path) -> None:
    said = nambuoc("audit", "verify", "--all", "--json")

    assert said.code == 5
    assert said.document["found"] == {"cut": 1}
    assert nambuoc("audit", "verify", "--all", "--repair").code == 5
    assert folder.exists()


def test_the_missing_events_come_back_byte_for_byte(folder: Path) -> None:
    said = repaired(folder)

    assert rows(folder / "home" / DATABASE) == rows(folder / "new.db")
    done = said.document["repaired"]
    assert isinstance(done, dict)
    assert done["imported"] > 20
    assert said.document["found"] == {"document": done_documents(folder)}


def done_documents(folder: Path) -> int:
    """Count the papers whose keys were only in the database that is gone."""
    counts = []
    for name in ("new.db", "old.db"):
        with closing(sqlite3.connect(folder / name)) as connection:
            counts += connection.execute("SELECT count(*) FROM document").fetchone()
    return int(counts[0] - counts[1])


def test_a_command_that_was_answered_before_is_not_done_again(folder: Path) -> None:
    repaired(folder)
    with open_house(from_environment(folder / "home")) as house:
        size = house.journal.head().size
        for act in acts("b"):
            act(house)

        assert house.journal.head().size == size
        assert dossier_of(house, "c").open is False


def test_the_hold_is_lifted_with_the_repair(folder: Path) -> None:
    with open_house(from_environment(folder / "home")) as house:
        assert "the database ends at" in str(house.journal.held())
        repaired(folder)

        assert house.journal.held() is None


def test_a_source_that_ends_too_early_changes_nothing(folder: Path) -> None:
    before = rows(folder / "home" / DATABASE)
    (file,) = (folder / "out" / "events").iterdir()
    short = folder / "short.ndjson"
    with open_house(from_environment(folder / "home")) as house:
        bodies = [one.body for one in house.journal.read()]
    short.write_bytes(b"".join(body + b"\n" for body in bodies))

    said = nambuoc("audit", "verify", "--all", "--repair", "--from", str(short))

    assert said.code == 5
    assert rows(folder / "home" / DATABASE) == before
    assert file.exists()


def test_a_source_that_forked_changes_nothing(folder: Path) -> None:
    before = rows(folder / "home" / DATABASE)
    home = folder / "other"
    if not home.exists():
        make_home(home, ("a", "b", "c", "d"))
    with open_house(from_environment(home)) as house:
        bodies = [one.body for one in house.journal.read()]
    other = folder / "other.ndjson"
    other.write_bytes(b"".join(body + b"\n" for body in bodies))

    said = nambuoc("audit", "verify", "--all", "--repair", "--from", str(other))

    assert said.code == 5
    assert rows(folder / "home" / DATABASE) == before


def test_nothing_is_written_before_the_repair(folder: Path) -> None:
    with open_house(from_environment(folder / "home")) as house:
        before = house.journal.head()
        with pytest.raises(TamperedError, match="were signed, the journal has"):
            house.checkpoints.sign()
        with pytest.raises(TamperedError, match="the log takes no events"):
            acts("z")[0](house)

        assert house.journal.head() == before
