"""`nambuoc dossier …`: an officer takes a dossier by hand through the five steps."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.dossier import Dossier
from dossiers.errors import MalformedError, NotFoundError
from dossiers.fold import fold
from dossiers.values import local
from dossiers.views import describe
from infra.house import House
from portal.competence import actors
from portal.house import ACTING, opened, order
from portal.options import (
    Code,
    Reason,
    instant,
    required,
)
from portal.output import answer, hint, say
from portal.papers import print_form
from portal.submission import read, read_components, schema
from steps.process import process
from steps.receive import Appointment, receive, submit
from steps.refusal import refuse
from steps.return_ import return_
from steps.sign import sign
from steps.stopping import withdraw
from steps.supplement import Ask, receive_supplement, request_supplement
from steps.transfer import accept, offer

app = typer.Typer(no_args_is_help=True, help=say("hồ sơ", "dossiers"), epilog=ACTING)


def _tell(house: House, dossier: Dossier) -> None:
    document = describe(dossier, house.office.clock.now())
    document["actors"] = actors(house.office.offices.current(), dossier)
    answer(document, _lines(dossier, document))


def _lines(dossier: Dossier, document: dict[str, object]) -> list[str]:
    clock = dossier.clock
    due = f"{local(clock.due_at):%H:%M %d/%m/%Y}" if clock else "-"
    waits = document["actors"]
    lines = [
        f"{dossier.code}  {dossier.procedure}  v{dossier.version}",
        say("  trạng thái: ", "  status: ")
        + f"{dossier.status} ({dossier.step or '-'})",
        say("  người giữ:  ", "  holder: ") + (dossier.holder or "-"),
        say("  hạn trả:    ", "  due:    ") + due,
    ]
    if isinstance(waits, dict):
        lines += [f"  → {name}: {', '.join(able)}" for name, able in waits.items()]
    return lines


@app.command("submit")
def submit_(
    file: Annotated[Path | None, typer.Argument()] = None,
    *,
    schema_: Annotated[bool, typer.Option("--schema")] = False,
) -> None:
    """Nộp hồ sơ từ một tệp JSON (--schema: in lược đồ của tệp)."""
    if schema_:
        document = schema()
        answer(document, [str(document)])
        return
    if file is None:
        vi = "thiếu tệp hồ sơ; xem `nambuoc dossier submit --schema`"
        raise MalformedError(vi, "the file is missing; see --schema")
    submission, key = read(file)
    with opened() as house:
        register = house.office.offices.current()
        counter = register.first(submission.receiving_agency, "counter").id
        asked = order(house, actor=counter, command=key)
        _tell(house, submit(house.office, submission, asked))


@app.command()
def show(
    code: Code,
    at: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option()] = None,
) -> None:
    """Xem hồ sơ, lúc này hoặc tại một thời điểm (--at) hay số thứ tự (--seq)."""
    with opened() as house:
        moment = instant(at, "--at") if at else None
        history = house.office.dossiers.history(code, seq=seq, at=moment)
        if not history:
            vi = f"hồ sơ {code} chưa có lúc đó"
            raise NotFoundError(vi, f"dossier {code} did not exist then")
        dossier = fold(history)
        document = describe(dossier, moment or house.office.clock.now())
        document["actors"] = actors(house.office.offices.current(), dossier)
        answer(document, _lines(dossier, document))


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100_000,
) -> None:
    """Liệt kê hồ sơ."""
    with opened() as house:
        rows = house.listing.dossiers(status=status, limit=limit)
        answer(
            rows,
            [
                f"{row['code']}  {row['status']:<14} {row['step'] or '-':<9}"
                f" {row['due'] or '-'}"
                for row in rows
            ],
        )


@app.command("receive")
def receive_(
    code: Code,
    *,
    limit: Annotated[str | None, typer.Option(help="7.5wd, 10d, 2mo")] = None,
) -> None:
    """Tiếp nhận: hồ sơ đầy đủ, hợp lệ; đồng hồ bắt đầu chạy."""
    with opened() as house:
        asked = order(house)
        terms = Appointment(committed_limit=limit)
        _tell(house, receive(house.office, code, asked, terms=terms))


@app.command()
def transfer(
    code: Code,
    *,
    to: Annotated[str | None, typer.Option(help="--to")] = None,
) -> None:
    """Chuyển: giao (cán bộ một cửa) hoặc nhận (người được giao)."""
    with opened() as house:
        office = house.office
        asked = order(house)
        done = office.dossiers.answered(asked.command)
        dossier = done or office.dossiers.find(code)
        if dossier.offer is not None or done:
            _tell(house, done or accept(office, code, asked))
        else:
            _tell(house, offer(office, code, asked, to=to))


@app.command("process")
def process_(
    code: Code,
    *,
    refuse_with: Annotated[
        str | None,
        typer.Option("--refuse", help=say("lý do từ chối", "reason to refuse")),
    ] = None,
) -> None:
    """Xử lý xong: trình dự thảo kết quả (hoặc từ chối có lý do)."""
    with opened() as house:
        asked = order(house)
        _tell(house, process(house.office, code, asked, refusal=refuse_with))


@app.command("sign")
def sign_(code: Code) -> None:
    """Ký số: người có thẩm quyền, rồi văn thư đóng dấu cơ quan."""
    with opened() as house:
        asked = order(house)
        _tell(house, sign(house.office, code, asked))


@app.command("return")
def return__(
    code: Code,
    *,
    method: Annotated[str, typer.Option(help="counter|online|post")] = "counter",
) -> None:
    """Trả kết quả."""
    with opened() as house:
        asked = order(house)
        match method:
            case "counter" | "online" | "post":
                _tell(house, return_(house.office, code, asked, method=method))
            case _:
                vi = f"--method {method!r}: chọn counter, online hoặc post"
                raise MalformedError(vi, f"--method {method!r}: counter|online|post")


@app.command()
def supplement(
    code: Code,
    *,
    request: Annotated[str | None, typer.Option(help="C1,C2")] = None,
    answer_: Annotated[Path | None, typer.Option("--answer")] = None,
    reason: Reason = "",
    override: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Yêu cầu bổ sung (--request MÃ,MÃ --reason) hoặc nhận bổ sung (--answer TỆP)."""
    with opened() as house:
        asked = order(house)
        if answer_ is not None:
            handed = read_components(answer_)
            _tell(house, receive_supplement(house.office, code, asked, handed=handed))
            return
        codes = tuple(required(request, "--request / --answer").split(","))
        ask = Ask(codes, required(reason, "--reason"), override)
        _tell(house, request_supplement(house.office, code, asked, ask))


@app.command("refuse")
def refuse_(code: Code, *, reason: Reason = "") -> None:
    """Từ chối tiếp nhận, có lý do (mẫu 03)."""
    with opened() as house:
        asked = order(house)
        why = required(reason, "--reason")
        _tell(house, refuse(house.office, code, asked, reason=why))


@app.command("withdraw")
def withdraw_(code: Code, *, reason: Reason = "") -> None:
    """Người nộp rút hồ sơ."""
    with opened() as house:
        asked = order(house)
        why = required(reason, "--reason")
        _tell(house, withdraw(house.office, code, asked, reason=why))


@app.command("print")
def print_(
    code: Code,
    form: Annotated[str, typer.Argument(help="01 … 07, outcome")],
    out: Annotated[Path, typer.Option("-o", "--out")],
) -> None:
    """In mẫu 01 … 07 hoặc kết quả (outcome) ra tệp PDF."""
    with opened() as house:
        content = print_form(house, code, form)
        out.write_bytes(content)
        hint(f"đã ghi {out}", f"wrote {out}")
        answer({"form": form, "path": str(out), "size": len(content)}, [])
