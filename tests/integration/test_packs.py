"""Evidence packs of real dossiers: taken away, checked elsewhere, attacked."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from dossiers.envelope import decode
from dossiers.errors import TamperedError
from dossiers.events import DocumentRead
from infra.pack_verifier.evidence import Evidence, verify_pack
from infra.pack_verifier.shipping import shipped
from infra.pack_verifier.tlog import PackError, read_key
from infra.pack_verifier.verify import sentences as told_of
from infra.packs import make_pack, zipped
from infra.settings import from_environment
from infra.wiring import open_house
from portal.sentences import sentences
from signing.note import SigningKey
from tests.support.command_line import nambuoc
from tests.support.packs import (
    Change,
    declared,
    flipped,
    members_of,
    packed,
    symlink,
    whitewashed,
)
from tests.support.whole_way import acts, dossier_of, furnish

EVENTS = 16
PROVED = re.compile(r"events|proofs/|checkpoint|log\.vkey|documents/|outcome|manifest")


@dataclass(frozen=True, slots=True)
class Issued:
    """A home with two dossiers, the code of the first, and their packs."""

    home: Path
    code: str
    vkey: bytes
    pack: bytes
    other: bytes


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    home = tmp_path_factory.mktemp("packs") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NAMBUOC_DATABASE_URL", raising=False)
        furnish(home)
        with open_house(from_environment(home)) as house:
            for act in (*acts(), *acts("other")[:3]):
                act(house)
            code = dossier_of(house).code
            other = dossier_of(house, "other").code
            packs = [make_pack(house, one, "cv1", sentences) for one in (code, other)]
            vkey = (house.settings.pki / "log.vkey").read_bytes()
        yield Issued(home, code, vkey, packs[0].content, packs[1].content)


@pytest.fixture
def home(issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    mine = tmp_path / "home"
    shutil.copytree(issued.home, mine)
    monkeypatch.setenv("NAMBUOC_HOME", str(mine))
    monkeypatch.delenv("NAMBUOC_DATABASE_URL", raising=False)
    return mine


def checked(pack: bytes, folder: Path) -> Evidence:
    """Check these bytes as a file."""
    path = folder / "pack.zip"
    path.write_bytes(pack)
    return verify_pack(path)


def fault(pack: bytes, folder: Path) -> str:
    """Tell why these bytes are refused."""
    with pytest.raises(PackError) as caught:
        checked(pack, folder)
    return caught.value.en


def alone(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the shipped file far from the product: no packages, no environment."""
    (folder / "verify.py").write_bytes(shipped())
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *words],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_pack_is_checked_where_the_product_is_not(
    issued: Issued, tmp_path: Path
) -> None:
    (tmp_path / "p.zip").write_bytes(issued.pack)
    (tmp_path / "log.vkey").write_bytes(issued.vkey)

    doubtful = alone(tmp_path, "p.zip")
    sure = alone(tmp_path, "p.zip", "--vkey", "log.vkey")

    assert (doubtful.returncode, sure.returncode) == (0, 0), doubtful.stderr
    assert "THE KEY INSIDE PROVES NOTHING" in doubtful.stdout
    assert "the key that you gave" in sure.stdout
    for told in (f"Complete to version {EVENTS}", "outcome.pdf is what", "Not checked"):
        assert told in sure.stdout


def test_the_shipped_file_says_what_is_wrong_and_how_to_call_it(
    issued: Issued, tmp_path: Path
) -> None:
    members = members_of(issued.pack)
    (tmp_path / "p.zip").write_bytes(packed(members | {"checkpoint": b"x"}))
    (tmp_path / "no.vkey").write_bytes(b"x")

    wrong = alone(tmp_path, "p.zip")

    assert (wrong.returncode, wrong.stdout) == (5, "")
    assert "WRONG: checkpoint: not what manifest.json says" in wrong.stderr
    for words in ((), ("absent.zip",), (".",), ("p.zip", "--vkey", "no.vkey")):
        told = alone(tmp_path, *words)
        assert (told.returncode, told.stdout) == (2, ""), words
        assert "Traceback" not in told.stderr


def test_a_pack_holds_what_the_architecture_names(issued: Issued) -> None:
    members = members_of(issued.pack)
    manifest = json.loads(members["manifest.json"])
    bodies = members["events.ndjson"].splitlines()

    assert [decode(body).version for body in bodies] == list(range(1, EVENTS + 1))
    assert len([name for name in members if name.startswith("proofs/")]) == EVENTS
    assert {one["path"] for one in manifest["members"]} == set(members) - {
        "manifest.json"
    }
    assert members["log.vkey"] == issued.vkey
    assert members["verify.py"] == shipped()
    assert members["outcome.pdf"].startswith(b"%PDF")
    assert manifest["erased"] == []


def test_the_timelines_are_for_people(issued: Issued, tmp_path: Path) -> None:
    members = members_of(issued.pack)
    manifest = json.loads(members["manifest.json"])
    page = members["timeline.html"].decode()
    (tmp_path / "t.pdf").write_bytes(members["timeline.pdf"])
    done = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "t.pdf"), "-"],
        capture_output=True,
        check=True,
    )
    printed = done.stdout.decode()

    for text in (page, printed):
        for told in (issued.code, "đóng dấu cơ quan", "sealed", manifest["root"]):
            assert told in text
    assert f"nambuoc.local/log · cỡ {manifest['size']}" in printed
    assert not re.search(r"<script|src=|href=|url\(|\[\[", page)


def test_a_dossier_on_its_way_has_no_outcome_yet(
    issued: Issued, tmp_path: Path
) -> None:
    found = checked(issued.other, tmp_path)

    assert "outcome.pdf" not in members_of(issued.other)
    assert found.story.outcome is None
    assert found.story.version < EVENTS


def test_a_flipped_bit_is_named_by_its_member(issued: Issued, tmp_path: Path) -> None:
    members = members_of(issued.pack)
    assert len(members) > EVENTS + 8

    for name, content in members.items():
        told = fault(packed(members | {name: flipped(content)}), tmp_path)
        assert name in told, (name, told)


def test_a_manifest_made_to_agree_hides_no_flipped_bit(
    issued: Issued, tmp_path: Path
) -> None:
    members = members_of(issued.pack)
    seq = min(int(name[7:-11]) for name in members if name.startswith("proofs/"))

    for name, content in members.items():
        if not PROVED.match(name) or name == "manifest.json":
            continue
        lie = whitewashed(members | {name: flipped(content)})
        told = fault(packed(lie), tmp_path)
        blamed = {"events.ndjson": "proofs/", "log.vkey": "log.vkey"}.get(name, name)
        assert blamed in told, (name, told)
    assert f"proofs/{seq}.tlog-proof" in members


def odd(name: str) -> Change:
    return lambda members: packed(members, (name, b"x"))


ODD_MEMBERS: dict[str, Change] = {
    "../checkpoint": odd("../checkpoint"),
    "/etc/passwd": odd("/etc/passwd"),
    "documents/../x.pdf": odd("documents/../x.pdf"),
    "more.txt": odd("more.txt"),
    "proofs/": odd("proofs/"),
    "proofs/007": odd("proofs/007.tlog-proof"),
    "Checkpoint": odd("Checkpoint"),
    "manifest.json": lambda m: packed(m, ("manifest.json", m["manifest.json"])),
    "checkpoint": lambda m: packed(m, ("checkpoint", b"another")),
    "outcome.pdf": lambda m: packed(
        {k: v for k, v in m.items() if k != "outcome.pdf"},
        (symlink("outcome.pdf"), b"/etc/passwd"),
    ),
    "verify.py": lambda m: declared(packed(m), "verify.py", 1 << 31),
}


@pytest.mark.parametrize("name", ODD_MEMBERS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_does_not_belong_there_is_named(
    name: str, issued: Issued, tmp_path: Path
) -> None:
    pack = ODD_MEMBERS[name](members_of(issued.pack))

    assert name in fault(pack, tmp_path)


def test_a_missing_member_is_named(issued: Issued, tmp_path: Path) -> None:
    members = members_of(issued.pack)

    for name in members:
        rest = {one: content for one, content in members.items() if one != name}
        assert name in fault(packed(rest), tmp_path)
        if name != "manifest.json":
            told = fault(packed(whitewashed(rest)), tmp_path)
            stem = {"outcome.pdf": "documents/"}.get(name, name.partition(".")[0])
            assert stem in told or "proofs" in told, (name, told)


def test_members_swapped_between_two_packs_are_found(
    issued: Issued, tmp_path: Path
) -> None:
    one, two = members_of(issued.pack), members_of(issued.other)
    proofs = [name for name in two if name.startswith("proofs/")]
    swaps = [["checkpoint"], ["events.ndjson"], [proofs[0]], proofs]
    swaps.append(["events.ndjson", "checkpoint", *proofs])
    swaps.append([name for name in two if name.startswith("documents/")])

    for names in swaps:
        foreign = {name: two[name] for name in names}
        told = fault(packed(whitewashed(one | foreign)), tmp_path)
        assert any(name in told for name in (*names, "events.ndjson")), (names, told)


def test_an_older_state_of_a_dossier_is_not_passed_off_as_longer(
    issued: Issued, tmp_path: Path
) -> None:
    members = members_of(issued.pack)
    lines = members["events.ndjson"].splitlines(keepends=True)
    proofs = sorted((n for n in members if "proofs" in n), key=lambda n: int(n[7:-11]))
    gap = {name: one for name, one in members.items() if name != proofs[4]}
    gap["events.ndjson"] = b"".join(lines[:4] + lines[5:])
    swapped = members | {"events.ndjson": b"".join([lines[1], lines[0], *lines[2:]])}

    assert "events.ndjson, 5: other dossier or a gap" in fault(
        packed(whitewashed(gap)), tmp_path
    )
    assert "not of line 1" in fault(packed(whitewashed(swapped)), tmp_path)


def test_a_cut_or_padded_file_is_refused(issued: Issued, tmp_path: Path) -> None:
    pack = issued.pack
    for share in range(1, 40):
        fault(pack[: len(pack) * share // 40], tmp_path)
    for odd_one in (b"x" + pack, pack + b"x", b"", b"PK", pack[:-1], pack + pack):
        fault(odd_one, tmp_path)


def test_a_paper_said_to_be_erased_must_be_gone_and_be_named_by_an_event(
    issued: Issued, tmp_path: Path
) -> None:
    members = members_of(issued.pack)
    manifest = json.loads(members["manifest.json"])
    name = next(one for one in members if one.startswith("documents/"))
    for erased in ({"document": "x", "sha256": name[10:74]}, {"sha256": "0" * 64}):
        manifest["erased"] = [{"document": "x"} | erased]
        raw = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        lie = whitewashed(members | {"manifest.json": raw.encode()})
        assert "manifest.json" in fault(packed(lie), tmp_path)


def test_an_erased_paper_is_named_by_its_digest(home: Path, tmp_path: Path) -> None:
    with open_house(from_environment(home)) as house:
        dossier = dossier_of(house)
        (paper,) = dossier.components
        erase(home, str(paper.document))
        pack = make_pack(house, dossier.id, "cv1", sentences)

    found = checked(pack.content, tmp_path)

    assert found.erased == {paper.sha256: paper.document}
    assert f"documents/{paper.sha256}.pdf" not in members_of(pack.content)
    assert any("is said to be erased" in en for _, _, en in told_of(found))


def erase(home: Path, document: str) -> None:
    """Let the store say that a paper was erased."""
    with closing(sqlite3.connect(home / "nambuoc.db")) as database, database:
        sql = "UPDATE document SET state = 'erased' WHERE document_id = ?"
        assert database.execute(sql, (document,)).rowcount == 1


def test_a_paper_that_is_not_what_was_recorded_is_not_packed(home: Path) -> None:
    with open_house(from_environment(home)) as house:
        dossier = dossier_of(house)
        for path in (home / "store").rglob("*"):
            if path.is_file() and path.stat().st_size > 1000:
                path.chmod(0o600)
                path.write_bytes(flipped(path.read_bytes()))
        with pytest.raises(TamperedError):
            make_pack(house, dossier.id, "cv1", sentences)


@pytest.mark.parametrize("bit", range(8))
def test_a_byte_changed_anywhere_is_found_or_changes_nothing(
    bit: int, issued: Issued, tmp_path: Path
) -> None:
    right, size = checked(issued.other, tmp_path), len(issued.other)
    places = [*range(bit, size, size // 60), *range(size - 1200 + bit, size, 8)]
    for place in places:  # the directory lies at the end
        raw = bytearray(issued.other)
        raw[place] ^= 1 << bit
        with suppress(PackError):
            assert checked(bytes(raw), tmp_path) == right


def test_taking_a_pack_away_is_recorded_for_each_paper(home: Path) -> None:
    with open_house(from_environment(home)) as house:
        dossier = dossier_of(house)
        before = len(house.journal.stream(f"access:{dossier.id}"))
        make_pack(house, dossier.code, "lanhdao", sentences)
        rows = house.journal.stream(f"access:{dossier.id}")[before:]
    read = [decode(row.body) for row in rows]

    assert {event.actor.id for event in read} == {"lanhdao"}
    facts = [event.fact for event in read if isinstance(event.fact, DocumentRead)]
    assert {fact.purpose for fact in facts} == {"evidence-pack"}
    assert len({fact.document for fact in facts}) == 5
    assert dossier.outcome in {fact.document for fact in facts}


def test_the_command_line_packs_and_checks(
    home: Path, issued: Issued, tmp_path: Path
) -> None:
    pack, vkey = str(tmp_path / "p.zip"), str(home / "pki" / "log.vkey")
    (tmp_path / "o.vkey").write_text(SigningKey.new("nambuoc.local/log").verifier.line)

    made = nambuoc("audit", "export", issued.code, "-o", pack, "--as", "cv1", "--json")
    good = nambuoc("audit", "verify-pack", pack, "--vkey", vkey, "--json")
    forged = nambuoc("audit", "verify-pack", pack, "--vkey", f"{tmp_path}/o.vkey")

    assert (made.code, good.code, forged.code) == (0, 0, 5), made.err + good.err
    assert good.document["key_known"] is True
    for name in ("code", "version", "size", "root", "papers"):
        assert good.document[name] == made.document[name]
    assert "checkpoint" in forged.err
    assert nambuoc("audit", "verify", "--all").code == 0


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("export", "--as", "cv1"), 2),
        (("export", "{code}"), 2),
        (("export", "{code}", "--as", "nobody"), 3),
        (("export", "H49.99.01-200101-9999", "--as", "cv1"), 3),
        (("export", "nonsense", "--as", "cv1"), 2),
    ],
)
def test_what_cannot_be_packed_is_refused_and_leaves_no_file(
    words: tuple[str, ...], code: int, issued: Issued, tmp_path: Path
) -> None:
    out = tmp_path / "p.zip"
    said = nambuoc(
        "audit", *(word.format(code=issued.code) for word in words), "-o", str(out)
    )

    assert said.code == code, said.err
    assert not out.exists()


def test_verify_pack_needs_no_home_and_refuses_what_is_no_pack(
    issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMBUOC_HOME", str(tmp_path / "none"))
    pack = tmp_path / "p.zip"
    pack.write_bytes(issued.pack)

    assert nambuoc("audit", "verify-pack", str(pack)).code == 0
    assert nambuoc("audit", "verify-pack", str(tmp_path / "absent")).code == 3
    assert nambuoc("audit", "verify-pack", str(tmp_path)).code == 2
    assert nambuoc("audit", "verify-pack", str(pack), "--vkey", str(pack)).code == 2
    pack.write_bytes(b"text")
    said = nambuoc("audit", "verify-pack", str(pack), "--lang", "en")
    assert (said.code, "p.zip: cannot be read" in said.err) == (5, True)
    assert not (tmp_path / "none").exists()


def test_the_order_of_members_and_their_times_are_fixed() -> None:
    members = {"b": b"2", "manifest.json": b"{}", "a": b"1"}

    assert zipped(members) == zipped(dict(sorted(members.items())))
    assert list(members_of(zipped(members))) == ["manifest.json", "a", "b"]


def test_the_key_inside_may_be_compared(issued: Issued, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(issued.pack)
    known = read_key(issued.vkey, "log.vkey")

    assert verify_pack(path, known).key_known
    assert not verify_pack(path).key_known
