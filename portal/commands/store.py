"""`nambuoc store …`: check, put, get, list documents, collect orphans."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from dossiers.errors import MalformedError, RefusedError
from dossiers.ports import Document, NewDocument
from dossiers.reuse_rules import Conversion, PaperIdentity
from dossiers.values import local
from infra.intake import Check, check_path
from portal.files import save
from portal.house import opened, order
from portal.options import Code, required
from portal.output import answer, hint, say
from portal.verbs import noun, verb
from steps.digitization import level_of
from steps.reusing import Offer, asker_of, offers

app = noun("kho giấy tờ", "documents")
EXIT = {"accept": 0, "quarantine": 8, "reject": 4}


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
    number: Annotated[str | None, typer.Option()] = None,
    issuer: Annotated[str | None, typer.Option()] = None,
    issued_on: Annotated[str | None, typer.Option(metavar="DAY")] = None,
    expires_on: Annotated[str | None, typer.Option(metavar="DAY")] = None,
) -> None:
    """Keep a paper in an owner's store; the officer who scans it marks it."""
    found = check_path(file)
    if found.verdict == "reject":
        text = "; ".join(reason.vi for reason in found.reasons)
        english = "; ".join(reason.en for reason in found.reasons)
        raise RefusedError(text, english, rule="intake")
    whose = required(owner, "--owner")
    told = identity(
        number=number, issuer=issuer, issued_on=issued_on, expires_on=expires_on
    )
    with opened() as house:
        asked, now = order(house), house.office.clock.now()
        officer = house.office.offices.current().officer(asked.actor)
        mark = Conversion(converter=officer.id, agency=officer.agency, at=now)
        about = NewDocument(
            upload=asked.command,
            owner=whose,
            type_code=type_,
            media_type=found.type,
            at=now,
            retention="reuse",
            state="valid" if found.verdict == "accept" else "quarantined",
            identity=told,
            level=level_of(mark, original=1),
            conversion=mark,
        )
        stored = house.office.documents.put(file.read_bytes(), about)
    document = {"id": stored.id, "sha256": stored.sha256, "state": stored.state}
    answer(document, [f"{stored.id}  {stored.state}", *_reasons(found)])
    raise typer.Exit(EXIT[found.verdict])


def identity(**told: str | None) -> PaperIdentity:
    """Read what stands on a paper; MalformedError names the wrong option."""
    try:
        return PaperIdentity.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "".join(f"--{part} " for part in first["loc"]).replace("_", "-")
        vi = f"{where}{first['msg']}; ngày viết như 2025-07-01"
        raise MalformedError(vi, f"{where}{first['msg']}; a day is 2025-07-01") from (
            error
        )


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
    """List an owner's store, oldest first; what was revoked stays, and says so."""
    whose = required(owner, "--owner")
    with opened() as house:
        today = local(house.office.clock.now()).date()
        rows = [row | validity(row, today) for row in house.listing.documents(whose)]
    answer(rows, [_listed(row) for row in rows])


def validity(row: dict[str, object], today: date) -> dict[str, object]:
    """Say whether a paper holds today: its state, or that its day is over."""
    until = row["expires_on"]
    over = row["state"] == "valid" and until is not None and str(until) < str(today)
    return {"validity": "expired" if over else row["state"]}


def _listed(row: dict[str, object]) -> str:
    until = f" → {row['expires_on']}" if row["expires_on"] else ""
    return (
        f"{row['id']}  {row['type']}  {row['validity']}{until}  {row['source']}"
        f"  {row['number'] or '-'}"
    )


@verb(
    app,
    "reuse",
    "Giấy tờ của chủ hồ sơ có thể dùng lại cho từng thành phần.",
    "What the owner has already, by component.",
)
def reuse(code: Code) -> None:
    """List what the owner has already, by component; and why the rest is not taken."""
    with opened() as house:
        office = house.office
        dossier = office.dossiers.find(code)
        procedure = office.procedures.version(dossier.procedure_version)
        asker = asker_of(dossier, office.clock.now())
        papers = [one for one in procedure.components if not one.is_note]
        found = offers(office, procedure, papers, asker)
        there = {one.code: one.document for one in dossier.components if one.is_there}
    rows = [_offered(one, there.get(name)) for name, one in found.items()]
    answer(rows, [line for name, one in found.items() for line in _kept(name, one)])


def _offered(offer: Offer, bound: str | None) -> dict[str, object]:
    return {
        "component": offer.component.code,
        "held": bound,
        "documents": [_described(one) for one in offer.ranked.taken],
        "left": [
            _described(one) | {"reason": why.value} for one, why in offer.ranked.left
        ],
    }


def _described(one: Document) -> dict[str, object]:
    return {
        "id": one.id,
        "type": one.type_code,
        "sha256": one.sha256,
        "state": one.state,
        "level": one.level,
        "source": one.source,
        "signature": one.signature,
        **one.identity.model_dump(mode="json"),
    }


def _kept(name: str, offer: Offer) -> list[str]:
    taken = ", ".join(one.id for one in offer.ranked.taken) or "-"
    left = [f"   ✘ {one.id}  {why.value}" for one, why in offer.ranked.left]
    return [f"{name}: {taken}", *left]


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
