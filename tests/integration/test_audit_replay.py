"""A replay gives the same states from wherever the events are read."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from dossiers.errors import MalformedError, TamperedError
from infra.audit import together
from infra.audit.replay import Replay
from infra.audit.sources import JOURNAL, read
from infra.exporting import Source, export
from infra.house import House
from infra.settings import from_environment
from infra.wiring import open_house
from tests.support.audited import copied, hands, make_home
from tests.support.command_line import nambuoc

Summary = dict[str, object]


def silent(what: str, count: int) -> None:
    """Tell nothing about progress."""
    assert what
    assert count >= 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home and an export of its log beside it."""
    folder = tmp_path_factory.mktemp("replayed")
    home = make_home(folder / "home", ("a",), ("b",))
    with open_house(from_environment(home)) as house:
        export(Source(house.journal, house.checkpoints), folder / "out", 1, silent)
    return folder


@pytest.fixture
def house(whole: Path, tmp_path: Path) -> Iterator[House]:
    with open_house(from_environment(copied(whole / "home", tmp_path / "home"))) as one:
        yield one


@pytest.fixture
def home(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NAMBUOC_HOME", str(house.settings.home))
    return house.settings.home


def replayed(house: House, source: str = JOURNAL, last: int | None = None) -> Summary:
    work = Replay(source)
    work.run(read(house, source, last))
    return work.summary() | {"from": ""}


def test_journal_and_export_give_the_same(house: House, whole: Path) -> None:
    told = replayed(house)

    assert replayed(house, str(whole / "out")) == told
    assert told["size"] == house.journal.head().size
    assert told["root"] == house.journal.head().root
    assert told["dossiers"] == 2


def test_a_prefix_of_the_log_is_what_it_was_then(house: House, whole: Path) -> None:
    told = replayed(house, last=9)

    assert told == replayed(house, str(whole / "out"), last=9)
    assert (told["size"], told["dossiers"]) == (9, 1)
    assert told["state_digest"] != replayed(house, last=8)["state_digest"]


@pytest.mark.parametrize("last", [9, 20, None])
def test_several_processes_say_the_same(house: House, last: int | None) -> None:
    size = last or house.journal.head().size
    moment = next(house.journal.read(15, 15)).recorded_at

    for at in (None, moment):
        work = Replay(JOURNAL, at)
        work.run(read(house, JOURNAL, last))
        told = together.replayed(house.settings.database_url, 2, size, at=at)
        assert told == work.summary()


def test_several_processes_name_what_is_wrong(home: Path, house: House) -> None:
    url, size = house.settings.database_url, house.journal.head().size
    with hands(home) as connection:
        connection.execute("DELETE FROM event WHERE seq = 1")
    with pytest.raises(TamperedError, match="event 1 is missing"):
        together.replayed(url, 2, size)
    with hands(home) as connection:
        connection.execute("UPDATE event SET body = x'7b7d' WHERE seq = 4")
    with pytest.raises(TamperedError, match="journal seq 4: event 4 is not what"):
        together.replayed(url, 2, size)


def test_an_instant_before_all_gives_nothing(home: Path) -> None:
    said = nambuoc("audit", "replay", "--to", "2020-01-01T00:00", "--json")

    assert said.code == 0
    assert said.document["dossiers"] == 0
    assert home.exists()


def test_what_was_interrupted_goes_on(home: Path, house: House, tmp_path: Path) -> None:
    work, out = Replay(JOURNAL), tmp_path / "states.ndjson"
    work.run(islice(read(house, JOURNAL), 20))
    notes = out.with_name(f"{out.name}.partial")
    notes.write_text("\n".join(work.notes()))

    said = nambuoc("audit", "replay", "--resume", "-o", str(out), "--json")

    assert said.code == 0, said.err
    assert said.document["state_digest"] == replayed(house)["state_digest"]
    assert len(out.read_text().splitlines()) == 2
    assert not notes.exists()
    assert nambuoc("audit", "replay", "--resume", "-o", str(out)).code == 3
    assert home.exists()


def test_a_log_that_changed_meanwhile_is_no_longer_the_same(house: House) -> None:
    work = Replay(JOURNAL)
    work.run(islice(read(house, JOURNAL), 20))
    resumed = Replay.resumed(work.notes(), JOURNAL, None)
    events = [one for one in read(house, JOURNAL) if one.seq != 5]

    with pytest.raises(TamperedError, match="first 20 events are not those of before"):
        resumed.run(events)
    with pytest.raises(MalformedError, match="replay read journal"):
        Replay.resumed(work.notes(), "kafka", None)
    with pytest.raises(MalformedError, match="damaged"):
        Replay.resumed(["{}"], JOURNAL, None)


def _only(export: Path) -> Path:
    (file,) = (export / "events").iterdir()
    return file


def test_wrong_events_are_named_with_their_place(house: House) -> None:
    events = list(read(house, JOURNAL))
    swapped = [*events[:3], events[4], events[3], *events[5:]]

    work = Replay(JOURNAL)
    with pytest.raises(TamperedError, match=r"journal seq 6: event 6 .*dossier:"):
        work.run([one for one in swapped if one.seq != 4])
    assert work.tree.size == 0


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "DELETE FROM event WHERE seq = 6",
            "event 6 is missing (before journal seq 7)",
        ),
        ("DELETE FROM event WHERE seq > 20", "event 21 is missing"),
        ("UPDATE event SET body = x'7b7d' WHERE seq = 4", "journal seq 4: event 4"),
    ],
)
def test_a_broken_journal_ends_with_exit_code_5(
    home: Path, statement: str, told: str
) -> None:
    with hands(home) as connection:
        connection.execute(statement)

    said = nambuoc("audit", "replay", "--json", "--lang", "en")

    assert said.code == 5
    assert told in said.error


def test_an_export_of_another_log_is_told_apart(
    house: House, whole: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "events.ndjson"
    bodies = [one.body for one in read(house, JOURNAL)]
    bodies[3] = bodies[3].replace(b"canbo1", b"canbo2")
    plain.write_bytes(b"".join(body + b"\n" for body in bodies))

    with pytest.raises(TamperedError, match=r"events\.ndjson.*event 4 is not what"):
        replayed(house, str(plain))
    assert whole.exists()


def test_a_source_that_is_none_is_told(home: Path) -> None:
    assert nambuoc("audit", "replay", "--from", "/no/such").code == 3
    assert nambuoc("audit", "replay", "--from", "kafka").code == 2
    assert nambuoc("audit", "replay", "--seq", "99999").code == 3
    assert home.exists()


def test_kafka_that_is_down_is_exit_code_7(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_KAFKA_BOOTSTRAP", "127.0.0.1:9")

    assert nambuoc("audit", "replay", "--from", "kafka").code == 7
    assert home.exists()


def test_differences_name_field_and_first_seq(home: Path, house: House) -> None:
    one, *_ = house.listing.dossiers(status="returned", limit=1)
    with hands(home) as connection:
        connection.execute(
            "UPDATE dossier_view SET version = 3, owner = 'x' WHERE code = ?",
            (one["code"],),
        )
        connection.execute(
            "UPDATE document_number SET state = 'voided' WHERE number = 1"
        )

    said = nambuoc("audit", "diff", "--json")
    rows = said.document["differences"]

    assert said.code == 5
    assert isinstance(rows, list)
    found = {
        (row["table"], row["field"]): (row["database"], row["seq"]) for row in rows
    }
    assert found["dossier_view", "version"] == (3, 6)
    assert found["dossier_view", "owner"] == ("x", 2)
    assert found["document_number", "state"] == ("voided", 9)


def test_without_differences_a_diff_is_clean(
    home: Path, house: House, whole: Path
) -> None:
    one, *_ = house.listing.dossiers(status=None, limit=1)

    assert nambuoc("audit", "diff").code == 0
    assert nambuoc("audit", "diff", "--from", str(whole / "out")).code == 0
    assert nambuoc("audit", "diff", str(one["code"]), "--lang", "en").out == (
        f"0 differences; 1 dossiers, the log ends at seq {house.journal.head().size}\n"
    )
    assert home.exists()
