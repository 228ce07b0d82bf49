"""The drill: a working home is copied, restored elsewhere, and nothing is missing."""

import shutil
import sqlite3
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from dossiers.errors import FaultError
from dossiers.ports import NewDocument
from dossiers.values import digest
from infra.audit.verify import verify
from infra.clock import SystemClock
from infra.settings import from_environment
from infra.store_care import verify_store
from infra.wiring import open_house
from tests.faults.test_documents_disk import copied
from tests.support.seeds import Draws
from tests.support.whole_way import furnish, walk

FORK = get_context("forkserver")
PAPERS, SAMPLE = 130, 100
KEPT = ("keys", "pki", "format")


def put_papers(home: Path, first: int, count: int) -> None:
    """Store papers of a few owners in a home."""
    with open_house(from_environment(home)) as house:
        for number in range(first, first + count):
            about = NewDocument(
                upload=f"drill:{number}",
                owner=f"p{number % 7}",
                type_code="paper",
                media_type="application/pdf",
                at=SystemClock().now(),
                retention=("reuse", "dossier", "outcome")[number % 3],
            )
            house.office.documents.put(f"giay {number} ".encode() * 500, about)


def back_up(home: Path, target: Path) -> None:
    """Copy as the manual says: database first, then keys, then objects."""
    copied(home / "nambuoc.db", target / "nambuoc.db")
    for name in KEPT:
        kept = home / name
        if kept.is_dir():
            shutil.copytree(kept, target / name)
        else:
            shutil.copy2(kept, target / name)
    shutil.copytree(home / "store", target / "store")


def ids(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "nambuoc.db")) as database:
        asked = "SELECT document_id FROM document ORDER BY document_id"
        return [str(row[0]) for row in database.execute(asked)]


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("working") / "home"
    furnish(home)
    through = FORK.Process(target=walk, args=(home, None, None))
    through.start()
    through.join(60)
    put_papers(home, 0, PAPERS)
    busy = FORK.Process(target=put_papers, args=(home, PAPERS, 100_000))
    busy.start()
    target = tmp_path_factory.mktemp("elsewhere") / "home"
    back_up(home, target)
    busy.kill()
    busy.join()
    home.rename(home.with_name("lost"))
    return target


def test_a_restored_home_reads_every_paper(restored: Path) -> None:
    known, draws = ids(restored), Draws(100)
    with open_house(from_environment(restored)) as house:
        found = verify_store(house, lambda _, __: None, percent=100, deep=True)
        audited = verify(house, None)
        documents = house.office.documents
        read = [draws.one_of(known) for _ in range(SAMPLE)]
        same = [digest(documents.open(d)) == documents.find(d).sha256 for d in read]

    assert found["findings"] == []
    assert found["documents"] == found["live"]
    assert len(known) > PAPERS
    assert (audited["ok"], audited["findings"]) == (True, [])
    assert same == [True] * SAMPLE


def test_a_restored_home_without_its_keys_does_not_open(
    restored: Path, tmp_path: Path
) -> None:
    home = tmp_path / "keyless"
    shutil.copytree(restored, home)
    shutil.rmtree(home / "keys")

    with (
        pytest.raises(FaultError, match="restore the key file"),
        open_house(from_environment(home)),
    ):
        pass
    assert not (home / "keys").exists()
