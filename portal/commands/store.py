"""`nambuoc store …`: check, put, get, list, verify documents, collect orphans."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import RefusedError
from dossiers.ports import NewDocument
from infra.intake import Check, check_path
from portal.house import opened, order
from portal.options import required
from portal.output import SPEECH, answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("kho giấy tờ", "documents"))
EXIT = {"accept": 0, "quarantine": 8, "reject": 4}
VERIFICATION_FAILED = 5


def _reasons(found: Check) -> list[str]:
    return [say(reason.vi, reason.en) for reason in found.reasons]


@app.command()
def check(file: Path) -> None:
    """Kiểm tra một tệp: 0 nhận, 8 cách ly chờ người xem, 4 từ chối."""
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


@app.command()
def put(
    file: Path,
    *,
    owner: Annotated[str | None, typer.Option()] = None,
    type_: Annotated[str, typer.Option("--type")] = "paper",
) -> None:
    """Cất một giấy tờ vào kho của chủ hồ sơ."""
    found = check_path(file)
    if found.verdict == "reject":
        text = "; ".join(reason.vi for reason in found.reasons)
        english = "; ".join(reason.en for reason in found.reasons)
        raise RefusedError(text, english, rule="intake")
    with opened() as house:
        asked = order(house, actor="canbo1")
        about = NewDocument(
            upload=asked.command,
            owner=required(owner, "--owner"),
            type_code=type_,
            media_type=found.type,
            at=house.office.clock.now(),
            retention="reuse",
            state="valid" if found.verdict == "accept" else "quarantined",
        )
        stored = house.office.documents.put(file.read_bytes(), about)
        document = {"id": stored.id, "sha256": stored.sha256, "state": stored.state}
        answer(document, [stored.id])


@app.command()
def get(document: str, out: Annotated[Path, typer.Option("-o", "--out")]) -> None:
    """Lấy một giấy tờ ra tệp; lần đọc được ghi lại."""
    with opened() as house:
        content = house.read_document(document, actor=SPEECH.actor or "canbo1")
        out.write_bytes(content)
        hint(f"đã ghi {out}", f"wrote {out}")
        answer({"id": document, "size": len(content)}, [])


@app.command("list")
def list_(owner: Annotated[str | None, typer.Option()] = None) -> None:
    """Liệt kê kho giấy tờ của một chủ hồ sơ."""
    with opened() as house:
        rows = house.listing.documents(required(owner, "--owner"))
        answer(rows, [f"{row['id']}  {row['type']}  {row['state']}" for row in rows])


@app.command()
def reuse(code: str) -> None:
    """Giấy tờ của chủ hồ sơ có thể dùng lại cho từng thành phần."""
    with opened() as house:
        rows = house.reuse_of(code)
        answer(rows, [f"{row['component']}: {row['documents']}" for row in rows])


@app.command()
def verify() -> None:
    """Đọc lại mọi tệp và so với mã băm đã ghi: 0 sạch, 5 có sai lệch."""
    with opened() as house:
        found = house.scrub()
        answer(found, [str(found)])
        if found["findings"]:
            raise typer.Exit(VERIFICATION_FAILED)


@app.command()
def gc(*, grace: Annotated[float, typer.Option(min=0.0)] = 86_400.0) -> None:
    """Dọn tệp của những lần tải lên bỏ dở, cũ hơn --grace giây (mặc định một ngày)."""
    with opened() as house:
        removed = house.collect_orphans(grace)
        answer({"removed": removed}, [str(removed)])
