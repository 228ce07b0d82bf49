"""Proof files and witnesses over a real journal: what is changed is named, refused."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.errors import (
    FaultError,
    MalformedError,
    NotFoundError,
    TamperedError,
)
from infra.checkpoints import Checkpoint, Checkpoints
from infra.exporting import Source, export
from infra.proof_files import (
    VerifiedProof,
    prove,
    prove_growth,
    read_growth,
    verify_growth,
    verify_proof,
    write_proof,
)
from infra.witness import Witness, proof_from_export
from signing.note import Kind, SigningKey, VerifierKey, open_note
from storage.encryption.keys import FileKeys
from storage.tree import tile_name
from tests.support.logs import ORIGIN, Log, Logs

AT = 1_764_000_000


@pytest.fixture
def logs(tmp_path: Path, sqlite_template: Path, keys: FileKeys) -> Iterator[Logs]:
    made = Logs(tmp_path, sqlite_template, keys)
    yield made
    made.close()


@pytest.fixture
def log(logs: Logs) -> Log:
    return logs(1, 2, 3, 4, 5, 6)


@pytest.fixture
def checkpoints(log: Log, tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "pki" / "log", log.journal, ORIGIN)


@pytest.fixture(scope="module")
def proof(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys: FileKeys
) -> Iterator[tuple[bytes, VerifierKey]]:
    """Prove event 5 of 12, under one key."""
    folder = tmp_path_factory.mktemp("proof")
    logs = Logs(folder, sqlite_template, keys)
    journal = logs(1, 2, 3, 4, 5, 6).journal
    checkpoints = Checkpoints(folder / "pki" / "log", journal, ORIGIN)
    yield prove(checkpoints, journal, 5), checkpoints.keys()[0]
    logs.close()


def test_every_event_is_proved_by_its_exact_bytes(
    log: Log, checkpoints: Checkpoints
) -> None:
    for row in log.journal.read():
        raw = prove(checkpoints, log.journal, row.seq)
        found = verify_proof(raw, checkpoints.keys())
        assert found == VerifiedProof(row.seq, row.body, checkpoints.sign())


def test_the_file_has_the_shape_of_the_specification(
    log: Log, proof: tuple[bytes, VerifierKey]
) -> None:
    own, _, note = proof[0].partition(b"\n\n")
    first, extra, index, *path = own.decode().split("\n")

    (row,) = log.journal.read(5, 5)
    assert first == "c2sp.org/tlog-proof@v1"
    assert extra == "extra " + base64.b64encode(row.body).decode()
    assert index == "index 4"
    assert [len(base64.b64decode(line)) for line in path] == [32] * 4
    assert open_note(note, [proof[1]]).text.startswith(f"{ORIGIN}\n12\n".encode())


@settings(max_examples=300)
@given(st.data())
def test_no_flipped_bit_of_a_proof_passes(
    proof: tuple[bytes, VerifierKey], data: st.DataObject
) -> None:
    wrong = bytearray(proof[0])
    place = data.draw(st.integers(0, len(wrong) - 1))
    wrong[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(TamperedError):
        verify_proof(bytes(wrong), [proof[1]])


def test_no_cut_proof_passes(proof: tuple[bytes, VerifierKey]) -> None:
    raw, key = proof
    for size in [*range(0, len(raw), 7), len(raw) - 1]:
        with pytest.raises(TamperedError):
            verify_proof(raw[:size], [key])


BROKEN = {
    "line 1: not c2sp.org/tlog-proof@v1": (b"@v1\n", b"@v2\n"),
    "line 1: not c2sp": (b"\n", b"\r\n"),
    "line 2: must begin with 'extra '": (b"extra ", b"Extra "),
    "line 2: not canonical base64": (b"extra ", b"extra  "),
    "line 3: not a plain number": (b"index 4", b"index 04"),
    "line 3: must begin with 'index '": (b"index 4", b"index: 4"),
    "line 4: not the canonical base64 of a hash": (b"index 4\n", b"index 4\nAAAA\n"),
    "inclusion proof: leaf 5": (b"index 4\n", b"index 5\n"),
    "a tree of 12 has no leaf 12": (b"index 4\n", b"index 12\n"),
    "byte that is not ASCII": (b"index 4\n", b"index 4\xe2\n"),
    "signed note": (b"\n12\n", b"\n13\n"),
    "none of the trusted keys": (b"\xe2\x80\x94 nam", b"\xe2\x80\x94 Nam"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_says_which_line_is_wrong(said: str, proof: tuple[bytes, VerifierKey]) -> None:
    old, new = BROKEN[said]
    assert old in proof[0]

    with pytest.raises(TamperedError, match=said):
        verify_proof(proof[0].replace(old, new, 1), [proof[1]])


def test_a_proof_of_another_event_does_not_prove_this_one(
    log: Log, checkpoints: Checkpoints
) -> None:
    mine, other = (prove(checkpoints, log.journal, seq) for seq in (5, 7))
    swapped = b"\n".join([*other.split(b"\n")[:2], *mine.split(b"\n")[2:]])

    with pytest.raises(TamperedError, match="leaf 4 leads to root"):
        verify_proof(swapped, checkpoints.keys())


def test_the_prover_itself_refuses_a_body_that_was_not_hashed(
    log: Log, checkpoints: Checkpoints
) -> None:
    (row,) = log.journal.read(5, 5)

    with pytest.raises(TamperedError, match="leaf 4 leads to root"):
        write_proof(checkpoints.tree, checkpoints.sign(), 5, row.body + b" ")


@pytest.mark.parametrize("seq", [-1, 0, 13])
def test_no_proof_of_an_event_that_is_not_there(
    log: Log, checkpoints: Checkpoints, seq: int
) -> None:
    with pytest.raises(NotFoundError, match="the log has 12 events"):
        prove(checkpoints, log.journal, seq)


def test_two_audits_are_joined_by_a_consistency_proof(
    log: Log, logs: Logs, checkpoints: Checkpoints, tmp_path: Path
) -> None:
    before = checkpoints.sign()
    log.add(7, 8)
    raw = prove_growth(checkpoints, before.size)

    now = verify_growth(raw, before, checkpoints.keys())

    assert (before.size, now.size) == (12, 16)
    forked = Checkpoints(tmp_path / "b" / "log", logs(1, 2, 3, 4, 5, 9).journal, ORIGIN)
    with pytest.raises(TamperedError, match="size 12 has root"):
        verify_growth(raw, forked.sign(), checkpoints.keys())
    with pytest.raises(TamperedError, match="line 2: not the canonical"):
        read_growth(raw.replace(b"\n", b"\n!", 1))
    with pytest.raises(MalformedError, match="not from 17"):
        prove_growth(checkpoints, 17)


def no_proof(_: int, __: Checkpoint) -> tuple[bytes, ...]:
    return ()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "inspectorate", "thanhtra.example/w1")


def test_a_witness_cosigns_what_grew_and_the_log_takes_it(
    log: Log, checkpoints: Checkpoints, witness: Witness, tmp_path: Path
) -> None:
    first = checkpoints.sign()
    witness.cosign(first.note, checkpoints.keys(), no_proof, AT)
    log.add(7)
    growth = read_growth(prove_growth(checkpoints, first.size))

    cosigned = witness.cosign(
        growth.note, checkpoints.keys(), lambda *_: growth.proof, AT + 1
    )

    vkey = (tmp_path / "inspectorate" / "witness.vkey").read_text("utf-8")
    key = VerifierKey.parse(vkey)
    note = open_note(cosigned, [key, *checkpoints.keys()])
    assert [one.at for one in note.signatures] == [None, AT + 1]
    assert key.kind is Kind.WITNESS
    assert checkpoints.add_cosignature(cosigned, key).note == cosigned


def test_a_witness_computes_the_proof_from_an_export(
    log: Log, checkpoints: Checkpoints, witness: Witness, tmp_path: Path
) -> None:
    witness.cosign(checkpoints.sign().note, checkpoints.keys(), no_proof, AT)
    log.add(*range(7, 300))
    now = checkpoints.sign()
    folder = tmp_path / "export"
    export(Source(log.journal, checkpoints), folder, 1, lambda *_: None)
    gone = folder / "tile" / tile_name(0, 2, now.size - 512)
    hashes = gone.read_bytes()

    gone.write_bytes(hashes[:-32])
    with pytest.raises(TamperedError, match=r"p/86 is missing or short"):
        witness.cosign(now.note, checkpoints.keys(), proof_from_export(folder), AT)
    gone.write_bytes(hashes)
    found = witness.cosign(now.note, checkpoints.keys(), proof_from_export(folder), AT)

    assert found.startswith(now.note)


def forgery(checkpoints: Checkpoints, folder: Path, size: int) -> bytes:
    """Sign another tree with the log's stolen key."""
    key = SigningKey.from_pem(ORIGIN, (folder / "key.pem").read_bytes())
    root = base64.b64encode(bytes(32)).decode()
    text = f"{ORIGIN}\n{size}\n{root}\n".encode()
    assert checkpoints.keys() == [key.verifier]
    return text + b"\n" + key.sign(text).encode()


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (12, "the log forked from"),
        (11, "the log shrank from 12"),
        (13, "no growth of 12"),
    ],
)
def test_a_witness_refuses_forks_and_shrinking_for_ever(
    checkpoints: Checkpoints, witness: Witness, tmp_path: Path, size: int, said: str
) -> None:
    good = checkpoints.sign().note
    witness.cosign(good, checkpoints.keys(), no_proof, AT)
    forged = forgery(checkpoints, tmp_path / "pki" / "log", size)

    for _ in range(2):
        with pytest.raises(TamperedError, match=said):
            witness.cosign(forged, checkpoints.keys(), lambda *_: (bytes(32),) * 2, AT)

    assert witness.cosign(good, checkpoints.keys(), no_proof, AT).startswith(good)


def test_a_witness_keeps_its_key_and_its_name(
    checkpoints: Checkpoints, witness: Witness, tmp_path: Path
) -> None:
    note, trusted = checkpoints.sign().note, checkpoints.keys()
    first = witness.cosign(note, trusted, no_proof, AT)

    with pytest.raises(MalformedError, match=r"this witness is thanhtra\.example/w1"):
        Witness(tmp_path / "inspectorate", "x").cosign(note, trusted, no_proof, AT)
    again = Witness(tmp_path / "inspectorate").cosign(note, trusted, no_proof, AT)
    (tmp_path / "inspectorate" / "key.pem").unlink()

    assert again == first
    with pytest.raises(FaultError, match="restore it from the backup"):
        witness.cosign(note, trusted, no_proof, AT)
    with pytest.raises(MalformedError, match="needs --name"):
        Witness(tmp_path / "new").cosign(note, trusted, no_proof, AT)
