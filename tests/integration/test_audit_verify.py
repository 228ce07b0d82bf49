"""`audit verify` names each kind of damage with its place."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from infra.audit.verify import verify
from infra.settings import from_environment
from infra.wiring import open_house
from storage.merkle import leaf_of
from tests.support.audited import DATABASE, close_over, copied, hands, make_home
from tests.support.command_line import nambuoc

Act = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("whole") / "home", ("a",), ("b",))


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> Path:
    return copied(whole, tmp_path / "home")


def found(home: Path, act: Act | None = None) -> dict[str, object]:
    """Open the house, do something to its rows, verify all."""
    with open_house(from_environment(home)) as house:
        if act is not None:
            with hands(home) as connection:
                act(connection)
        return verify(house, None)


def places(answer: dict[str, object]) -> set[tuple[str, object]]:
    """List kind and seq of each finding."""
    findings = answer["findings"]
    assert isinstance(findings, list)
    return {(one["kind"], one["seq"]) for one in findings}


def does(*statements: str) -> Act:
    return lambda connection: [connection.execute(one) for one in statements]


def then(*acts: Act) -> Act:
    return lambda connection: [act(connection) for act in acts]


def swap(connection: sqlite3.Connection, one: int, other: int) -> None:
    for now, then in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (then, now))


def test_a_whole_home_is_whole(home: Path) -> None:
    answer = found(home)

    assert answer["findings"] == []
    assert (answer["ok"], answer["dossiers"], answer["signatures"]) == (True, 2, 2)
    assert answer["size"] == answer["events"] == answer["signed"]


def forge(connection: sqlite3.Connection, statement: str) -> None:
    """Change a body and let leaf and head agree with it."""
    connection.execute(statement)
    connection.create_function("leaf", 1, leaf_of)
    connection.execute("UPDATE event SET leaf = leaf(body)")
    close_over(connection)


FLIP = (
    "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'canbo', 'canbx')"
    " AS BLOB) WHERE seq = 4"
)
DAMAGE: dict[str, tuple[Act, set[tuple[str, object]]]] = {
    "a body flipped": (
        does(FLIP),
        {("body", 4), ("root", None), ("fork", None)},
    ),
    "a body and its leaf forged, the head closed over": (
        lambda c: forge(c, FLIP),
        {("fork", None), ("event", 4)},
    ),
    "two events swapped, the head closed over": (
        then(lambda c: swap(c, 5, 6), close_over),
        {("fork", None), ("event", 5), ("event", 6)},
    ),
    "two events of one dossier swapped": (
        lambda c: swap(c, 3, 4),
        {("order", 3), ("root", None), ("fork", None), ("event", 3), ("event", 4)},
    ),
    "an event deleted": (
        does("DELETE FROM event WHERE seq = 9"),
        {("gap", 9), ("version", 10), ("root", None), ("fork", None)},
    ),
    "an unknown type": (
        does(
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT),"
            " 'received.v1', 'revived.v1') AS BLOB) WHERE seq = 4"
        ),
        {("body", 4), ("event", 4), ("root", None), ("fork", None)},
    ),
    "a version changed": (
        does("UPDATE event SET version = 99 WHERE seq = 7"),
        {("version", 7), ("version", 8)},
    ),
    "the head ruined": (
        does("UPDATE log_head SET compact = x'00'"),
        {("head", None)},
    ),
    "a hold on nothing": (does("UPDATE log_head SET hold = 'x'"), set()),
    "a read model changed": (
        does("UPDATE dossier_view SET status = 'received', holder = 'x'"),
        {("read-model", None)},
    ),
    "a number taken away": (
        does("DELETE FROM document_number"),
        {("number", None)},
    ),
    "a notice forgotten": (
        does("DELETE FROM effect WHERE key LIKE '%notice-received%'"),
        {("effect", None)},
    ),
    "a notice invented": (
        does(
            "INSERT INTO effect SELECT key || 'x', code, about, state, attempts,"
            " not_before, owner, until, receipt, last_error FROM effect LIMIT 1"
        ),
        {("effect", None)},
    ),
    "private fields swapped": (
        does("UPDATE dossier_private SET sealed = randomblob(60)"),
        {("private", None)},
    ),
    "a paper's owner changed": (
        does("UPDATE document SET owner = 'x' WHERE type_code = 'form-01'"),
        {("document", None)},
    ),
    "a dossier nobody handed in": (
        does(
            "INSERT INTO run_lease SELECT 'x', run_id, wanted, seen, shown, owner,"
            " until, attempts, not_before, last_error, parked_reason, closed"
            " FROM run_lease LIMIT 1"
        ),
        {("stranger", None)},
    ),
    "a procedure rewritten": (
        does("UPDATE procedure SET name = 'x'"),
        {("procedure", None)},
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_with_its_place(home: Path, name: str) -> None:
    act, wanted = DAMAGE[name]

    assert places(found(home, act)) == wanted


def test_a_cut_tail_is_missed_though_the_head_fits(home: Path) -> None:
    cut = does("DELETE FROM event WHERE seq > 20")
    answer = found(home, then(cut, close_over))

    assert ("cut", 21) in places(answer)
    assert answer["size"] == 20


def test_guards_that_were_dropped_are_missed(home: Path) -> None:
    with open_house(from_environment(home)) as house:
        with closing(sqlite3.connect(home / DATABASE)) as connection:
            connection.execute("DROP TRIGGER event_no_update")
        assert places(verify(house, None)) == {("guards", None)}


def test_the_command_opens_a_home_whatever_was_done_to_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_HOME", str(home))
    with closing(sqlite3.connect(home / DATABASE)) as connection:
        connection.execute("DROP TRIGGER event_no_delete")
        connection.execute("UPDATE log_head SET size = 'x'")
        connection.commit()

    said = nambuoc("audit", "verify", "--all", "--json")

    assert said.code == 5
    assert said.document["found"] == {"guards": 1, "head": 1}
    assert nambuoc("dossier", "list").code == 5


def test_a_file_changed_or_lost_is_named(home: Path) -> None:
    changed, lost, *_ = sorted((home / "store").rglob("*"), key=_size)[-2:]
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    lost.unlink()

    kinds = {kind for kind, _ in places(found(home))}
    assert kinds == {"file", "missing"}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def test_one_dossier_is_checked_alone(home: Path) -> None:
    with open_house(from_environment(home)) as house:
        one, other = house.listing.dossiers(status=None, limit=9)
        with hands(home) as connection:
            connection.execute(
                "UPDATE dossier_view SET holder = 'x' WHERE code = ?", (one["code"],)
            )
        assert places(verify(house, str(one["code"]))) == {("read-model", None)}
        assert verify(house, str(other["id"]))["ok"]


def test_a_code_that_the_tables_forgot_is_found_in_the_log(home: Path) -> None:
    with open_house(from_environment(home)) as house:
        one, *_ = house.listing.dossiers(status=None, limit=9)
        with hands(home) as connection:
            connection.execute("DELETE FROM dossier_view")
        answer = verify(house, str(one["code"]))

    assert places(answer) == {("read-model", None)}


def test_several_processes_find_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = found(home, does(FLIP, "UPDATE dossier_view SET holder = 'x'"))
    monkeypatch.setattr("infra.audit.verify.MANY", 1)

    with open_house(from_environment(home)) as house:
        assert verify(house, None) == alone


def test_the_command_says_it_with_exit_code_5(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_HOME", str(home))
    with hands(home) as connection:
        connection.execute(FLIP)

    said = nambuoc("audit", "verify", "--all", "--lang", "vi")

    assert said.code == 5
    assert "✘ seq 4" in said.out
    assert "nội dung bị sửa" in said.out
