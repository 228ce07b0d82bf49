"""A home where one procedure is published, made once and copied for each test."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.demo.scans import scan
from tests.support.command_line import nambuoc

PROCEDURE = "1.004194"
COMPONENTS = ("000.00.00.G01-KQ003631", "000.00.00.G01-KQ003630")
PERSON = {"name": "Nguyễn Thị Thử", "id_number": "001190000001"}
Submission = Callable[..., Path]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the home by the commands that a newcomer types."""
    home = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAMBUOC_HOME", str(home))
        patch.delenv("NAMBUOC_DATABASE_URL", raising=False)
        assert nambuoc("procedure", "import", "--sample").code == 0
        done = nambuoc("procedure", "publish", PROCEDURE, "--clean", "--as", "lanhdao")
        assert done.code == 0, done.err
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy that home and make it the one of NAMBUOC_HOME."""
    mine = tmp_path / "home"
    shutil.copytree(published, mine)
    monkeypatch.setenv("NAMBUOC_HOME", str(mine))
    monkeypatch.delenv("NAMBUOC_DATABASE_URL", raising=False)
    monkeypatch.delenv("NAMBUOC_LANG", raising=False)
    return mine


@pytest.fixture
def submission(tmp_path: Path) -> Submission:
    """Write submission files with one page per component."""
    page = tmp_path / "page.pdf"
    page.write_bytes(scan(b"e2e", "Tờ khai"))

    def write(**changes: object) -> Path:
        papers = [{"code": code, "path": page.name} for code in COMPONENTS]
        content: dict[str, object] = {
            "procedure": PROCEDURE,
            "channel": "direct",
            "receiving_agency": "H49.99.01",
            "applicant": PERSON,
            "owner": PERSON,
            "components": papers,
        }
        path = tmp_path / "submission.json"
        path.write_text(json.dumps(content | changes), encoding="utf-8")
        return path

    return write
