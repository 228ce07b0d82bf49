"""`nambuoc store …`: check, put, get, list, verify documents, collect orphans."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import RefusedError
from dossiers.ports import NewDocument
from infra.intake import Check, check_path
from portal.files import save
from portal.house import opened, order
from portal.options import Code, required
from portal.output import answer, hint, say
from portal.verbs import noun, verb

app = noun("kho giấy tờ", "documents")
EXIT = {"accept": 0, "quarantine": 8, "reject": 4}
VERIFICATION_FAILED = 5


def _reasons(found: Check) -> list[str]:
    return [say(reason.vi, reason.en) for reason in found.reasons]


@verb(
    app,
    "check",
    "Kiểm tra một tệp: 0 nhận, 8 cách ly chờ người xem, 4 từ chối.",
    "Check a file: 0 accept, 8 quarantine, 4 reject.",
)
def check(file: Path) -> None:
    """Check a file: 0 accept, 8 quarantine, 4 reject."""
    found = check_path(file)
    document = {
        "verdict": found.verdict,
        "type": found.type,
        "size": found.size,
        "sha256": found.sha256,
        "reasons": _reasons(found),
    }
    answer(document, [f"{found.verdict}  {found.type}", *_reasons(found)])
    raise typer.Exit(EXIT[found.verdict])


@verb(
    app,
    "put",
    "Cất một giấy tờ vào kho của chủ hồ sơ.",
    "Keep a paper in an owner's store.",
)
def put(
    file: Path,
    *,
    owner: Annotated[str | None, typer.Option(metavar="ID")] = None,
    type_: Annotated[str, typer.Option("--type")] = "paper",
) -> None:
    """Keep a paper in an owner's store."""
    found = check_path(file)
    if found.verdict == "reject":
        text = "; ".join(reason.vi for reason in found.reasons)
        english = "; ".join(reason.en for reason in found.reasons)
        raise RefusedError(text, english, rule="intake")
    whose = required(owner, "--owner")
    with opened() as house:
        asked = order(house)
        house.office.offices.current().officer(asked.actor)
        about = NewDocument(
            upload=asked.command,
            owner=whose,
            type_code=type_,
            media_type=found.type,
            at=house.office.clock.now(),
            retention="reuse",
            state="valid" if found.verdict == "accept" else "quarantined",
        )
        stored = house.office.documents.put(file.read_bytes(), about)
    document = {"id": stored.id, "sha256": stored.sha256, "state": stored.state}
    answer(document, [f"{stored.id}  {stored.state}", *_reasons(found)])
    raise typer.Exit(EXIT[found.verdict])


@verb(
    app,
    "get",
    "Lấy một giấy tờ ra tệp; lần đọc được ghi lại.",
    "Read a paper into a file; the read is recorded.",
)
def get(document: str, out: Annotated[Path, typer.Option("-o", "--out")]) -> None:
    """Read a paper into a file; the read is recorded."""
    with opened() as house:
        content = house.read_document(document, actor=order(house).actor)
    save(out, content)
    hint(f"đã ghi {out}", f"wrote {out}")
    answer({"id": document, "path": str(out), "size": len(content)}, [])


@verb(app, "list", "Liệt kê kho giấy tờ của một chủ hồ sơ.", "List an owner's store.")
def list_(owner: Annotated[str | None, typer.Option()] = None) -> None:
    """List an owner's store, oldest first."""
    whose = required(owner, "--owner")
    with opened() as house:
        rows = house.listing.documents(whose)
    answer(rows, [f"{row['id']}  {row['type']}  {row['state']}" for row in rows])


@verb(
    app,
    "reuse",
    "Giấy tờ của chủ hồ sơ có thể dùng lại cho từng thành phần.",
    "What the owner has already, by component.",
)
def reuse(code: Code) -> None:
    """List what the owner has already, by component."""
    with opened() as house:
        rows = house.reuse_of(code)
    answer(rows, [_kept(row) for row in rows])


def _kept(row: dict[str, object]) -> str:
    documents = row["documents"]
    found = documents if isinstance(documents, list) else []
    return f"{row['component']}: {', '.join(one['id'] for one in found) or '-'}"


@verb(
    app,
    "verify",
    "Đọc lại mọi tệp và so với mã băm đã ghi: 0 sạch, 5 có sai lệch.",
    "Read every file again: 0 clean, 5 findings.",
)
def verify() -> None:
    """Read every file again: 0 clean, 5 findings."""
    with opened() as house:
        found = house.scrub()
    rows = found["findings"] if isinstance(found["findings"], list) else []
    read = say("đã đọc ", "read ") + f"{found['documents']}"
    answer(found, [read, *(f" ✘ {row['document']} {row['text']}" for row in rows)])
    if rows:
        raise typer.Exit(VERIFICATION_FAILED)


@verb(
    app,
    "gc",
    "Dọn tệp của những lần tải lên bỏ dở, cũ hơn --grace giây.",
    "Collect what unfinished uploads left, older than --grace seconds.",
)
def gc(*, grace: Annotated[float, typer.Option(min=0.0)] = 86_400.0) -> None:
    """Collect what unfinished uploads left, older than --grace seconds."""
    with opened() as house:
        removed = house.collect_orphans(grace)
    answer({"removed": removed}, [str(removed)])
