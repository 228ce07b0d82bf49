"""`nambuoc procedure …`: import the real catalogue, look, confirm, publish."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.catalogue.report import report
from dossiers.errors import MalformedError, NotFoundError
from dossiers.procedure import Procedure
from dossiers.publication import Decisions, publish
from dossiers.values import local
from portal.house import ACTING, opened, order
from portal.output import SPEECH, answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("thủ tục", "procedures"))
PARTLY = 8
SHOWN = 20


@app.command("import")
def import_(
    file: Path, *, report_: Annotated[Path | None, typer.Option("--report")] = None
) -> None:
    """Nhập danh mục của Cổng Dịch vụ công (JSONL hoặc JSONL.GZ) thành bản thảo."""
    if not file.exists():
        vi = f"không có tệp {file}"
        raise NotFoundError(vi, f"no file {file}")
    if not file.is_file():
        vi = f"{file} không phải tệp"
        raise MalformedError(vi, f"{file} is not a file")
    with file.open("rb") as lines:
        answers = list(import_lines(lines))
    drafts = [one.procedure for one in answers if isinstance(one, Draft)]
    with opened() as house:
        house.catalogue.add_drafts(drafts)
    found = report(answers, "en" if SPEECH.lang == "en" else "vi")
    if report_ is not None:
        text = json.dumps(found, ensure_ascii=False, indent=1)
        report_.write_text(text, encoding="utf-8")
        hint(f"báo cáo: {report_}", f"report: {report_}")
    _tell(found)


def _tell(found: dict[str, object]) -> None:
    refused = found["refused"] if isinstance(found["refused"], list) else []
    findings = found["findings"] if isinstance(found["findings"], list) else []
    answer(
        found,
        [
            say("đọc ", "read ") + f"{found['read']}",
            say("bản thảo ", "drafted ") + f"{found['drafted']}",
            say("từ chối ", "refused ") + f"{len(refused)}",
            *(f" ✘ {r['line']} {r['code']} {r['text']}" for r in refused[:SHOWN]),
            say("điểm cần xem ", "findings ") + f"{len(findings)}",
        ],
    )
    if refused:
        raise typer.Exit(PARTLY)


@app.command("list")
def list_(state: Annotated[str | None, typer.Option()] = None) -> None:
    """Liệt kê thủ tục: bản thảo và bản đã công bố."""
    with opened() as house:
        rows = [
            {
                "code": one.code,
                "issuer": one.issuer,
                "state": one.state,
                "name": one.name,
                "digest": one.digest,
                "limits": {c: terms.limit for c, terms in one.terms.items()},
            }
            for one in house.catalogue.all()
            if state in (None, one.state)
        ]
        answer(
            rows,
            [
                f"{r['code']:<12} {r['issuer']:<8} {r['state']:<10} {r['name']}"
                for r in rows
            ],
        )


@app.command()
def show(reference: Annotated[str, typer.Argument(metavar="CODE[@ISSUER]")]) -> None:
    """Xem một thủ tục: thành phần, hạn, phí, kết quả."""
    with opened() as house:
        found = house.catalogue.look_up(reference)
        answer(found.model_dump(mode="json") | {"digest": found.digest}, _lines(found))


def _lines(found: Procedure) -> list[str]:
    limits = [f" {c}: {terms.limit}" for c, terms in found.terms.items()]
    papers = [
        f" {'*' if c.required else ' '} {c.code}  {c.original}/{c.copy_}  {c.name[:90]}"
        for c in found.papers()
    ]
    return [f"{found.reference}  {found.name}  [{found.state}]", *limits, *papers]


@app.command("publish", epilog=ACTING)
def publish_(
    reference: Annotated[str, typer.Argument(metavar="CODE[@ISSUER]")],
    decisions: Annotated[Path, typer.Option(help="JSON")],
) -> None:
    """Công bố một bản thảo theo quyết định của người xác nhận (tệp JSON)."""
    if not decisions.is_file():
        vi = f"không có tệp {decisions}"
        raise NotFoundError(vi, f"no file {decisions}")
    try:
        decided = Decisions.model_validate_json(decisions.read_bytes())
    except ValidationError as error:
        vi = f"{decisions}: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
        raise MalformedError(vi) from error
    with opened() as house:
        asked = order(house)
        house.office.offices.current().officer(asked.actor)
        draft = house.catalogue.draft(reference)
        now = house.office.clock.now()
        found = publish(draft, decided, confirmer=asked.actor, at=now)
        house.catalogue.publish(found)
        answer({"reference": found.reference, "digest": found.digest}, [found.digest])


@app.command()
def diff(reference: str) -> None:
    """So bản thảo mới nhất với bản đang có hiệu lực."""
    with opened() as house:
        today: date = local(house.office.clock.now()).date()
        old = house.office.procedures.get(reference, today)
        new = house.catalogue.draft(reference)
        before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
        changed = {
            name: {"published": before[name], "draft": after[name]}
            for name in after
            if before[name] != after[name]
        }
        answer(changed, [f" {name}" for name in changed])
