"""The exported log: layout, growth, kills in between, and damage of any kind."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from dossiers.errors import (
    ConflictError,
    DossierError,
    MalformedError,
    NotFoundError,
    TamperedError,
)
from infra.checkpoints import Checkpoint
from infra.export_check import verify_export
from infra.exporting import SEGMENT, export, wanted_names
from infra.segments import entries_name, read_bodies
from storage.proofs import verify_consistency
from tests.support.command_line import nambuoc
from tests.support.long_logs import LongLog, long_log

OLD, NEW = 700, SEGMENT + 300


@pytest.fixture
def log(tmp_path: Path, sqlite_template: Path) -> Iterator[LongLog]:
    (tmp_path / "log").mkdir()
    shutil.copy(sqlite_template, tmp_path / "log/log.db")
    made = long_log(tmp_path / "log", OLD)
    yield made
    made.database.dispose()


def exported(log: LongLog, folder: Path, from_seq: int = 1) -> Checkpoint:
    return export(log.source, folder, from_seq, lambda *_: None)


def checked(log: LongLog, folder: Path, from_seq: int = 1) -> Checkpoint:
    return verify_export(folder, log.source.checkpoints.keys(), from_seq)


def files(folder: Path) -> dict[str, bytes]:
    """Read every file by its name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines(folder: Path) -> bytes:
    """Decompress the events with the library alone, in the order of their names."""
    there = sorted((folder / "events").iterdir())
    opened = zstandard.ZstdDecompressor()
    return b"".join(
        opened.decompressobj().decompress(one.read_bytes()) for one in there
    )


def test_the_layout_is_what_c2sp_and_the_architecture_name(
    log: LongLog, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    checkpoint = exported(log, folder)
    there = files(folder)

    assert set(there) == {
        *("checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/188"),
        *("tile/1/000.p/2", "events/0000000001-0000000700.ndjson.zst"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"),
    }
    assert there["checkpoint"] == checkpoint.note
    assert lines(folder) == b"".join(body + b"\n" for body in log.bodies())
    entry = b"\x01" + hashlib.sha256(log.bodies()[256]).digest()
    assert there["tile/entries/001"][:35] == b"\x00\x21" + entry
    assert there["tile/0/001"][:32] == hashlib.sha256(b"\0" + entry).digest()


def test_tiles_are_named_as_c2sp_names_them() -> None:
    assert entries_name(1234067, 8) == "tile/entries/x001/x234/067.p/8"
    assert wanted_names(0) == {"checkpoint"}
    # The example of the specification, https://c2sp.org/tlog-tiles: 70,000 leaves.
    names = wanted_names(70_000)
    assert {n for n in names if n.startswith(("tile/1", "tile/2"))} == {
        *("tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1")
    }
    assert sum(name.startswith("tile/0/") for name in names) == 274
    assert "tile/0/273.p/112" in names
    assert wanted_names(256) >= {"tile/0/000", "tile/1/000.p/1"}


def test_a_grown_log_keeps_what_was_exported(log: LongLog, tmp_path: Path) -> None:
    folder, other = tmp_path / "same", tmp_path / "other"
    before, first, said = exported(log, folder), files(folder), lines(folder)
    log.grow(NEW)

    after = exported(log, folder)
    exported(log, other)

    assert lines(folder).startswith(said)
    kept = {
        name: raw for name, raw in first.items() if "tile" in name and ".p" not in name
    }
    assert len(kept) == 4
    assert kept.items() <= files(folder).items()
    assert files(folder) == files(other)
    assert set(files(folder)) == wanted_names(NEW) | {
        f"events/{1:010}-{SEGMENT:010}.ndjson.zst",
        f"events/{SEGMENT + 1:010}-{NEW:010}.ndjson.zst",
    }
    path = log.source.checkpoints.tree.consistency(OLD, NEW)
    verify_consistency(before.size, before.root, after.size, after.root, path)


def test_reading_gives_every_event_with_its_place(log: LongLog, tmp_path: Path) -> None:
    out = tmp_path / "out"
    log.grow(NEW)
    exported(log, out)
    found = list(read_bodies(out))
    last = max((out / "events").iterdir())

    assert [(seq, body) for seq, body, _ in found] == list(enumerate(log.bodies(), 1))
    assert found[SEGMENT][2] == f"{last}, byte 0"
    assert found[SEGMENT + 1][2] == f"{last}, byte {len(found[SEGMENT][1]) + 1}"
    assert [seq for seq, _, _ in read_bodies(last)] == [
        seq for seq, _, _ in found[SEGMENT:]
    ]
    assert next(read_bodies(out, NEW))[0] == NEW
    plain = tmp_path / "plain.ndjson"
    plain.write_bytes(lines(out))
    assert [(seq, body) for seq, body, _ in read_bodies(plain)] == [
        (seq, body) for seq, body, _ in found
    ]


def test_from_seq_leaves_out_only_files_that_end_before(
    log: LongLog, tmp_path: Path
) -> None:
    log.grow(NEW)
    exported(log, tmp_path / "early", SEGMENT)
    exported(log, tmp_path / "late", SEGMENT + 1)

    assert len(list((tmp_path / "early/events").iterdir())) == 2
    assert len(list((tmp_path / "late/events").iterdir())) == 1
    checked(log, tmp_path / "late", SEGMENT + 1)
    with pytest.raises(TamperedError, match=f"no file holds event 1 of {NEW}"):
        checked(log, tmp_path / "late")
    exported(log, tmp_path / "late")
    assert files(tmp_path / "late") == files(tmp_path / "early")


def test_from_seq_takes_nothing_away(log: LongLog, tmp_path: Path) -> None:
    exported(log, tmp_path / "out")
    log.grow(OLD + 1)
    exported(log, tmp_path / "out", NEW)

    assert len(list(read_bodies(tmp_path / "out"))) == OLD + 1


def test_an_empty_log_and_a_second_run_are_nothing_special(
    log: LongLog, tmp_path: Path
) -> None:
    empty = long_log(tmp_path / "empty", 0, "empty")
    assert exported(empty, tmp_path / "none").size == 0
    assert set(files(tmp_path / "none")) == {"checkpoint"}
    assert list(read_bodies(tmp_path / "none")) == []
    empty.database.dispose()

    exported(log, tmp_path / "out")
    shutil.copy(log.folder / "log.vkey", tmp_path / "out")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "out/events").iterdir()}
    exported(log, tmp_path / "out")
    assert times == {p: p.stat().st_mtime_ns for p in times}
    checked(log, tmp_path / "out")


SIGNED = 85
"""The checkpoint is the 85th file to be renamed; then four old files are removed."""
KILLED = """
import os, sys
from pathlib import Path
from infra import exporting
from tests.support.long_logs import long_log

left = int(sys.argv[2])
def deadly(does, counts):
    def die_or_do(path, *more, **options):
        global left
        left -= counts(path)
        if left == 0:
            os.kill(os.getpid(), 9)
        return does(path, *more, **options)
    return die_or_do
folder = Path(sys.argv[1])
log = long_log(folder / "log", 0)
Path.replace = deadly(Path.replace, lambda _: 1)
Path.unlink = deadly(Path.unlink, Path.exists)
exporting.export(log.source, folder / "out", 1, lambda *_: None)
"""


@pytest.mark.parametrize("place", [1, 44, SIGNED, SIGNED + 1, SIGNED + 4])
def test_a_killed_export_leaves_a_whole_one_and_goes_on(
    place: int, log: LongLog, tmp_path: Path
) -> None:
    exported(log, tmp_path / "out")
    log.grow(NEW)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(place)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == -9

    readable = OLD if place <= SIGNED else NEW
    assert len(list(read_bodies(tmp_path / "out"))) == readable
    assert exported(log, tmp_path / "out").size == NEW
    assert checked(log, tmp_path / "out").size == NEW
    assert set(files(tmp_path / "out")) == {
        *wanted_names(NEW),
        *(f"events/{one.name}" for one in (tmp_path / "out/events").iterdir()),
    }
    assert not [name for name in files(tmp_path / "out") if name.endswith(".part")]


def write(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = next(folder.glob(name))
        path.write_bytes(change(path.read_bytes()))

    return damage


def flip(raw: bytes) -> bytes:
    at = len(raw) // 2
    return raw[:at] + bytes([raw[at] ^ 4]) + raw[at + 1 :]


def recompressed(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def changed(raw: bytes) -> bytes:
        text = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
        return zstandard.ZstdCompressor().compress(change(text))

    return changed


def swapped(text: bytes) -> bytes:
    rows = text.splitlines(keepends=True)
    return b"".join([*rows[:5], rows[6], rows[5], *rows[7:]])


EVENTS = "events/*-0000000700.ndjson.zst"
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "bit of a file": (write(EVENTS, flip), "700.ndjson.zst: "),
    "file cut": (write(EVENTS, lambda raw: raw[:-9]), "700.ndjson.zst"),
    "file cut to nothing": (write(EVENTS, lambda _: b""), "it is cut"),
    "bytes behind": (write(EVENTS, lambda raw: raw + b"x"), "at"),
    "bit of a body": (write(EVENTS, recompressed(flip)), "is not the entry of the log"),
    "events swapped": (write(EVENTS, recompressed(swapped)), "event 6 is not"),
    "event deleted": (
        write(EVENTS, recompressed(lambda t: t[t.index(b"\n") + 1 :])),
        "byte 0: event 1 is not",
    ),
    "last line cut": (
        write(EVENTS, recompressed(lambda t: t[:-1])),
        "it ends before event 700",
    ),
    "line added": (
        write(EVENTS, recompressed(lambda t: t + b"{}\n")),
        "no event belongs here",
    ),
    "empty line": (
        write(EVENTS, recompressed(lambda t: b"\n" + t)),
        "byte 0: no event belongs here",
    ),
    "line without end": (
        write(EVENTS, recompressed(lambda t: t + b"x" * 100_000)),
        "a line is too long",
    ),
    "file missing": (
        lambda folder: next(folder.glob(EVENTS)).unlink(),
        "no file holds event 1 of 700",
    ),
    "checkpoint missing": (
        lambda folder: (folder / "checkpoint").unlink(),
        "not finished",
    ),
    "checkpoint changed": (
        write("checkpoint", lambda raw: raw.replace(b"\n700\n", b"\n699\n")),
        "signature of test/log is wrong",
    ),
    "leaf tile": (write("tile/0/001", flip), "tile/0/001: it is not what lies below"),
    "tile above": (write("tile/1/000.p/2", flip), "tile/1/000.p/2: it is not"),
    "entry's hash": (
        write("tile/entries/000", lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
        "tile/0/000: it is not what lies below it",
    ),
    "entry's length": (
        write("tile/entries/000", flip),
        "entries/000: it does not hold",
    ),
    "entries cut": (write("tile/entries/001", lambda raw: raw[:-1]), "256 entries"),
    "tile missing": (lambda f: (f / "tile/0/000").unlink(), "tile/0/000: No such file"),
    "stranger": (
        lambda f: shutil.copy(f / "tile/0/000", f / "tile/0/003"),
        "tile/0/003: it does not belong",
    ),
    "link": (
        lambda f: (f / "events/x").symlink_to("/etc/passwd"),
        "events/x: it is not a regular file",
    ),
}


def test_no_flipped_bit_of_a_compressed_file_goes_unseen(
    log: LongLog, tmp_path: Path
) -> None:
    exported(log, tmp_path / "out")
    path = next((tmp_path / "out").glob(EVENTS))
    raw = path.read_bytes()
    for at in range(0, len(raw), max(len(raw) // 150, 1)):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :])
        with pytest.raises(TamperedError, match=path.name):
            list(read_bodies(tmp_path / "out"))


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named_with_its_place(
    damage: str, log: LongLog, tmp_path: Path
) -> None:
    exported(log, tmp_path / "out")
    harm, told = DAMAGE[damage]
    harm(tmp_path / "out")

    with pytest.raises(TamperedError) as caught:
        checked(log, tmp_path / "out")
    assert told in caught.value.en
    assert str(tmp_path / "out") in caught.value.en or "signature" in told


def test_a_forged_tree_does_not_lead_to_the_signed_root(
    log: LongLog, tmp_path: Path
) -> None:
    forger = long_log(tmp_path / "forger", OLD, "forger")
    exported(log, tmp_path / "out")
    exported(forger, tmp_path / "forged")
    forger.database.dispose()
    signed = (tmp_path / "out/checkpoint").read_bytes()
    (tmp_path / "forged/checkpoint").write_bytes(signed)

    with pytest.raises(TamperedError, match="its root is not that of the tiles"):
        checked(log, tmp_path / "forged")


def test_a_bomb_of_a_file_stays_small_in_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.ndjson.zst"
    bomb.write_bytes(zstandard.ZstdCompressor().compress(bytes(1 << 28)))

    with pytest.raises(TamperedError, match="byte 0: a line is too long"):
        list(read_bodies(bomb))


def test_a_folder_of_something_else_is_refused_and_left_alone(
    log: LongLog, tmp_path: Path
) -> None:
    forger = long_log(tmp_path / "forger", OLD, "forger")
    exported(forger, tmp_path / "theirs")
    forger.database.dispose()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("hello")
    (tmp_path / "file").write_text("hello")

    cases: list[tuple[str, type[DossierError]]] = [
        *(("theirs", ConflictError), ("mine", ConflictError)),
        ("file", MalformedError),
    ]
    for name, kind in cases:
        before = files(tmp_path)
        with pytest.raises(kind, match=name):
            exported(log, tmp_path / name)
        assert {n: r for n, r in files(tmp_path).items() if "log/" not in n} == {
            n: r for n, r in before.items() if "log/" not in n
        }


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("tile/0/000", flip),
        ("tile/entries/001", flip),
        ("tile/entries/001", lambda raw: raw[:40]),
        (EVENTS, flip),
        (EVENTS, recompressed(flip)),
    ],
)
def test_an_earlier_export_that_was_changed_is_not_added_to(
    name: str, harm: Callable[[bytes], bytes], log: LongLog, tmp_path: Path
) -> None:
    exported(log, tmp_path / "out")
    path = next((tmp_path / "out").glob(name))
    path.write_bytes(harm(path.read_bytes()))

    with pytest.raises(TamperedError, match=path.name):
        exported(log, tmp_path / "out")
    path.unlink()
    exported(log, tmp_path / "out")
    checked(log, tmp_path / "out")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET body = CAST(body || ' ' AS BLOB) WHERE seq = 300",
        "UPDATE event SET body = 'text' WHERE seq = 300",
        "UPDATE event SET seq = 9999 WHERE seq = 300",
    ],
)
def test_a_journal_that_is_not_what_was_signed_is_not_exported(
    change: str, log: LongLog, tmp_path: Path
) -> None:
    log.source.checkpoints.sign()
    with closing(sqlite3.connect(log.folder / "log.db")) as database, database:
        (name,) = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE"
            " '%BEFORE UPDATE%event%'"
        ).fetchone()
        database.execute(f"DROP TRIGGER {name}")
        database.execute(change)

    with pytest.raises(TamperedError, match=r"event 300 \(dossier:d\d+\) is not"):
        exported(log, tmp_path / "out")
    assert "checkpoint" not in files(tmp_path / "out")


def test_what_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="absent"):
        list(read_bodies(tmp_path / "absent"))
    with pytest.raises(TamperedError, match="not finished"):
        list(read_bodies(tmp_path))


def test_the_command_line_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NAMBUOC_DATABASE_URL", raising=False)
    out = str(tmp_path / "out")
    before = nambuoc("audit", "verify", "--all", "--json").document["size"]

    made = nambuoc("events", "export", "-o", out, "--json")

    assert made.code == 0, made.err
    assert nambuoc("audit", "verify", "--all", "--json").document["size"] == before
    assert made.document["size"] == before
    logged = (tmp_path / "home/log/operations.ndjson").read_text(encoding="utf-8")
    assert '"act": "events-export"' in logged
    assert nambuoc("events", "export", "-o", out, "--from-seq", "0").code == 2
    assert nambuoc("events", "export").code == 2
