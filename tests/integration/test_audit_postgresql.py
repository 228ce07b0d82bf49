"""The audit on PostgreSQL: the same words as on SQLite."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from infra.audit.diff import diff
from infra.audit.replay import Replay
from infra.audit.sources import JOURNAL, read
from infra.audit.together import replayed
from infra.audit.verify import verify
from infra.auditor import Auditor
from infra.house import House
from infra.repair import repair
from infra.settings import from_environment
from infra.wiring import open_house
from storage.engine import open_database
from storage.evidence import Archive
from tests.support.audited import make_home
from tests.support.databases import Databases


@pytest.fixture(scope="module")
def house(
    postgresql_server: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    home = tmp_path_factory.mktemp("postgresql") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAMBUOC_DATABASE_URL", postgresql_server.make())
        make_home(home, ("a",), ("b",))
        with open_house(from_environment(home)) as found:
            yield found


def does(house: House, *statements: str) -> None:
    """Do anything to the rows, as the database's owner can."""
    engine = open_database(house.settings.database_url)
    off, on = (f"ALTER TABLE event {one} TRIGGER USER" for one in ("DISABLE", "ENABLE"))
    with engine.begin() as connection:
        for statement in (off, *statements, on):
            connection.execute(text(statement))
    engine.dispose()


def kinds(answer: dict[str, object]) -> set[tuple[str, object]]:
    findings = answer["findings"]
    assert isinstance(findings, list)
    return {(one["kind"], one["seq"]) for one in findings}


def test_a_whole_home_is_whole(house: House) -> None:
    assert verify(house, None)["findings"] == []
    assert diff(house, None, JOURNAL)["differences"] == []
    work = Replay(JOURNAL)
    work.run(read(house, JOURNAL))
    size = house.journal.head().size
    assert replayed(house.settings.database_url, 2, size) == work.summary()


def test_changed_tables_are_found_and_mended(house: House) -> None:
    does(
        house,
        "UPDATE dossier_view SET holder = 'x'",
        "DELETE FROM run_lease",
        "DELETE FROM effect WHERE key LIKE '%received%'",
    )
    with closing(Archive(house.settings.database_url)) as archive:
        auditor = Auditor(house, archive)
        auditor.look()
        auditor.sample()

    seen = {one["kind"] for one in auditor.state.findings}
    assert {kind for kind, _ in kinds(verify(house, None))} == seen
    assert seen == {"read-model", "run", "effect"}
    assert repair(house)["effects"] == 2
    assert verify(house, None)["ok"]


def test_a_changed_log_is_named(house: House) -> None:
    saved = "CREATE TABLE kept AS SELECT * FROM event"
    does(
        house,
        saved,
        "UPDATE event SET body = body || 'x' WHERE seq = 4",
        "UPDATE event SET version = 99 WHERE seq = 7",
        "DELETE FROM event WHERE seq = 20",
    )
    found = kinds(verify(house, None))
    does(house, "DELETE FROM event", "INSERT INTO event SELECT * FROM kept")

    assert {("body", 4), ("event", 4), ("version", 7), ("gap", 20)} <= found
    assert verify(house, None)["ok"]
