"""The document store by command: keys, erasure, scrub, manifests, page images."""

import json
import shutil
from pathlib import Path

import pytest

from portal.demo.scans import scan
from tests.support.command_line import Said, nambuoc


def does(*words: str) -> dict[str, object]:
    done = nambuoc(*words, "--json")
    assert done.code == 0, done.out + done.err
    return done.document


@pytest.fixture
def paper(home: Path, tmp_path: Path) -> str:
    """Keep one paper of the owner p1 in a home."""
    file = tmp_path / "giay.pdf"
    file.write_bytes(scan(b"store", "Giấy khai sinh"))
    put = does("store", "put", str(file), "--owner", "p1", "--as", "canbo1")
    assert home.is_dir()
    return str(put["id"])


def shred(*words: str) -> Said:
    whose = ("--owner", "p1", "--reason", "theo yêu cầu", "--as", "canbo1")
    return nambuoc("store", "shred", *whose, *words, "--json")


def test_a_rotation_says_what_to_back_up_and_papers_stay_readable(
    home: Path, paper: str, tmp_path: Path
) -> None:
    out, key_file = tmp_path / "out.pdf", home / "keys" / "master.json"
    before = json.loads(key_file.read_text())["present"]

    rotated = does("store", "rotate-key")
    retired = does("store", "rotate-key", "--retire")
    does("store", "get", paper, "-o", str(out), "--as", "canbo1")

    assert rotated["older"] == retired["retired"] == [before]
    assert rotated["wrapped"] == 1
    assert rotated["kek_id"] == json.loads(key_file.read_text())["present"] != before
    backup = rotated["backup"]
    assert isinstance(backup, dict)
    assert backup["file"] == str(key_file)
    assert out.read_bytes() == scan(b"store", "Giấy khai sinh")


def test_an_erased_paper_is_called_erased_and_not_tampered(
    paper: str, tmp_path: Path
) -> None:
    done = shred("--backup-days", "14")

    assert (done.code, done.document["documents"]) == (0, [paper])
    assert done.document["backup_days"] == 14
    got = nambuoc("store", "get", paper, "-o", str(tmp_path / "x"), "--as", "canbo1")
    assert (got.code, (tmp_path / "x").exists()) == (3, False)
    assert does("audit", "verify", "--all")["findings"] == []
    assert does("store", "verify", "--deep")["findings"] == []
    assert does("store", "gc", "--grace", "0")["removed"] == 1
    assert shred().code == 3


def test_a_missing_paper_is_an_alarm_and_no_row_is_removed(
    home: Path, paper: str
) -> None:
    shutil.rmtree(home / "store" / "o")

    found = [nambuoc("store", "verify", "--deep", "--json") for _ in range(2)]

    assert [one.code for one in found] == [5, 5]
    findings = found[1].document["findings"]
    assert isinstance(findings, list)
    assert [(one["kind"], one["documents"]) for one in findings] == [
        ("missing", [paper])
    ]


def test_a_page_image_lies_beside_the_paper(paper: str) -> None:
    if shutil.which("pdftoppm") is None:
        pytest.skip("NO POPPLER: no page is drawn; apt-get install poppler-utils")
    done = does("store", "render", paper, "--as", "canbo1")

    kinds = done["renditions"]
    assert isinstance(kinds, list)
    assert "page-1.png" in kinds
    assert does("store", "verify")["documents"] == len(kinds) + 1
    assert does("audit", "verify", "--all")["findings"] == []


def test_outcomes_are_kept_and_how_far_is_said(paper: str) -> None:
    done = does("store", "manifest")

    assert paper
    assert done == {"locked": 0, "manifest": None, "worm": "advisory"}
