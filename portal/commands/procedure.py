"""`nambuoc procedure …`: import the real catalogue, look, confirm, publish."""

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.catalogue.report import report
from dossiers.confirmation_rules import clean_decisions, obstacles
from dossiers.errors import MalformedError
from dossiers.procedure import Procedure
from dossiers.publication import Decisions, publish
from dossiers.values import local
from portal.files import demand_file, load, save_json
from portal.house import opened, order
from portal.options import demand_one
from portal.output import SPEECH, answer, hint, say
from portal.verbs import noun, verb

app = noun("thủ tục: nhập, xem, công bố", "procedures: import, show, publish")
PARTLY = 8
SHOWN = 20
SAMPLE = Path(str(files("portal.demo.sample").joinpath("procedures.jsonl.gz")))


@verb(
    app,
    "import",
    "Nhập danh mục của Cổng Dịch vụ công (JSONL, JSONL.GZ) thành bản thảo.",
    "Import the national catalogue (JSONL, JSONL.GZ) as drafts.",
)
def import_(
    file: Annotated[Path | None, typer.Argument()] = None,
    *,
    sample: Annotated[
        bool, typer.Option("--sample", help=say("20 thủ tục mẫu", "20 real samples"))
    ] = False,
    report_: Annotated[
        Path | None, typer.Option("--report", metavar="OUT.json")
    ] = None,
) -> None:
    """Import the national catalogue as drafts; exit 8 when lines were refused."""
    path = SAMPLE if sample else file
    if path is None:
        vi = "thiếu tệp danh mục; thử: nambuoc procedure import --sample"
        raise MalformedError(vi, "the file is missing; try import --sample")
    demand_file(path)
    with path.open("rb") as lines:
        answers = list(import_lines(lines))
    found = report(answers, "en" if SPEECH.lang == "en" else "vi")
    if report_ is not None:
        save_json(report_, found)
        hint(f"báo cáo: {report_}", f"report: {report_}")
    with opened() as house:
        house.catalogue.add_drafts(
            one.procedure for one in answers if isinstance(one, Draft)
        )
    _tell(found)
    _lead(found)


def _lead(found: dict[str, object]) -> None:
    if found["drafted"]:
        run = "nambuoc procedure publish CODE --clean --as lanhdao"
        hint(f"bản thảo chưa có hiệu lực; công bố: {run}", f"drafts: publish: {run}")
    if found["refused"]:
        raise typer.Exit(PARTLY)


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


@verb(app, "list", "Liệt kê bản thảo và bản đã công bố.", "List drafts and versions.")
def list_(
    *, state: Annotated[str | None, typer.Option(help="draft|published")] = None
) -> None:
    """List drafts and published versions."""
    if state not in (None, "draft", "published"):
        vi = f"--state {state!r}: chọn draft hoặc published"
        raise MalformedError(vi, f"--state {state!r}: draft or published")
    with opened() as house:
        rows = [
            {
                "code": one.code,
                "issuer": one.issuer,
                "state": one.state,
                "name": one.name,
                "digest": one.digest,
                "limits": {c: terms.limit for c, terms in one.terms.items()},
                "clean": one.state == "draft" and not obstacles(one),
            }
            for one in house.catalogue.all()
            if state in (None, one.state)
        ]
    if not rows:
        hint(
            "chưa có thủ tục nào; nhập: nambuoc procedure import --sample",
            "no procedures yet; run: nambuoc procedure import --sample",
        )
    answer(rows, [_row(row) for row in rows])


def _row(row: dict[str, object]) -> str:
    mark = say("  [sạch: --clean]", "  [clean: --clean]") if row["clean"] else ""
    return (
        f"{row['code']:<12} {row['issuer']:<8} {row['state']:<10} {row['name']}{mark}"
    )


@verb(app, "show", "Xem thành phần, hạn, phí.", "Show papers, limits, fees.")
def show(reference: Annotated[str, typer.Argument(metavar="CODE[@ISSUER]")]) -> None:
    """Show the version in force, else the draft."""
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


@verb(
    app,
    "publish",
    "Công bố một bản thảo: --decisions TỆP, hoặc --clean khi bản thảo không có gì "
    "phải quyết (mẫu tệp: --clean --print).",
    "Publish a draft: --decisions FILE, or --clean when nothing is left to decide "
    "(a file to start from: --clean --print).",
)
def publish_(
    reference: Annotated[str, typer.Argument(metavar="CODE[@ISSUER]")],
    *,
    decisions: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="JSON")
    ] = None,
    clean: Annotated[bool, typer.Option("--clean")] = False,
    from_: Annotated[
        str | None,
        typer.Option("--from", help=say("hiệu lực từ ngày", "in force from")),
    ] = None,
    print_: Annotated[bool, typer.Option("--print")] = False,
) -> None:
    """Publish a draft by the confirmer's decisions, or by the recorded clean rule."""
    demand_one(decisions=decisions, clean=clean)
    with opened() as house:
        draft = house.catalogue.draft(reference)
        day = _day(from_) if from_ else local(house.office.clock.now()).date()
        decided = _read(decisions) if decisions else _clean(draft, day, asked=clean)
        if print_:
            answer(decided.model_dump(mode="json"), [decided.model_dump_json(indent=2)])
            return
        asked = order(house)
        house.office.offices.current().officer(asked.actor)
        now = house.office.clock.now()
        found = publish(draft, decided, confirmer=asked.actor, at=now)
        house.catalogue.publish(found)
    limits = {channel.value: terms.limit for channel, terms in found.terms.items()}
    answer(
        {"reference": found.reference, "digest": found.digest, "limits": limits},
        [f"{found.reference}  {found.effective_from}  {limits}"],
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        vi = f"--from {text!r}: viết như 2025-07-01"
        raise MalformedError(vi, f"--from {text!r}: write 2025-07-01") from error


def _clean(draft: Procedure, day: date, *, asked: bool) -> Decisions:
    """Decide by the recorded rule; without `--clean` say what to give instead."""
    if asked:
        return clean_decisions(draft, day)
    left = ", ".join(obstacles(draft))
    if left:
        vi = f"{draft.reference} cần quyết định ({left}); viết tệp cho --decisions"
        en = f"{draft.reference} needs decisions ({left}); write a file, --decisions"
        raise MalformedError(vi, en)
    vi = f"thiếu --decisions TỆP; bản thảo {draft.reference} sạch nên có thể --clean"
    raise MalformedError(
        vi, "--decisions FILE is missing; this draft is clean: --clean"
    )


def _read(path: Path) -> Decisions:
    try:
        return Decisions.model_validate_json(load(path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "JSON"
        vi = f"{path}: {where}: {first['msg']}; mẫu: procedure publish --clean --print"
        en = f"{path}: {where}: {first['msg']}; see: procedure publish --clean --print"
        raise MalformedError(vi, en) from error


@verb(
    app,
    "diff",
    "So bản thảo mới nhất với bản đang có hiệu lực.",
    "Compare the newest draft with the version in force.",
)
def diff(reference: Annotated[str, typer.Argument(metavar="CODE[@ISSUER]")]) -> None:
    """Compare the newest draft with the version in force, field by field."""
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
