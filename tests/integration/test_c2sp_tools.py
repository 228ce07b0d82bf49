"""Go's sumdb and torchwood accept what we write, and refuse what was changed in it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.checkpoints import Checkpoint, Checkpoints
from infra.exporting import Source, export
from infra.proof_files import prove, prove_growth
from infra.witness import Witness
from signing.note import VerifierKey
from storage.encryption.keys import FileKeys
from tests.support.c2sp import C2spMissingError, verifier
from tests.support.logs import ORIGIN, Log, Logs

AT = 1_764_000_000


@pytest.fixture(scope="module")
def tool() -> Path:
    try:
        return verifier()
    except C2spMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def logs(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: FileKeys
) -> Iterator[Logs]:
    made = Logs(tmp_path_factory.mktemp("journals"), sqlite_template, keys)
    yield made
    made.close()


@pytest.fixture(scope="module")
def log(logs: Logs) -> Log:
    """Record 600 events: two full tiles, a partial one, and a second level."""
    return logs(*range(1, 301))


@pytest.fixture
def checkpoints(log: Log, tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "pki" / "log", log.journal, ORIGIN)


def said(tool: Path, verb: str, checkpoints: Checkpoints, *words: object) -> str:
    """Ask the tool; what it answers, or what it complains of."""
    key = checkpoints.keys()[0].line
    done = subprocess.run(
        [tool, verb, key, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stdout + done.stderr


def head(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.size} {checkpoint.root.hex()}\n"


@pytest.mark.parametrize("seq", [1, 256, 257, 512, 600])
def test_a_proof_file_is_accepted(
    tool: Path, log: Log, checkpoints: Checkpoints, tmp_path: Path, seq: int
) -> None:
    file = tmp_path / "event.tlog-proof"
    file.write_bytes(prove(checkpoints, log.journal, seq))

    assert said(tool, "proof", checkpoints, file) == head(checkpoints.sign())


@pytest.mark.parametrize(
    "change",
    [
        (b"index 256\n", b"index 257\n", "inclusion proof verification failed"),
        (b"extra eyJ", b"extra eyK", "inclusion proof verification failed"),
        (b"\n600\n", b"\n601\n", "invalid signature"),
    ],
)
def test_a_changed_proof_file_is_refused(
    tool: Path,
    log: Log,
    checkpoints: Checkpoints,
    tmp_path: Path,
    change: tuple[bytes, bytes, str],
) -> None:
    old, new, complaint = change
    raw = prove(checkpoints, log.journal, 257)
    file = tmp_path / "event.tlog-proof"
    file.write_bytes(raw.replace(old, new, 1))

    assert raw.count(old) == 1
    assert complaint in said(tool, "proof", checkpoints, file)


def test_a_witness_line_and_both_keys_of_a_rotation_are_accepted(
    tool: Path, log: Log, checkpoints: Checkpoints, tmp_path: Path
) -> None:
    witness = Witness(tmp_path / "inspectorate", "thanhtra.example/w1")
    note = checkpoints.sign().note
    cosigned = witness.cosign(note, checkpoints.keys(), lambda *_: (), AT)
    vkey = (tmp_path / "inspectorate" / "witness.vkey").read_text("utf-8").strip()
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(prove(checkpoints, log.journal, 5))
    refused = said(tool, "proof", checkpoints, before, vkey)

    checkpoints.add_cosignature(cosigned, VerifierKey.parse(vkey))
    checkpoints.rotate()
    after.write_bytes(prove(checkpoints, log.journal, 5))

    assert "policy components satisfied" in refused
    assert said(tool, "proof", checkpoints, after, vkey) == head(checkpoints.sign())


def test_a_consistency_proof_is_accepted(
    tool: Path, logs: Logs, tmp_path: Path
) -> None:
    log = logs(1, 2, 3)
    checkpoints = Checkpoints(tmp_path / "pki" / "log", log.journal, ORIGIN)
    old, request = tmp_path / "old", tmp_path / "request"
    old.write_bytes(checkpoints.sign().note)
    log.add(*range(4, 20))
    request.write_bytes(prove_growth(checkpoints, 6))

    assert said(tool, "growth", checkpoints, old, request) == head(checkpoints.sign())
    lines = request.read_bytes().split(b"\n")
    request.write_bytes(b"\n".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert "invalid transparency proof" in said(
        tool, "growth", checkpoints, old, request
    )


def test_an_export_is_accepted_and_a_changed_one_is_not(
    tool: Path, log: Log, checkpoints: Checkpoints, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    export(Source(log.journal, checkpoints), folder, 1, lambda *_: None)

    assert said(tool, "export", checkpoints, folder) == head(checkpoints.sign())
    changed = folder / "tile" / "0" / "001"
    changed.write_bytes(b"x" + changed.read_bytes()[1:])
    assert "hash mismatch for entry 256" in said(tool, "export", checkpoints, folder)
