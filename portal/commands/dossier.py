"""`nambuoc dossier …`: an officer takes a dossier by hand through the five steps."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.dossier import Dossier, Status
from dossiers.errors import MalformedError, NotFoundError
from dossiers.events import WorkRecorded
from dossiers.fold import fold
from infra.house import House
from portal import interruptions
from portal.files import save
from portal.house import opened, order
from portal.options import Code, Reason, demand_one, maybe_instant, required
from portal.output import answer, hint, say, written
from portal.papers import print_form
from portal.submission import read, schema
from portal.telling import tell
from portal.unpublished import leading
from portal.verbs import noun, verb
from steps.act import Order, answered
from steps.process import process, resume, send_back, suspend, work
from steps.receive import Appointment, receive, submit
from steps.return_ import return_
from steps.sign import sign
from steps.transfer import accept, assign, offer

app = noun("hồ sơ", "dossiers", acts=True)
app.add_typer(interruptions.app)
UNSIGNED = (Status.PREPARED, Status.PERSON_SIGNED)


@verb(app, "submit", "Nộp hồ sơ từ một tệp JSON.", "Submit from a JSON file.")
def submit_(
    file: Annotated[Path | None, typer.Argument()] = None,
    *,
    schema_: Annotated[
        bool,
        typer.Option(
            "--schema",
            help=say("in lược đồ, có ví dụ", "print the schema, with an example"),
        ),
    ] = False,
) -> None:
    """Submit from a JSON file, or print the file's schema."""
    if schema_:
        document = schema()
        answer(document, [written(document)])
        return
    if file is None:
        vi = "thiếu tệp hồ sơ; xem `nambuoc dossier submit --schema`"
        raise MalformedError(vi, "the file is missing; see --schema")
    submission, key = read(file)
    with opened() as house, leading(house, submission.procedure):
        register = house.office.offices.current()
        agency = register.agency(submission.receiving_agency)
        counter = register.first(agency.code, "counter").id
        asked = order(house, actor=counter, command=key)
        tell(house, submit(house.office, submission, asked))


@verb(
    app,
    "show",
    "Xem hồ sơ, lúc này hoặc tại một thời điểm hay số thứ tự.",
    "Show a dossier, now or as of an instant or a seq.",
)
def show(
    code: Code,
    *,
    at: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option(min=1)] = None,
) -> None:
    """Show a dossier, now or as of an instant or a seq."""
    with opened() as house:
        moment = maybe_instant(at, "--at")
        history = house.office.dossiers.history(code, seq=seq, at=moment)
        if not history:
            vi = f"hồ sơ {code} chưa có lúc đó; xem: nambuoc audit timeline {code}"
            en = f"dossier {code} was not there yet; see: nambuoc audit timeline {code}"
            raise NotFoundError(vi, en)
        if seq is not None and moment is None:
            moment = history[-1].occurred_at
        tell(house, fold(history), moment)


@verb(app, "list", "Liệt kê hồ sơ.", "List dossiers.")
def list_(
    *,
    status: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100_000,
) -> None:
    """List dossiers, all or those of one status."""
    known = [one.value for one in Status]
    if status is not None and status not in known:
        names = ", ".join(known)
        vi = f"--status {status!r}: chọn một trong {names}"
        raise MalformedError(vi, f"--status {status!r}: one of {names}")
    with opened() as house:
        rows = house.listing.dossiers(status=status, limit=limit)
    answer(
        rows,
        [
            f"{row['code']}  {row['status']:<14} {row['holder'] or '-':<12}"
            f" {row['due'] or '-':<25}  {row['procedure']}"
            for row in rows
        ],
    )


@verb(app, "receive", "Tiếp nhận: đầy đủ, hợp lệ; hạn bắt đầu.", "Receive as complete.")
def receive_(
    code: Code,
    *,
    limit: Annotated[str | None, typer.Option(help="7.5wd, 10d, 2mo")] = None,
    compared: Annotated[
        bool,
        typer.Option(
            "--compared",
            help=say("đã đối chiếu tệp với bản giấy", "the uploads were compared"),
        ),
    ] = False,
) -> None:
    """Receive as complete and valid: the clock starts."""
    with opened() as house:
        terms = Appointment(committed_limit=limit, compared=compared)
        tell(house, receive(house.office, code, order(house), terms=terms))


@verb(
    app,
    "transfer",
    "Chuyển: giao, nhận, hoặc phân công lại (--to, --reason).",
    "Hand over, accept, or give to another (--to, --reason).",
)
def transfer(
    code: Code,
    *,
    to: Annotated[str | None, typer.Option(metavar="OFFICER")] = None,
    reason: Reason = "",
) -> None:
    """Do the act of transfer that is open: offer, accept, or assign."""
    with opened() as house:
        asked = order(house)
        done = answered(house.office, code, asked)
        tell(house, done or _handed_over(house, code, asked, to=to, reason=reason))


def _handed_over(
    house: House, code: str, asked: Order, *, to: str | None, reason: str
) -> Dossier:
    office = house.office
    status = office.dossiers.find(code).status
    if status is Status.OFFERED:
        return accept(office, code, asked)
    if to and status in (Status.IN_PROCESS, Status.SUSPENDED):
        return assign(office, code, asked, to=to, reason=required(reason, "--reason"))
    return offer(office, code, asked, to=to)


@verb(
    app,
    "process",
    "Xử lý xong, trình ký; hoặc từ chối, tạm dừng, ghi việc.",
    "Close the step; or refuse, suspend, record work.",
)
def process_(
    code: Code,
    *,
    refuse_: Annotated[
        str | None,
        typer.Option("--refuse", help=say("lý do từ chối", "reason to refuse")),
    ] = None,
    suspend_: Annotated[
        str | None,
        typer.Option("--suspend", help=say("căn cứ pháp lý", "the legal ground")),
    ] = None,
    resume_: Annotated[bool, typer.Option("--resume")] = False,
    work_: Annotated[
        str | None, typer.Option("--work", help=say("tên việc", "the work done"))
    ] = None,
) -> None:
    """Close the step, or do one act inside it."""
    demand_one(refuse=refuse_, suspend=suspend_, resume=resume_, work=work_)
    with opened() as house:
        office, asked = house.office, order(house)
        if suspend_:
            done = suspend(office, code, asked, ground=suspend_)
        elif resume_:
            done = resume(office, code, asked)
        elif work_:
            done = work(office, code, asked, done=WorkRecorded(activity=work_))
        else:
            done = process(office, code, asked, refusal=refuse_)
        tell(house, done)


@verb(
    app,
    "sign",
    "Ký số, rồi đóng dấu cơ quan; hoặc trả lại dự thảo.",
    "Sign, then seal for the agency; or send back.",
)
def sign_(
    code: Code,
    *,
    send_back_: Annotated[
        str | None, typer.Option("--send-back", help=say("lý do", "the reason"))
    ] = None,
) -> None:
    """Do the signing act that is open, or send the draft back."""
    with opened() as house:
        office, asked = house.office, order(house)
        if send_back_:
            tell(house, send_back(office, code, asked, reason=send_back_))
        else:
            tell(house, sign(office, code, asked))


@verb(app, "return", "Trả kết quả.", "Hand the outcome over.")
def return__(
    code: Code,
    *,
    method: Annotated[str, typer.Option(help="counter|online|post")] = "counter",
) -> None:
    """Hand the outcome over; the dossier is closed."""
    with opened() as house:
        asked = order(house)
        match method:
            case "counter" | "online" | "post":
                tell(house, return_(house.office, code, asked, method=method))
            case _:
                vi = f"--method {method!r}: chọn counter, online hoặc post"
                raise MalformedError(vi, f"--method {method!r}: counter|online|post")


@verb(app, "print", "In mẫu hoặc kết quả ra tệp PDF.", "Print a form or the outcome.")
def print_(
    code: Code,
    form: Annotated[str, typer.Argument(help="01 … 07, outcome")],
    out: Annotated[Path, typer.Option("-o", "--out")],
) -> None:
    """Print a form or the outcome into a PDF file."""
    with opened() as house:
        content = print_form(house, code, form)
        status = house.office.dossiers.find(code).status
    save(out, content)
    hint(f"đã ghi {out}", f"wrote {out}")
    if form == "outcome" and status in UNSIGNED:
        hint("bản này chưa ký xong", "this copy is not fully signed yet")
    answer({"form": form, "path": str(out), "size": len(content)}, [])
