"""Whatever an administrator does to a row: it is found, or says nothing of the log."""

import sqlite3
from pathlib import Path

from infra.audit.verify import verify
from infra.settings import from_environment
from infra.wiring import open_house
from tests.support.audited import Row, Rows, Vandal, hands, make_home

SEEDS = 200
OUTSIDE = {"mark", "intake_message", "upload_intent", "meta", "office", "calendar"}
OUTSIDE |= {"person", "alembic_version", "rendition"}
"""Tables of which no event speaks: they are no evidence."""
OPERATION = {
    "event": {"recorded_at"},
    "run_lease": {
        *("run_id", "wanted", "seen", "shown", "owner", "until", "attempts"),
        *("not_before", "last_error", "parked_reason", "closed"),
    },
    "effect": {"attempts", "not_before", "owner", "until", "receipt", "last_error"},
    "blob": {"+", "state", "store_id", "version_id", "locked_until", "last_verified"},
    "log_head": {"hold", "id"},
    "dossier_key": {"-"},
    "owner_key": {"+"},
}
"""Columns of work in hand; a lost key is an erasure, which is counted."""


def _audited_under_attack(home: Path, seed: int) -> tuple[str, str, bool, bool]:
    """Open the house, attack, audit; tells where, whether it changed, and the word."""
    with open_house(from_environment(home)) as house:
        table, column, changed = _attacked(home, seed)
        return table, column, changed, bool(verify(house, None)["ok"])


def _attacked(home: Path, seed: int) -> tuple[str, str, bool]:
    """Let the vandal act; tells table, column, and whether anything is different."""
    with hands(home) as connection:
        rows = Rows(connection)
        before = rows.all()
        try:
            table, column = Vandal(rows, seed).act()
        except sqlite3.Error:  # the database itself says no
            return "", "", False
        return table, column, rows.all() != before


def _healed(home: Path, whole: dict[str, list[Row]]) -> None:
    with hands(home) as connection:
        Rows(connection).put_back(whole)


def test_every_change_is_found_or_says_nothing_of_the_log(tmp_path: Path) -> None:
    home, found = make_home(tmp_path / "home", (), ("a", "b")), 0
    with hands(home) as connection:
        whole = Rows(connection).all()
    for seed in range(SEEDS):
        table, column, changed, ok = _audited_under_attack(home, seed)
        _healed(home, whole)

        harmless = table in OUTSIDE or column in OPERATION.get(table, set())
        assert not ok or harmless or not changed, (seed, table, column)
        assert ok or changed, seed
        found += not ok
    assert found > SEEDS / 4
