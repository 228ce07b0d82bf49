"""The citizen's proof, the inspectorate's witness, the change of keys, by command."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.conftest import Submission
from tests.support.command_line import Said, nambuoc


@pytest.fixture
def code(home: Path, submission: Submission) -> str:
    """Submit and receive one dossier in this home."""
    assert home.is_dir()
    sent = nambuoc("dossier", "submit", str(submission()), "--json")
    found = str(sent.document["code"])
    assert nambuoc("dossier", "receive", found, "--as", "canbo1").code == 0
    return found


@pytest.fixture
def proof(code: str, tmp_path: Path) -> Path:
    """Prove the dossier's last event."""
    path = tmp_path / "event.tlog-proof"
    done = nambuoc("audit", "prove", code, "-o", str(path))
    assert done.code == 0, done.err
    return path


def seqs(home: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(home / "nambuoc.db")) as database:
        return list(database.execute("SELECT seq, stream FROM event ORDER BY seq"))


def checked(path: Path, *words: str) -> Said:
    return nambuoc("audit", "verify-proof", str(path), *words, "--json")


def test_the_last_event_is_proved_and_reading_appends_nothing(
    home: Path, code: str, tmp_path: Path
) -> None:
    before = seqs(home)
    path = tmp_path / "event.tlog-proof"
    made = nambuoc("audit", "prove", code, "-o", str(path), "--json").document
    found = checked(path).document

    last = max(seq for seq, stream in before if stream.startswith("dossier:"))
    assert seqs(home) == before
    assert (made["seq"], made["size"]) == (last, before[-1][0])
    assert (found["seq"], found["index"]) == (last, last - 1)
    assert found["ok"] is True
    head = nambuoc("audit", "verify", "--all", "--json").document
    assert (found["size"], found["root"]) == (head["size"], head["root"])


def test_an_outsider_needs_the_key_and_nothing_else(
    home: Path, proof: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vkey = tmp_path / "log.vkey"
    vkey.write_bytes((home / "pki" / "log.vkey").read_bytes())
    away = tmp_path / "away"
    monkeypatch.setenv("NAMBUOC_HOME", str(away))

    assert checked(proof, "--vkey", str(vkey)).code == 0
    without = checked(proof)
    assert (without.code, "--vkey" in without.error) == (2, True)
    assert not away.exists()


def test_every_changed_byte_of_a_proof_ends_in_five(proof: Path) -> None:
    raw = proof.read_bytes()
    for place in range(0, len(raw), 29):
        proof.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert checked(proof).code == 5
    proof.write_bytes(raw[: len(raw) // 2])
    assert "dòng" in checked(proof).error


def test_only_events_of_the_named_dossier_are_proved(
    home: Path, code: str, tmp_path: Path
) -> None:
    out = ("-o", str(tmp_path / "p"), "--json")
    (other, _), *_ = [row for row in seqs(home) if not row[1].startswith("dossier:")]

    wrong = nambuoc("audit", "prove", code, "--seq", str(other), *out)
    assert wrong.code == 3
    assert f"sự kiện {other} không thuộc hồ sơ {code}" in wrong.error
    assert nambuoc("audit", "prove", "--seq", str(other), *out).code == 0
    assert nambuoc("audit", "prove", *out).code == 2
    assert nambuoc("audit", "prove", "--seq", "9999", *out).code == 3
    assert nambuoc("audit", "prove", "--consistency", "9999", *out).code == 2


def test_a_witness_and_two_audits(
    home: Path, code: str, submission: Submission, tmp_path: Path
) -> None:
    first, second, signed = (str(tmp_path / name) for name in ("1", "2", "signed"))
    there = ("--state", str(tmp_path / "inspectorate"), "--json")
    vkey = str(tmp_path / "inspectorate" / "witness.vkey")
    nambuoc("audit", "prove", "--consistency", "0", "-o", first)
    named = nambuoc("events", "witness", first, *there, "--name", "thanhtra.example/w")
    old = named.document["size"]
    nambuoc("dossier", "submit", str(submission(command_id="again")))
    nambuoc("audit", "prove", "--consistency", str(old), "-o", second)

    grown = checked(Path(second), "--since", first)
    again = nambuoc("events", "witness", second, *there, "-o", signed)
    taken = nambuoc("events", "cosigned", signed, "--witness", vkey, "--json")
    nambuoc("audit", "prove", code, "-o", first)

    assert (grown.code, grown.document["grew_from"]) == (0, old)
    assert (again.code, taken.code) == (0, 0)
    found = checked(Path(first), "--witness", vkey).document
    assert found["witnesses"] == ["thanhtra.example/w"]
    inside = nambuoc("events", "witness", second, "--state", str(home / "w"), "--json")
    assert inside.code == 2


def test_a_witness_takes_growth_from_an_export_or_from_lines(
    code: str, submission: Submission, tmp_path: Path
) -> None:
    assert code
    folder, lines, growth = (tmp_path / name for name in ("log", "lines", "growth"))
    words = ("events", "witness", str(folder / "checkpoint"), "--json", "--state")
    ask = (*words, str(tmp_path / "inspectorate"), "--name", "w")
    nambuoc("events", "export", "-o", str(folder))
    assert nambuoc(*ask).code == 0
    nambuoc("dossier", "submit", str(submission(command_id="again")))
    old = nambuoc("events", "export", "-o", str(folder), "--json").document["size"]
    assert nambuoc(*ask).code == 2
    assert nambuoc(*ask, "--export", str(folder)).code == 0

    nambuoc("dossier", "submit", str(submission(command_id="more")))
    nambuoc("events", "export", "-o", str(folder))
    nambuoc("audit", "prove", "--consistency", str(old), "-o", str(growth))
    hashes = growth.read_text("utf-8").partition("\n\n")[0].split("\n")[1:]
    lines.write_text("".join(f"{one}\n" for one in reversed(hashes)), "utf-8")
    assert nambuoc(*ask, "--proof", str(lines)).code == 5
    lines.write_text("".join(f"{one}\n" for one in hashes), "utf-8")
    assert nambuoc(*ask, "--proof", str(lines)).code == 0


def test_a_log_put_back_to_an_older_state_is_not_witnessed(
    code: str, submission: Submission, tmp_path: Path
) -> None:
    assert code
    state, paths = str(tmp_path / "w"), [str(tmp_path / name) for name in "ab"]
    for path in paths:
        nambuoc("audit", "prove", "--consistency", "0", "-o", path)
        nambuoc("dossier", "submit", str(submission(command_id=path)))
    words = ("events", "witness", "--state", state, "--name", "w", "--json")

    newer, older = (nambuoc(*words, path) for path in reversed(paths))

    assert (newer.code, older.code) == (0, 5)
    assert "nhật ký ngắn lại từ" in older.error


def test_keys_change_one_step_at_a_time_and_old_proofs_stay_good(
    home: Path, proof: Path
) -> None:
    before = (home / "pki" / "log.vkey").read_text("utf-8")

    added = nambuoc("events", "rotate-key", "--json")
    twice = nambuoc("events", "rotate-key", "--json")
    retired = nambuoc("events", "rotate-key", "--retire", "--json")

    assert [done.code for done in (added, twice, retired)] == [0, 4, 0]
    assert f"{retired.document['retired']}\n" == before
    assert (home / "pki" / "log.vkey").read_text("utf-8") != before
    assert checked(proof).code == 0
    assert checked(proof, "--vkey", str(home / "pki" / "log.vkey")).code == 5
    log = (home / "log" / "operations.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(line)["act"] for line in log][-2:] == [
        "rotate-key",
        "retire-key",
    ]


def test_public_keys_that_disagree_are_not_trusted(home: Path, proof: Path) -> None:
    vkey = home / "pki" / "log.vkey"
    other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n"
    vkey.write_text(other, encoding="utf-8")

    assert checked(proof).code == 5
    vkey.write_text("junk\n", encoding="utf-8")
    assert checked(proof).code == 2
