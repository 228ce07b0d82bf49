"""One development PKI for all tests of the steps; a new office for each."""

from pathlib import Path

import pytest

from tests.support.office import Room, room


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the PKI."""
    return tmp_path_factory.mktemp("pki")


@pytest.fixture
def here(pki: Path) -> Room:
    """Open an office where nothing has happened."""
    return room(pki)
