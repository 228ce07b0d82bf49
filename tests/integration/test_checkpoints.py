"""The signer over a real journal: grows, never forks or shrinks, survives kills."""

import base64
import multiprocessing
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from dossiers.errors import (
    ConflictError,
    DossierError,
    FaultError,
    RefusedError,
    TamperedError,
)
from infra.checkpoints import Checkpoints, read_checkpoint
from infra.signer_state import read_keys
from signing.note import Kind, SigningKey, VerifierKey, open_note
from storage.encryption.keys import FileKeys
from storage.merkle import root_of
from storage.proofs import verify_consistency
from tests.support.logs import DISK_FULL, ORIGIN, Log, Logs, sign


@pytest.fixture
def new_log(tmp_path: Path, sqlite_template: Path, keys: FileKeys) -> Iterator[Logs]:
    logs = Logs(tmp_path, sqlite_template, keys)
    yield logs
    logs.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pki" / "log"


def public(folder: Path) -> list[VerifierKey]:
    """Read `log.vkey`, as a third party is given it."""
    return read_keys(folder.with_name("log.vkey").read_text("utf-8"))


def history(folder: Path) -> list[VerifierKey]:
    return read_keys(folder.with_name("log.vkeys").read_text("utf-8"))


def test_signs_the_head_of_the_journal(new_log: Logs, folder: Path) -> None:
    log = new_log(1, 2, 3)

    found = Checkpoints(folder, log.journal, ORIGIN).sign()

    head = log.journal.head()
    assert (found.size, found.root.hex()) == (6, head.root)
    text = f"{ORIGIN}\n6\n{base64.b64encode(found.root).decode()}\n\n"
    assert found.note.startswith(text.encode())
    assert read_checkpoint(found.note, public(folder)) == found
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600


def test_signs_nothing_twice_and_every_growth_once(new_log: Logs, folder: Path) -> None:
    log = new_log()
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    before, empty = checkpoints.latest(), checkpoints.sign()
    log.add(*range(1, 150))
    first = checkpoints.sign()
    log.add(*range(150, 160))
    second, again = checkpoints.sign(), Checkpoints(folder, log.journal, ORIGIN).sign()

    assert before is None
    assert (empty.size, empty.root) == (0, root_of(()))
    assert again == second == checkpoints.latest()
    assert checkpoints.signed_size() == second.size == 318
    proof = checkpoints.tree.consistency(first.size, second.size)
    verify_consistency(first.size, first.root, second.size, second.root, proof)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1, 2), "6 events were signed, the journal has 4"),
        ((1, 2, 4), "the log forked: signed 6"),
        ((1, 2, 4, 5), "the log forked: signed 6"),
        ((), "6 events were signed, the journal has 0"),
    ],
    ids=["shrunk", "another of the same size", "another that is larger", "empty"],
)
def test_refuses_a_journal_that_did_not_grow_from_the_signed_one(
    new_log: Logs, folder: Path, numbers: tuple[int, ...], said: str
) -> None:
    log = new_log(1, 2, 3)
    signed = Checkpoints(folder, log.journal, ORIGIN).sign()
    other = Checkpoints(folder, new_log(*numbers).journal, ORIGIN)

    for _ in range(2):
        with pytest.raises(TamperedError, match=said):
            other.sign()

    log.add(4)
    assert other.latest() == signed
    assert Checkpoints(folder, log.journal, ORIGIN).sign().size == 8


def test_of_two_at_once_only_one_tree_is_signed(new_log: Logs, folder: Path) -> None:
    logs = [new_log(1, 2, 3), new_log(1, 2, 4)]
    together = Barrier(8)

    def race(number: int) -> str:
        checkpoints = Checkpoints(folder, logs[number % 2].journal, ORIGIN)
        together.wait()
        try:
            return checkpoints.sign().root.hex()
        except DossierError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(race, range(8)))

    assert sorted(found).count("TamperedError") == 4
    assert len(set(found)) == 2


def run(folder: Path, log: Log, point: str | None, most: int | None = None) -> int:
    """Sign in a process of its own; its exit code, negative when killed."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=sign, args=(folder, log.url, point, most))
    process.start()
    process.join(60)
    return process.exitcode or 0


@pytest.mark.parametrize(
    ("point", "remembered"),
    [("before-checkpoint-state", 2), ("after-checkpoint-state", 600)],
)
def test_a_kill_leaves_a_signer_that_goes_on(
    new_log: Logs, folder: Path, point: str, remembered: int
) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    first = checkpoints.sign()
    log.add(*range(2, 301))

    assert run(folder, log, point) == -signal.SIGKILL
    assert checkpoints.signed_size() == remembered

    second = checkpoints.sign()
    assert (second.size, second.root.hex()) == (600, log.journal.head().root)
    proof = checkpoints.tree.consistency(2, 600)
    verify_consistency(2, first.root, 600, second.root, proof)


def test_a_first_start_that_was_killed_keeps_its_key(
    new_log: Logs, folder: Path
) -> None:
    log = new_log(1)

    assert run(folder, log, "before-checkpoint-state") == -signal.SIGKILL
    key = (folder / "key.pem").read_bytes()
    found = Checkpoints(folder, log.journal, ORIGIN).sign()

    assert (folder / "key.pem").read_bytes() == key
    assert read_checkpoint(found.note, public(folder)).size == 2


def test_a_full_disk_signs_nothing_and_harms_nothing(
    new_log: Logs, folder: Path
) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    first = checkpoints.sign()
    log.add(*range(2, 301))

    assert run(folder, log, None, most=10_000) == DISK_FULL
    assert (folder / "tree" / "level-0").stat().st_size == 10_000  # torn in a hash
    assert checkpoints.latest() == first
    assert checkpoints.sign().root.hex() == log.journal.head().root


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_damaged_tree_files_are_made_anew_from_the_journal(
    new_log: Logs, folder: Path, harm: str
) -> None:
    log = new_log(*range(1, 201))
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    checkpoints.sign()
    leaves = folder / "tree" / "level-0"
    raw = leaves.read_bytes()
    if harm == "gone":
        leaves.unlink()
    else:
        leaves.write_bytes(raw[:100] if harm == "cut" else b"x" + raw[1:])
    log.add(201)

    found = checkpoints.sign()

    assert found.root.hex() == log.journal.head().root
    assert checkpoints.tree.root(found.size) == found.root


@pytest.mark.parametrize("lost", ["key.pem", "state.json", "both"])
def test_a_lost_key_or_memory_is_never_made_anew(
    new_log: Logs, folder: Path, lost: str
) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    checkpoints.sign()
    for name in ("key.pem", "state.json") if lost == "both" else (lost,):
        (folder / name).unlink()
    log.add(2)

    with pytest.raises(FaultError, match="restore"):
        checkpoints.sign()


def test_a_damaged_memory_is_a_fault_that_says_so(new_log: Logs, folder: Path) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    checkpoints.sign()
    state = folder / "state.json"
    state.write_bytes(state.read_bytes()[:-9])

    with pytest.raises(FaultError, match=r"state\.json is damaged"):
        checkpoints.sign()


def test_a_log_never_signs_under_another_name(new_log: Logs, folder: Path) -> None:
    log = new_log(1)
    Checkpoints(folder, log.journal, ORIGIN).sign()
    log.add(2)

    with pytest.raises(FaultError, match=f"signs as {ORIGIN}"):
        Checkpoints(folder, log.journal, "elsewhere/log").sign()


def test_two_keys_sign_until_the_older_one_retires(new_log: Logs, folder: Path) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    old = checkpoints.sign()
    before = public(folder)

    checkpoints.rotate()
    after = public(folder)
    log.add(2)
    both = checkpoints.sign()
    retired = checkpoints.retire()
    log.add(3)
    new = checkpoints.sign()

    assert before[0].name == after[0].name
    assert before[0].id != after[0].id
    assert [read_checkpoint(both.note, keys).size for keys in (before, after)] == [4, 4]
    assert read_checkpoint(new.note, after).size == 6
    with pytest.raises(TamperedError, match="none of the trusted keys"):
        read_checkpoint(new.note, before)
    assert [(key.id, key.first, key.last) for key in history(folder)] == [
        (after[0].id, 2, None),
        (before[0].id, 0, 4),
    ]
    assert retired == before[0]
    assert read_checkpoint(old.note, history(folder)).size == 2
    assert (folder / "key.pem").read_bytes().count(b"BEGIN") == 1


def test_a_retired_key_vouches_for_no_later_size(new_log: Logs, folder: Path) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    checkpoints.sign()
    stolen = (folder / "key.pem").read_bytes()
    checkpoints.rotate()
    checkpoints.retire()
    forged = SigningKey.from_pem(ORIGIN, stolen)
    text = f"{ORIGIN}\n3\n{base64.b64encode(bytes(32)).decode()}\n".encode()

    with pytest.raises(TamperedError, match="may sign size 3"):
        read_checkpoint(text + b"\n" + forged.sign(text).encode(), history(folder))


def test_rotation_goes_one_step_at_a_time(new_log: Logs, folder: Path) -> None:
    checkpoints = Checkpoints(folder, new_log(1).journal, ORIGIN)

    with pytest.raises(RefusedError, match="only one key"):
        checkpoints.retire()
    checkpoints.rotate()
    with pytest.raises(RefusedError, match="two keys"):
        checkpoints.rotate()


def test_a_witness_line_stays_until_the_log_grows(new_log: Logs, folder: Path) -> None:
    log = new_log(1)
    checkpoints = Checkpoints(folder, log.journal, ORIGIN)
    found = checkpoints.sign()
    witness = SigningKey.new("thanhtra.example/w1", Kind.WITNESS)
    text = open_note(found.note, public(folder)).text
    for at in (1_764_000_000, 1_764_000_001):
        line = witness.cosign(text, at).encode()
        kept = checkpoints.add_cosignature(found.note + line, witness.verifier)
    checkpoints.rotate()

    note = open_note(checkpoints.sign().note, [witness.verifier, *public(folder)])
    assert [one.at for one in note.signatures] == [None, 1_764_000_001]
    assert kept.note.count(b"thanhtra") == 1
    log.add(2)
    checkpoints.sign()
    with pytest.raises(ConflictError, match="grew to 4"):
        checkpoints.add_cosignature(found.note + line, witness.verifier)
