"""Bad input: the right exit code, a sentence that leads on, nothing half written."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.conftest import Submission
from tests.support.command_line import Said, nambuoc

PAPER = "000.00.00.G01-KQ003631"
UNKNOWN = "H49.99.01-250101-0001"


def journal(home: Path) -> int:
    with closing(sqlite3.connect(home / "nambuoc.db")) as database:
        size: int = database.execute("SELECT count(*) FROM event").fetchone()[0]
    return size


@pytest.fixture
def code(home: Path, submission: Submission) -> str:
    """Submit one dossier in this home, with the command id `first`."""
    assert home.is_dir()
    path = str(submission(command_id="first"))
    return str(nambuoc("dossier", "submit", path, "--json").document["code"])


def refused(home: Path, words: tuple[str, ...]) -> Said:
    """Run a command that must leave the journal as it is and say one document."""
    before = journal(home)
    said = nambuoc(*words, "--json")
    told = nambuoc(*words, "--lang", "en")

    assert journal(home) == before
    assert said.document["error"]
    assert (told.out, told.err.startswith("Error: ")) == ("", True)
    assert told.code == said.code
    return said


BAD_SUBMISSIONS: dict[str, tuple[dict[str, object], int, str]] = {
    "unknown procedure": ({"procedure": "1.999999"}, 3, "procedure list"),
    "malformed procedure": ({"procedure": "abc"}, 2, "1.001193"),
    "draft procedure": ({"procedure": "1.001193"}, 3, "--clean"),
    "unknown component": ({"components": [{"code": "X"}]}, 3, PAPER),
    "unknown agency": ({"receiving_agency": "H99"}, 3, "H49.99.01"),
    "agency without counter": ({"receiving_agency": "H49.99"}, 3, "counter"),
    "channel not published": ({"channel": "postal"}, 4, "online"),
    "unknown key": ({"colour": "red"}, 2, "--schema"),
    "no person": ({"owner": {"name": "", "id_number": ""}}, 2, "id_number"),
    "missing paper": ({"components": [{"code": PAPER, "path": "no.pdf"}]}, 3, "no.pdf"),
    "folder": ({"components": [{"code": PAPER, "path": "."}]}, 2, "tệp"),
    "unreadable": (
        {"components": [{"code": PAPER, "path": "submission.json"}]},
        4,
        PAPER,
    ),
}


@pytest.mark.parametrize("name", BAD_SUBMISSIONS)
def test_a_bad_submission_leaves_nothing_behind(
    home: Path, submission: Submission, name: str
) -> None:
    changes, exit_code, hint = BAD_SUBMISSIONS[name]
    said = refused(home, ("dossier", "submit", str(submission(**changes))))

    assert said.code == exit_code
    assert hint in said.error


BAD_ACTS: dict[str, tuple[str, int, str]] = {
    "unknown dossier": (f"dossier receive {UNKNOWN} --as canbo1", 3, "dossier list"),
    "malformed code": ("dossier receive abc --as canbo1", 2, "abc"),
    "unknown officer": ("dossier receive CODE --as ai", 3, "canbo1"),
    "nobody acts": ("dossier receive CODE", 2, "canbo1"),
    "wrong person": ("dossier receive CODE --as cv1", 4, "canbo1"),
    "seal before signature": ("dossier sign CODE --as vanthu", 4, "receive"),
    "not yet": ("dossier return CODE --as canbo1", 4, "receive"),
    "stale": ("dossier receive CODE --as canbo1 --expect 1", 6, "2"),
    "malformed limit": ("dossier receive CODE --as canbo1 --limit 3xx", 2, "3xx"),
    "no reason": ("dossier refuse CODE --as canbo1", 2, "--reason"),
    "unknown paper": (
        "dossier supplement CODE --request X --reason r --as canbo1",
        3,
        PAPER,
    ),
    "two acts": ("dossier process CODE --resume --work x --as cv1", 2, "--work"),
    "no form": ("dossier print CODE 99 -o f.pdf", 2, "outcome"),
    "no paper yet": ("dossier print CODE 02 -o f.pdf", 3, "02"),
    "unknown status": ("dossier list --status nope", 2, "in-process"),
    "malformed time": ("dossier show CODE --at yesterday", 2, "2025-03-01T10:00"),
    "year without calendar": ("calendar due --from 2031-01-02 --limit 3wd", 4, "2031"),
    "unknown calendar": (
        "calendar due --from 2025-01-02 --limit 3wd --calendar v0",
        3,
        "import",
    ),
    "unknown verb": ("dossier dance", 2, "--help"),
    "unknown noun": ("dance", 2, "dossier"),
    "unknown option": ("dossier show CODE --dance", 2, "--dance"),
    "no argument": ("dossier show", 2, "CODE"),
    "no file": ("sign verify no.pdf", 3, "no.pdf"),
    "a folder": ("sign verify .", 2, "."),
    "a closed run": ("ops park CODE", 2, "--reason"),
    "kafka": ("audit replay --from kafka", 2, "NAMBUOC_KAFKA_BOOTSTRAP"),
}


@pytest.mark.parametrize("name", BAD_ACTS)
def test_a_bad_act_is_refused_with_what_to_do_next(
    home: Path, code: str, name: str
) -> None:
    words, exit_code, hint = BAD_ACTS[name]
    said = refused(home, tuple(words.replace("CODE", code).split()))

    assert said.code == exit_code
    assert hint in said.error


def test_a_command_id_counts_once_and_for_one_dossier(
    home: Path, code: str, submission: Submission
) -> None:
    order = ("--as", "canbo1", "--command-id", "r1", "--json")
    first = nambuoc("dossier", "receive", code, *order)
    again = nambuoc("dossier", "receive", code, *order)
    same = nambuoc("dossier", "submit", str(submission(command_id="first")), "--json")
    other = str(
        nambuoc("dossier", "submit", str(submission()), "--json").document["code"]
    )

    assert again.document["version"] == first.document["version"] == 3
    assert (same.document["code"], same.document["version"]) == (code, 2)
    for verb in ("receive", "transfer", "process", "sign", "return"):
        said = refused(home, ("dossier", verb, other, *order[:-1]))
        assert (said.code, code in said.error) == (6, True)
    taken = refused(home, ("dossier", "submit", str(submission(command_id="r1"))))
    assert taken.code == 6


def test_a_second_reception_is_refused(home: Path, code: str) -> None:
    assert nambuoc("dossier", "receive", code, "--as", "canbo1").code == 0

    assert refused(home, ("dossier", "receive", code, "--as", "canbo2")).code == 4


def _lost_key(home: Path) -> None:
    (home / "keys" / "master.json").unlink()


def _newer_schema(home: Path) -> None:
    with closing(sqlite3.connect(home / "nambuoc.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _newer_format(home: Path) -> None:
    (home / "format").write_text("2")


def _no_database(home: Path) -> None:
    (home / "nambuoc.db").write_bytes(b"this is not a database, not at all" * 99)


def _lost_root(home: Path) -> None:
    (home / "pki" / "keys" / "root.pem").unlink()


BROKEN: tuple[Callable[[Path], None], ...] = (
    _lost_key,
    _newer_schema,
    _newer_format,
    _no_database,
    _lost_root,
)


@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_home_is_a_fault_with_a_way_out(
    home: Path, code: str, damage: Callable[[Path], None]
) -> None:
    damage(home)
    said = nambuoc("dossier", "show", code, "--json")

    assert (said.code, len(said.error) > 20) == (1, True)
    assert nambuoc("server", "doctor").code == 7


def test_a_home_that_is_a_file_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("NAMBUOC_HOME", str(tmp_path / "file"))

    assert nambuoc("dossier", "list", "--json").code == 2


@pytest.mark.usefixtures("home")
def test_batch_signing_reports_each_dossier(code: str) -> None:
    said = nambuoc("sign", "batch", code, "abc", "--as", "lanhdao", "--json")
    rows = json.loads(said.out)

    assert said.code == 8
    assert [(row["code"], row["exit"]) for row in rows] == [(code, 4), ("abc", 2)]


@pytest.mark.usefixtures("home")
def test_due_batch_answers_every_line_in_order(tmp_path: Path) -> None:
    asked = tmp_path / "asked.jsonl"
    good = {"from": "2025-12-31T10:00", "limit": "3wd"}
    asked.write_text(f"{json.dumps(good)}\n{{\n{json.dumps(good)}\n")
    said = nambuoc("calendar", "due", "--batch", str(asked))
    rows = [json.loads(line) for line in said.out.splitlines()]

    assert said.code == 8
    assert [("error" in row) for row in rows] == [False, True, False]
    assert rows[0]["due"] == "2026-01-07T17:00:00+07:00"


@pytest.mark.usefixtures("home")
def test_calendars_are_imported_once_under_a_version(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "dossiers" / "calendars" / "vn-office.json"
    mine = json.loads(packaged.read_text(encoding="utf-8")) | {"version": "test-1"}
    path = tmp_path / "calendar.json"
    path.write_text(json.dumps(mine), encoding="utf-8")
    due = ("calendar", "due", "--from", "2025-12-31T10:00", "--limit", "3wd", "--json")
    assert nambuoc("calendar", "import", str(path)).code == 0
    assert nambuoc(*due).document["calendar"] == "test-1"
    path.write_text(json.dumps(mine | {"days": []}), encoding="utf-8")

    assert nambuoc("calendar", "import", str(path), "--json").code == 6
    shutil.copyfile("/dev/null", path)
    assert nambuoc("calendar", "import", str(path), "--json").code == 2


@pytest.mark.usefixtures("home")
def test_due_explains_itself_day_by_day() -> None:
    due = ("calendar", "due", "--from", "2025-12-31T10:00", "--limit", "3wd")
    short, long = nambuoc(*due), nambuoc(*due, "--explain")
    paused = nambuoc(*due, "--suspend", "2026-01-05T08:00/2026-01-08T17:00", "--json")

    assert len(short.out.splitlines()) == 1 < len(long.out.splitlines())
    assert "12729/VPCP-KGVX" in long.out
    assert str(paused.document["due"]) > "2026-01-08"
