"""The address, the database and the settings of Prefect's own server."""

import os
import socket
from pathlib import Path

import pytest

from flows import environment, server
from infra import running


def test_keeps_its_port_and_takes_another_when_it_is_taken(tmp_path: Path) -> None:
    first = server.port(tmp_path)
    running.write(tmp_path / server.ADDRESS, {"port": first})
    assert server.port(tmp_path) == first

    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", first))
        stranger.listen()
        assert server.port(tmp_path) not in (0, first)


def test_a_lost_database_is_an_empty_migrated_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / f"prefect-{environment.PREFECT}.db"
    template.write_bytes(b"migrated")
    monkeypatch.setattr(server, "CACHE", tmp_path)
    home = tmp_path / "home"
    rest = home / f"{server.DATABASE}-wal"
    rest.parent.mkdir(parents=True)
    rest.write_bytes(b"of the lost one")

    assert server.database(home).read_bytes() == b"migrated"
    assert not rest.exists()


def test_a_kept_database_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / server.DATABASE
    kept.parent.mkdir()
    kept.write_bytes(b"kept")

    assert server.database(tmp_path).read_bytes() == b"kept"


def test_takes_nothing_from_the_users_own_prefect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {"PREFECT_API_KEY": "x", "LANG": "C"})

    environment.take_on(tmp_path, environment.worker("http://127.0.0.1:1/api"))

    assert "PREFECT_API_KEY" not in os.environ
    assert os.environ["LANG"] == "C"
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["PREFECT_HOME"] == str(tmp_path / "prefect")
