"""`nambuoc audit export | verify-pack`: a dossier with its proofs, for outsiders."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import MalformedError, TamperedError
from infra.pack_verifier.evidence import Evidence, verify_pack
from infra.pack_verifier.tlog import Key, PackError, read_key
from infra.pack_verifier.verify import sentences
from infra.packs import make_pack
from portal.commands.audit import app
from portal.files import demand_file, load, save
from portal.house import opened, order
from portal.options import dossier_key
from portal.output import answer, hint, say
from portal.sentences import sentences as what
from portal.verbs import verb


@verb(
    app,
    "export",
    "Gói bằng chứng của một hồ sơ: sự kiện, bằng chứng, giấy tờ (cần --as).",
    "Pack a dossier's evidence: events, proofs, papers (needs --as).",
)
def export(
    code: Annotated[str | None, typer.Argument(metavar="CODE")] = None,
    *,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="PACK")],
) -> None:
    """Pack a dossier's evidence; who takes it is recorded."""
    if code is None:
        vi = "cho mã hồ sơ; cả nhật ký thì dùng: nambuoc events export -o THƯ_MỤC"
        en = "name a dossier; for the whole log: nambuoc events export -o DIR"
        raise MalformedError(vi, en)
    with opened() as house:
        pack = make_pack(house, dossier_key(code), order(house).actor, what)
    save(out, pack.content)
    vi = "lần lấy này đã được ghi vào nhật ký"
    hint(vi, "taking it away is recorded in the log")
    document = {
        "path": str(out),
        "bytes": len(pack.content),
        "code": pack.story.code,
        "dossier": pack.story.dossier,
        "version": pack.story.version,
        "size": pack.checkpoint.size,
        "root": pack.checkpoint.root.hex(),
        "papers": len(pack.story.papers) - len(pack.erased),
        "erased": sorted(pack.erased.values()),
    }
    answer(document, [f" {name}: {value}" for name, value in document.items()])


@verb(
    app,
    "verify-pack",
    "Kiểm tra một gói bằng chứng; không cần máy chủ, như verify.py trong gói.",
    "Check an evidence pack; needs no server, as does verify.py inside.",
)
def verify_pack_(
    pack: Annotated[Path, typer.Argument(metavar="PACK")],
    *,
    vkey: Annotated[
        Path | None,
        typer.Option(help=say("khóa biết từ nguồn khác", "a key known from elsewhere")),
    ] = None,
) -> None:
    """Check an evidence pack; needs no server."""
    demand_file(pack)
    known = _known(vkey) if vkey else None
    try:
        found = verify_pack(pack, known)
    except PackError as error:
        vi = f"gói sai: {error.vi}; hãy xin lại gói từ cơ quan"
        en = f"bad pack: {error.en}; ask the agency for it again"
        raise TamperedError(vi, en) from error
    answer(
        _document(found), [f"{mark} {say(vi, en)}" for mark, vi, en in sentences(found)]
    )


def _known(path: Path) -> Key:
    try:
        return read_key(load(path), str(path))
    except PackError as error:
        vi = f"{error.vi}; cần một dòng như log.vkey"
        raise MalformedError(vi, f"{error.en}; one line as in log.vkey") from error


def _document(found: Evidence) -> dict[str, object]:
    story, head = found.story, found.head
    return {
        "ok": True,
        "code": story.code,
        "dossier": story.dossier,
        "version": story.version,
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "key": found.key,
        "key_known": found.key_known,
        "papers": len(story.papers) - len(found.erased),
        "erased": sorted(found.erased.values()),
        "outcome": story.outcome,
        "sentences": [say(vi, en) for _, vi, en in sentences(found)],
    }
