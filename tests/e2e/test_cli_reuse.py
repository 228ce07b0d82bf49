"""Papers asked for once: two dossiers of one citizen, by command line alone."""

import json
import shutil
from pathlib import Path

import pytest

from portal.demo.scans import scan
from tests.e2e.conftest import PERSON
from tests.support.command_line import nambuoc
from tests.support.scans import pdf

PERMIT, EXTENSION = "1.013225", "1.013227"
PERMIT_PAPER = "000.00.00.G17-KQ002691"
ASKING = "000.00.00.G17-KQ002690"
PERMIT_RESULT = "KQ.G17.000311"
Document = dict[str, object]


def does(*words: str) -> Document:
    done = nambuoc(*words, "--json")
    assert done.code == 0, done.out
    return done.document


def rows(*words: str) -> list[Document]:
    done = nambuoc(*words, "--json")
    assert done.code == 0, done.out
    found: list[Document] = json.loads(done.out)
    return found


def publish(path: Path, procedure: str, **changes: object) -> None:
    """Publish what the catalogue says, by a person's decisions."""
    shown = does("procedure", "show", procedure)
    listed, methods = shown["components"], shown["methods"]
    assert isinstance(listed, list)
    assert isinstance(methods, list)
    papers = [one for one in listed if not one["is_note"]]
    content: Document = {
        "rule": "test",
        "effective_from": "2024-01-01",
        "terms": {one["channel"]: {"limit": "20d", "fees": []} for one in methods},
        "required": {f"{one['group']}/{one['code']}": True for one in papers},
        "eligible": {one["code"]: one["code"] != ASKING for one in papers},
    }
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    does("procedure", "publish", procedure, "--decisions", str(path), "--as", "lanhdao")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reuse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAMBUOC_HOME", str(folder / "home"))
        patch.delenv("NAMBUOC_DATABASE_URL", raising=False)
        does("procedure", "import", "--sample")
        publish(folder / "decisions.json", PERMIT)
        rule = {"accepts": [PERMIT_RESULT], "signature": "required", "min_level": 4}
        publish(folder / "decisions.json", EXTENSION, reuse={PERMIT_PAPER: rule})
    return folder


@pytest.fixture
def folder(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(furnished / "home", tmp_path / "home")
    monkeypatch.setenv("NAMBUOC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NAMBUOC_DATABASE_URL", raising=False)
    return tmp_path


def components_of(procedure: str) -> list[str]:
    shown = does("procedure", "show", procedure)
    listed = shown["components"]
    assert isinstance(listed, list)
    return list(dict.fromkeys(one["code"] for one in listed if one["required"]))


def submission(folder: Path, procedure: str, *bare: str, **changes: object) -> str:
    """Write a submission: one page a component, none for those that are bare."""
    page = folder / "page.pdf"
    page.write_bytes(scan(procedure.encode(), "Giấy tờ"))
    papers = [
        {"code": code, "path": None if code in bare else page.name}
        for code in components_of(procedure)
    ]
    content = {
        "procedure": procedure,
        "channel": "direct",
        "receiving_agency": "H49.99.01",
        "applicant": PERSON,
        "owner": PERSON,
        "components": papers,
    }
    path = folder / "submission.json"
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return str(path)


def submitted(folder: Path, procedure: str, *bare: str, **changes: object) -> Document:
    return does("dossier", "submit", submission(folder, procedure, *bare, **changes))


def parts(dossier: Document) -> dict[str, Document]:
    listed = dossier["components"]
    assert isinstance(listed, list)
    return {one["code"]: one for one in listed}


def returned(code: str) -> None:
    """Take a dossier from reception to return."""
    does("dossier", "receive", code, "--as", "canbo1")
    does("dossier", "transfer", code, "--as", "canbo1")
    actors = does("dossier", "show", code)["actors"]
    assert isinstance(actors, dict)
    officer = str(actors["transfer-accept"][0])
    for verb, actor in (("transfer", officer), ("process", officer)):
        does("dossier", verb, code, "--as", actor)
    for verb, actor in (("sign", "lanhdao"), ("sign", "vanthu"), ("return", "canbo1")):
        does("dossier", verb, code, "--as", actor)


def test_a_second_dossier_is_not_asked_for_a_paper_of_the_first(folder: Path) -> None:
    first = submitted(folder, PERMIT)
    given = parts(first)
    second = submitted(folder, PERMIT, *given)
    taken = parts(second)

    does("dossier", "receive", str(second["code"]), "--as", "canbo1")
    for code, paper in taken.items():
        assert (paper["reused"], paper["state"]) == (True, 2)
        assert paper["document"] == given[code]["document"]
        assert paper["sha256"] == given[code]["sha256"]
        assert (paper["basis"], paper["decided_by"]) == (
            "TT 01/2023/TT-VPCP Đ24",
            "canbo1",
        )


def test_an_outcome_is_a_component_of_the_next_procedure(folder: Path) -> None:
    first = str(submitted(folder, PERMIT)["code"])
    returned(first)
    form = [{"code": ASKING, "path": "page.pdf"}]
    second = submitted(folder, EXTENSION, components=form)
    permit = parts(second)[PERMIT_PAPER]
    kept = {
        row["id"]: row for row in rows("store", "list", "--owner", str(second["owner"]))
    }
    row = kept[permit["document"]]

    assert (permit["reused"], permit["state"]) == (True, 3)
    assert permit["decided_by"] == "engine"
    assert (row["number"], row["type"]) == (f"{first}-KQ1", PERMIT_RESULT)
    assert (row["source"], row["level"], row["signature"]) == ("outcome", 4, "issuer")
    returned(str(second["code"]))
    assert does("audit", "verify", "--all")["ok"] is True


def test_a_revocation_reaches_the_open_dossier_that_holds_the_paper(
    folder: Path,
) -> None:
    returned(str(submitted(folder, PERMIT)["code"]))
    form = [{"code": ASKING, "path": "page.pdf"}]
    second = submitted(folder, EXTENSION, components=form)
    code = str(second["code"])
    permit = str(parts(second)[PERMIT_PAPER]["document"])
    told = does("store", "revoke", permit, "--reason", "cấp sai", "--as", "lanhdao")
    again = does("store", "revoke", permit, "--reason", "cấp sai", "--as", "lanhdao")
    shown = does("dossier", "show", code)

    assert told["reached"] == [
        {"code": code, "status": "submitted", "holder": "canbo1"}
    ]
    assert again["reached"] == []
    assert parts(shown)[PERMIT_PAPER]["standing"] == "revoked"
    assert permit in str(shown["warnings"])
    refused = nambuoc("dossier", "receive", code, "--as", "canbo1", "--json")
    assert (refused.code, PERMIT_PAPER in refused.error) == (4, True)
    kept = {
        row["id"]: row for row in rows("store", "list", "--owner", str(second["owner"]))
    }
    assert kept[permit]["validity"] == "revoked"
    offered = {row["component"]: row for row in rows("store", "reuse", code)}
    (left,) = json.loads(json.dumps(offered[PERMIT_PAPER]["left"]))
    assert (left["reason"], left["id"]) == ("revoked", permit)
    assert does("audit", "verify", "--all")["ok"] is True
    assert "paper-revoked" in nambuoc("audit", "timeline", code, "--json").out


def test_an_upload_from_home_is_an_attachment_until_somebody_compared_it(
    folder: Path,
) -> None:
    first = submitted(folder, PERMIT, channel="online")
    bare = components_of(PERMIT)
    untouched = submitted(folder, PERMIT, *bare)
    does("store", "digitize", str(first["code"]), "--as", "canbo1")
    marked = does("dossier", "show", str(first["code"]))
    second = submitted(folder, PERMIT, *bare)

    assert {one["state"] for one in parts(first).values()} == {0}
    assert {one["document"] for one in parts(untouched).values()} == {None}
    assert {one["state"] for one in parts(marked).values()} == {1}
    assert {one["reused"] for one in parts(second).values()} == {True}
    assert nambuoc("store", "digitize", str(first["code"]), "--as", "canbo1").code == 3
    assert does("audit", "verify", "--all")["ok"] is True


def test_what_the_store_has_is_not_asked_for_but_shared(folder: Path) -> None:
    given = parts(submitted(folder, PERMIT))
    bare = submitted(folder, PERMIT, components=[])
    code, paper = str(bare["code"]), next(iter(given))
    document = str(given[paper]["document"])
    received = nambuoc("dossier", "receive", code, "--as", "canbo1", "--json")
    asking = ("--request", paper, "--reason", "thiếu", "--as", "canbo1", "--json")
    asked = nambuoc("dossier", "supplement", code, *asking)

    assert (received.code, document in received.error) == (4, True)
    assert (asked.code, "store share" in asked.error) == (4, True)
    for one in given.values():
        does("store", "share", str(one["document"]), "--into", code, "--as", "canbo1")
    assert does("dossier", "receive", code, "--as", "canbo1")["status"] == "received"
    twice = nambuoc("store", "share", document, "--into", code, "--as", "canbo1")
    assert twice.code == 4


def test_a_doubtful_file_waits_for_the_counter(folder: Path) -> None:
    (folder / "doubtful.pdf").write_bytes(pdf(trailer=b"/Encrypt 9 0 R"))
    papers = [{"code": ASKING, "path": "page.pdf"}]
    papers += [{"code": PERMIT_PAPER, "path": "doubtful.pdf"}]
    for verdict, status in (("release", 0), ("refuse", 4)):
        dossier = submitted(folder, EXTENSION, components=papers)
        code = str(dossier["code"])
        waiting = parts(dossier)[PERMIT_PAPER]
        document = str(waiting["document"])
        early = nambuoc("dossier", "receive", code, "--as", "canbo1", "--json")
        judge = ("store", verdict, document, "--reason", "đã xem")

        assert waiting["standing"] == "waiting"
        assert (early.code, document in early.error) == (4, True)
        assert nambuoc(*judge, "--as", "cv1").code == 4
        does(*judge, "--as", "canbo1")
        assert nambuoc("dossier", "receive", code, "--as", "canbo1").code == status
        assert nambuoc(*judge, "--as", "canbo1").code == 4
    assert does("audit", "verify", "--all")["ok"] is True


def test_expired_papers_and_other_owners_papers_are_never_bound(folder: Path) -> None:
    submission(folder, PERMIT)
    paper = components_of(PERMIT)[0]
    identity = {"expires_on": "2024-12-31", "number": "12/GP", "issuer": "H49"}
    handed = [{"code": paper, "path": "page.pdf", "identity": identity}]
    first = submitted(folder, PERMIT, components=handed)
    document = str(parts(first)[paper]["document"])
    bare = submitted(folder, PERMIT, components=[{"code": paper}])
    other = {"name": "Trần Văn Khác", "id_number": "001190000002"}
    foreign = submitted(folder, PERMIT, components=[], owner=other, applicant=other)

    assert parts(bare)[paper]["document"] is None
    for dossier, why in ((bare, "expired"), (foreign, "owner")):
        words = ("store", "share", document, "--into", str(dossier["code"]))
        said = nambuoc(*words, "--as", "canbo1", "--json")
        assert (said.code, f"{paper}: {why}" in said.error) == (4, True)
    (row,) = rows("store", "list", "--owner", str(first["owner"]))
    assert (row["validity"], row["number"]) == ("expired", "12/GP")


def test_a_persons_own_number_never_becomes_a_papers_number(folder: Path) -> None:
    submission(folder, PERMIT)
    paper = components_of(PERMIT)[0]
    handed = [{"code": paper, "path": "page.pdf", "identity": {"number": "0" * 12}}]
    path = submission(folder, PERMIT, components=handed)

    assert nambuoc("dossier", "submit", path).code == 2


def test_the_province_sees_each_number_down_to_its_dossiers(folder: Path) -> None:
    submitted(folder, PERMIT)
    second = submitted(folder, PERMIT, *components_of(PERMIT))
    third = submitted(folder, PERMIT)
    count = len(components_of(PERMIT))
    told = does("report", "reuse", "--by", "channel")
    listed = does("report", "reuse", "--list", "asked_again")
    dossiers = does("report", "reuse", "--list", "dossiers_reusing")

    assert (told["eligible"], told["digitized"]) == (3 * count, 3 * count)
    assert (told["bound"], told["uploaded"]) == (count, 2 * count)
    assert (told["component_reuse"], told["dossier_reuse"]) == (0.3333, 0.3333)
    assert (told["asked_again_citizen"], told["asked_again_rate"]) == (count, 0.5)
    assert listed["dossiers"] == [third["code"]] * count
    assert dossiers["dossiers"] == [second["code"]]
    until = ("report", "reuse", "--to", str(third["submitted_at"]))
    before = does(*until)
    submitted(folder, PERMIT, *components_of(PERMIT))
    assert does(*until) == before
    assert nambuoc("report", "reuse", "--list", "nothing").code == 2


def test_consent_once_withdrawn_ends_reuse_where_it_is_the_basis(folder: Path) -> None:
    paper = components_of(PERMIT)[0]
    rule = {paper: {"basis": "consent"}}
    publish(folder / "decisions.json", PERMIT, reuse=rule, effective_from="2024-02-01")
    owner = str(submitted(folder, PERMIT)["owner"])
    bare = [{"code": paper}]
    without = submitted(folder, PERMIT, components=bare)
    does("store", "consent", "--owner", owner, "--as", "canbo1")
    given = submitted(folder, PERMIT, components=bare)
    said = ("store", "consent", "--owner", owner, "--withdraw", "--as", "canbo1")
    withdrawn = does(*said)
    ended = submitted(folder, PERMIT, components=bare)

    assert withdrawn["consents"] is False
    assert [parts(one)[paper]["reused"] for one in (without, given, ended)] == [
        *(False, True, False),
    ]
    assert parts(given)[paper]["basis"] == "consent"
    shown = does("dossier", "show", str(given["code"]))
    assert parts(shown)[paper]["standing"] == "valid", "what was bound stays"


def test_whoever_prints_a_paper_is_in_the_log(folder: Path) -> None:
    code = str(submitted(folder, PERMIT)["code"])
    does("dossier", "receive", code, "--as", "canbo1")
    before = int(str(does("audit", "replay")["size"]))
    slip = str(folder / "01.pdf")
    does("dossier", "print", code, "01", "-o", slip)
    between = int(str(does("audit", "replay")["size"]))
    does("dossier", "print", code, "01", "-o", slip, "--as", "canbo2")

    assert between >= before + 2, "form 01 is made, and its reading told"
    assert int(str(does("audit", "replay")["size"])) == between + 1
