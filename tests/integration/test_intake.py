"""The intake of a path: every bad file has its own reason, and its verdict."""

import json
import os
import subprocess
import sys
import unicodedata
import zlib
from hashlib import sha256
from pathlib import Path

import pytest

from dossiers.errors import DossierError, FaultError, MalformedError, NotFoundError
from infra.intake import Check, check_path
from infra.settings import Settings
from storage.intake.verdict import LARGEST, Kind, Verdict
from tests.support.hostile import ACTIVE, LAWFUL, attached, filled, flate, zipped
from tests.support.scans import PAGE, jpeg, pdf, png, revision, stream

R, Q = Verdict.REJECT, Verdict.QUARANTINE
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
HUNDREDFOLD = flate(bytes(26 << 20), b"/Subtype/Image/Width 9/Height 9")
NESTED = stream(zlib.compress(zlib.compress(bytes(9))), b"/Filter[/FlateDecode/Fl]")
BAD = {
    "empty.pdf": (b"", R, Kind.EMPTY),
    "page.jpg": (HTML, R, Kind.WEB_PAGE),
    "form.docm": (zipped("word/vbaProject.bin", b"x"), R, Kind.MACROS),
    "zip bomb.pdf": (zipped("a", bytes(99 << 20)), R, Kind.ARCHIVE),
    "pdf bomb.pdf": (pdf(*[HUNDREDFOLD] * 11), Q, Kind.BOMB),
    "bomb in a bomb.pdf": (pdf(NESTED), Q, Kind.BOMB),
    "outsized.png": (png(width=60_000), Q, Kind.BOMB),
    "pdf and zip.pdf": (pdf() + zipped("a", b"x"), R, Kind.SECOND_FORMAT),
    "jpeg and zip.jpg": (jpeg() + zipped("a", b"x"), R, Kind.SECOND_FORMAT),
    "gif and pdf.pdf": (b"GIF89a" + pdf(), R, Kind.BYTES_BEFORE),
    "program.exe": (b"MZ\x90\0", R, Kind.PROGRAM),
    "script.pdf": (ACTIVE["script"], R, Kind.JAVASCRIPT),
    "launch.pdf": (ACTIVE["launch"], R, Kind.LAUNCH),
    "attached.pdf": (attached(b"x"), R, Kind.ATTACHMENT),
    "encrypted.pdf": (pdf(trailer=b"/Encrypt 9 0 R"), Q, Kind.ENCRYPTED),
    "cut.pdf": (revision(pdf(), [PAGE] * 9)[:-250], Q, Kind.TRUNCATED),
    "cut.jpg": (jpeg()[:-2], Q, Kind.TRUNCATED),
    "form.pdf": (pdf(catalog=b"/AcroForm<</XFA 9 0 R>>"), Q, Kind.FORM_XFA),
    "thick.pdf": (pdf(*[PAGE] * 500), Q, Kind.TOO_MANY_PAGES),
    "greedy.pdf": (filled(b"#41"), Q, Kind.CHECK_TOO_LARGE),
    "large.jpg": (jpeg() + bytes(LARGEST), R, Kind.TOO_LARGE),
    "picture.pdf": (jpeg(), R, Kind.NAME_DISAGREES),
}


def codes(found: Check) -> set[Kind]:
    return {reason.code for reason in found.reasons} - {Kind.NO_ANTIVIRUS}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_its_own_reason_and_verdict(tmp_path: Path, name: str) -> None:
    content, verdict, expected = BAD[name]
    (tmp_path / name).write_bytes(content)
    found = check_path(tmp_path / name)

    assert expected in codes(found)
    assert found.verdict is verdict
    assert (found.size, found.sha256) == (len(content), sha256(content).hexdigest())


def test_ten_gigabytes_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf())
    os.truncate(path, 10 << 30)
    found = check_path(path)

    assert codes(found) == {Kind.TOO_LARGE}
    assert (found.type, found.size) == ("application/pdf", 10 << 30)
    assert found.sha256 is None


def test_a_vietnamese_name_is_taken_in_both_spellings(tmp_path: Path) -> None:
    composed = "Giấy phép xây dựng.pdf"
    for name in (composed, unicodedata.normalize("NFD", composed)):
        path = tmp_path / name
        path.write_bytes(LAWFUL["revised"])
        wrong = check_path(path, media_type="image/png")

        assert codes(check_path(path)) == set()
        assert codes(wrong) == {Kind.DECLARED_DISAGREES}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("missing.pdf", NotFoundError),
        ("file/below.pdf", NotFoundError),
        ("x" * 300, NotFoundError),
        ("", MalformedError),
        ("pipe", MalformedError),
        ("nul\0", MalformedError),
        ("/dev/zero", MalformedError),
        ("loop", FaultError),
        ("/proc/self/mem", FaultError),
    ],
)
def test_says_why_a_path_gives_no_bytes(
    tmp_path: Path, name: str, error: type[DossierError]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(error):
        check_path(tmp_path / name)


def test_the_policy_comes_with_the_settings(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf())
    strict = Settings(tmp_path, "sqlite://", "", clamd="/none", antivirus="required")
    found = check_path(tmp_path / "a.pdf", settings=strict)

    assert codes(found) == {Kind.ANTIVIRUS_REQUIRED, Kind.ANTIVIRUS_DOWN}
    assert found.verdict is Q


@pytest.mark.parametrize(
    ("content", "policy", "verdict", "code"),
    [
        (pdf(), "best_effort", "accept", 0),
        (pdf(), "required", "quarantine", 8),
        (pdf(catalog=b"/AA<<>>"), "best_effort", "reject", 4),
    ],
)
def test_the_command_answers_in_one_document(
    tmp_path: Path, content: bytes, policy: str, verdict: str, code: int
) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    command = "from portal.cli import main; main()"
    words = ["store", "check", str(tmp_path / "a.pdf"), "--json"]
    told = {"NAMBUOC_HOME": str(tmp_path / "home"), "NAMBUOC_ANTIVIRUS": policy}
    done = subprocess.run(
        [sys.executable, "-c", command, *words],
        env=os.environ | told,
        capture_output=True,
        check=False,
    )

    answer = json.loads(done.stdout)
    assert (answer["verdict"], done.returncode) == (verdict, code)
    assert set(answer) == {"verdict", "type", "size", "sha256", "reasons"}
    assert any("vi-rút" in reason for reason in answer["reasons"])
    assert not (tmp_path / "home").exists()
