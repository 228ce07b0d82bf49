"""An officer's day by command line alone, no server running; then the auditor's."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import PROCEDURE, Submission
from tests.support.command_line import nambuoc


def code_of(file: Path, *more: str) -> str:
    done = nambuoc("dossier", "submit", str(file), "--json", *more)
    assert done.code == 0, done.out
    return str(done.document["code"])


def does(*words: str) -> dict[str, object]:
    done = nambuoc(*words, "--json")
    assert done.code == 0, done.out
    return done.document


def returned(file: Path) -> str:
    """Take one dossier by hand from submission to return."""
    code = code_of(file)
    does("dossier", "receive", code, "--as", "canbo1")
    does("dossier", "transfer", code, "--as", "canbo1")
    actors = does("dossier", "show", code)["actors"]
    assert isinstance(actors, dict)
    officer = actors["transfer-accept"][0]
    does("dossier", "transfer", code, "--as", officer)
    does("dossier", "process", code, "--as", officer)
    does("dossier", "sign", code, "--as", "lanhdao")
    does("dossier", "sign", code, "--as", "vanthu")
    does("dossier", "return", code, "--as", "canbo1")
    return code


def test_a_dossier_goes_by_hand_from_submission_to_return(
    home: Path, submission: Submission, tmp_path: Path
) -> None:
    code = returned(submission())
    outcome, slip = tmp_path / "outcome.pdf", tmp_path / "01.pdf"
    does("dossier", "print", code, "outcome", "-o", str(outcome))
    does("dossier", "print", code, "01", "-o", str(slip))
    verdict = nambuoc("sign", "verify", str(outcome), "--json")
    shown = does("dossier", "show", code)

    assert (home / "pki" / "root.pem").exists()
    assert (shown["status"], shown["holder"], shown["open"]) == ("returned", None, [])
    assert slip.read_bytes().startswith(b"%PDF")
    assert (verdict.code, verdict.document["verdict"]) == (0, "TOTAL-PASSED")
    changed = bytearray(outcome.read_bytes())
    changed[len(changed) // 3] ^= 1
    outcome.write_bytes(changed)
    assert nambuoc("sign", "verify", str(outcome)).code == 5


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig is not installed")
@pytest.mark.usefixtures("home")
def test_poppler_finds_both_signatures_valid(
    submission: Submission, tmp_path: Path
) -> None:
    outcome = tmp_path / "outcome.pdf"
    does("dossier", "print", returned(submission()), "outcome", "-o", str(outcome))
    told = subprocess.run(
        ["pdfsig", "-nocert", str(outcome)], capture_output=True, text=True, check=False
    )

    assert told.stdout.count("Signature is Valid") == 2


@pytest.mark.usefixtures("home")
def test_the_auditor_sees_who_did_what_as_of_any_moment(
    submission: Submission,
) -> None:
    code = returned(submission())
    told = nambuoc("audit", "timeline", code, "--json")
    rows = json.loads(told.out)
    received = next(row for row in rows if "dossier.received" in row["type"])
    then = does("dossier", "show", code, "--at", received["time"])
    before = nambuoc("dossier", "show", code, "--at", "2020-01-01T00:00")
    upto = nambuoc("audit", "timeline", code, "--at", received["time"], "--json")

    assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
    assert received["actor"] == "canbo1"
    assert (then["status"], then["holder"]) == ("received", "canbo1")
    assert before.code == 3
    assert len(json.loads(upto.out)) == received["version"]


@pytest.mark.usefixtures("home")
def test_verify_and_replay_agree_and_find_a_changed_file(
    home: Path, submission: Submission
) -> None:
    code = returned(submission())
    whole = does("audit", "verify", "--all")
    replayed = does("audit", "replay")
    size = replayed["size"]
    assert whole["ok"] is True
    assert (whole["size"], whole["root"]) == (size, replayed["root"])
    again = does("audit", "replay", "--seq", str(size))
    assert again["state_digest"] == replayed["state_digest"]

    largest = max((home / "store").rglob("*"), key=lambda one: one.stat().st_size)
    largest.chmod(0o600)
    content = bytearray(largest.read_bytes())
    content[-20] ^= 1
    largest.write_bytes(content)
    found = nambuoc("audit", "verify", code, "--json")

    assert found.code == 5
    assert found.document["findings"]
    assert nambuoc("store", "verify").code == 5


@pytest.mark.usefixtures("home")
def test_buckets_add_up_after_every_kind_of_end(submission: Submission) -> None:
    returned(submission())
    refused, withdrawn, stopped = (code_of(submission()) for _ in range(3))
    does("dossier", "refuse", refused, "--as", "canbo1", "--reason", "sai nơi")
    does("dossier", "withdraw", withdrawn, "--as", "canbo1", "--reason", "đổi ý")
    does("dossier", "stop", stopped, "--as", "lanhdao", "--reason", "có đơn")
    code_of(submission())
    found = does("report", "buckets")

    assert found["received"] == 5
    assert found["adds_up"] is True
    assert found["solved"] == {"early": 1, "on_time": 0, "late": 0}
    assert (found["refused"], found["withdrawn"], found["stopped"]) == (1, 1, 1)


@pytest.mark.usefixtures("home")
def test_a_supplement_is_asked_for_answered_and_printed(
    submission: Submission, tmp_path: Path
) -> None:
    code = code_of(submission(components=[]))
    lacking = nambuoc("dossier", "receive", code, "--as", "canbo1", "--json")
    assert (lacking.code, "KQ003631" in lacking.error) == (4, True)
    papers = "000.00.00.G01-KQ003631,000.00.00.G01-KQ003630"
    asking = ("--request", papers, "--reason", "thiếu", "--as", "canbo1")
    does("dossier", "supplement", code, *asking)
    does("dossier", "print", code, "02", "-o", str(tmp_path / "02.pdf"))
    answer = tmp_path / "answer.json"
    named = [{"code": one, "path": "page.pdf"} for one in papers.split(",")]
    answer.write_text(json.dumps({"components": named}), encoding="utf-8")
    does("dossier", "supplement", code, "--answer", str(answer), "--as", "canbo1")

    assert does("dossier", "receive", code, "--as", "canbo1")["status"] == "received"


@pytest.mark.usefixtures("home")
def test_the_second_dossier_of_an_owner_reuses_his_papers(
    submission: Submission,
) -> None:
    code_of(submission())
    bare = [{"code": "000.00.00.G01-KQ003631"}, {"code": "000.00.00.G01-KQ003630"}]
    code = code_of(submission(components=bare))
    papers = does("dossier", "receive", code, "--as", "canbo1")["components"]

    assert isinstance(papers, list)
    assert [paper["reused"] for paper in papers] == [True, True]


@pytest.mark.usefixtures("home")
def test_a_published_version_is_in_force_and_a_draft_is_not() -> None:
    rows = json.loads(nambuoc("procedure", "list", "--json").out)
    states = {row["state"] for row in rows if row["code"] == PROCEDURE}

    assert states == {"draft", "published"}
    assert json.loads(nambuoc("procedure", "diff", PROCEDURE, "--json").out)
