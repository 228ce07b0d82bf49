"""The verbs of `nambuoc dossier` that interrupt its way: papers, ends, apology."""

from pathlib import Path
from typing import Annotated

import typer

from portal.house import opened, order
from portal.options import Code, Reason, demand_one, instant, required
from portal.output import say
from portal.submission import read_components
from portal.telling import tell
from portal.verbs import noun, verb
from steps.apology import apologize
from steps.refusal import refuse
from steps.stopping import stop, withdraw
from steps.supplement import Ask, receive_supplement, request_supplement

app = noun("hồ sơ", "dossiers", acts=True)


@verb(
    app,
    "supplement",
    "Yêu cầu bổ sung (--request) hoặc nhận bổ sung (--answer).",
    "Ask for papers (--request, --reason) or take them in (--answer).",
)
def supplement(
    code: Code,
    *,
    request: Annotated[str | None, typer.Option(help="C1,C2")] = None,
    answer_: Annotated[
        Path | None,
        typer.Option("--answer", help='{"components": [{"code", "path"}]}'),
    ] = None,
    reason: Reason = "",
    override: Annotated[
        str | None,
        typer.Option(help=say("lý do của người đứng đầu", "the head's reason")),
    ] = None,
) -> None:
    """Ask for papers once and completely, or take the answer in."""
    demand_one(request=request, answer=answer_)
    if answer_ is not None:
        handed = read_components(answer_)
        with opened() as house:
            done = receive_supplement(house.office, code, order(house), handed=handed)
            tell(house, done)
        return
    codes = required(request, "--request / --answer").split(",")
    ask = Ask(
        tuple(one.strip() for one in codes), required(reason, "--reason"), override
    )
    with opened() as house:
        tell(house, request_supplement(house.office, code, order(house), ask))


@verb(app, "refuse", "Từ chối tiếp nhận, có lý do (mẫu 03).", "Refuse to receive.")
def refuse_(code: Code, *, reason: Reason = "") -> None:
    """Refuse to receive, with a legal reason (form 03)."""
    why = required(reason, "--reason")
    with opened() as house:
        tell(house, refuse(house.office, code, order(house), reason=why))


@verb(app, "withdraw", "Người nộp rút hồ sơ.", "The applicant takes it back.")
def withdraw_(code: Code, *, reason: Reason = "") -> None:
    """Record that the applicant takes the dossier back."""
    why = required(reason, "--reason")
    with opened() as house:
        tell(house, withdraw(house.office, code, order(house), reason=why))


@verb(app, "stop", "Dừng giải quyết (lãnh đạo).", "Stop the processing (leader).")
def stop_(code: Code, *, reason: Reason = "") -> None:
    """Stop the processing; a leader decides."""
    why = required(reason, "--reason")
    with opened() as house:
        tell(house, stop(house.office, code, order(house), reason=why))


@verb(
    app,
    "apologize",
    "Xin lỗi và hẹn lại ngày trả, một lần (mẫu 04).",
    "Apologize and move the appointment, once (form 04).",
)
def apologize_(
    code: Code,
    *,
    until: Annotated[str | None, typer.Option(help="2025-03-01T17:00")] = None,
    reason: Reason = "",
) -> None:
    """Apologize in time and move the appointment, once."""
    new = instant(required(until, "--until", "2025-03-01T17:00"), "--until")
    why = required(reason, "--reason")
    with opened() as house:
        office, asked = house.office, order(house)
        tell(house, apologize(office, code, asked, reason=why, new_due_at=new))
