"""`nambuoc store …`: share, mark, release, refuse, revoke papers; record consent."""

from typing import Annotated

import typer

from dossiers.dossier import Dossier
from dossiers.errors import MalformedError
from dossiers.events import ConsentGiven, ConsentWithdrawn
from dossiers.ports import Document
from portal.commands.store import app
from portal.house import opened, order
from portal.options import Code, Reason, required
from portal.output import answer, say
from portal.telling import tell
from portal.verbs import verb
from steps.revocation import Verdict, judge, revoke
from steps.sharing import digitize, share

Owner = Annotated[str | None, typer.Option(metavar="ID")]


@verb(
    app,
    "share",
    "Đưa một giấy tờ trong kho vào hồ sơ (--into), cho thành phần hợp quy tắc.",
    "Take a paper of the store into a dossier (--into) by the rule.",
)
def share_(
    document: str,
    *,
    into: Annotated[str | None, typer.Option(metavar="CODE")] = None,
    component: Annotated[str | None, typer.Option(metavar="CODE")] = None,
) -> None:
    """Take a paper of the store into a dossier, by reference."""
    code = required(into, "--into")
    with opened() as house:
        asked = order(house)
        done = share(house.office, document, code, asked, component=component)
        tell(house, done)


@verb(
    app,
    "digitize",
    "Đánh dấu tệp đã đối chiếu với giấy tờ (dấu chuyển đổi, ai chuyển đổi).",
    "Mark uploads that the counter compared with the papers.",
)
def digitize_(
    code: Code,
    *,
    component: Annotated[list[str] | None, typer.Option(metavar="CODE")] = None,
) -> None:
    """Mark the uploads of a dossier that the counter compared (default: all)."""
    with opened() as house:
        codes = tuple(component or ())
        tell(house, digitize(house.office, code, order(house), codes=codes))


@verb(
    app,
    "revoke",
    "Thu hồi giấy tờ: mọi hồ sơ đang mở có dùng nó đều được báo.",
    "Revoke a paper: every open dossier that holds it learns it.",
)
def revoke_(document: str, *, reason: Reason = "") -> None:
    """Revoke a paper; open dossiers that hold it and their holders are told."""
    why = required(reason, "--reason")
    with opened() as house:
        reached = revoke(house.office, document, order(house), reason=why)
        kept = house.office.documents.find(document)
    told = _state(kept) | {"reached": [_reached(one) for one in reached]}
    lines = [f"  {one.code}  {one.status}  {one.holder}" for one in reached]
    answer(told, [f"{kept.id}  {kept.state}", *lines])


def _reached(dossier: Dossier) -> dict[str, object]:
    return {"code": dossier.code, "status": dossier.status, "holder": dossier.holder}


def _state(kept: Document) -> dict[str, object]:
    return {"id": kept.id, "state": kept.state}


@verb(
    app,
    "release",
    "Cho giấy tờ cách ly vào hồ sơ, sau khi đã xem.",
    "Let a quarantined paper join, after a look at it.",
)
def release(document: str, *, reason: Reason = "") -> None:
    """Let a quarantined paper join its dossier."""
    _judge(document, "released", reason)


@verb(
    app,
    "refuse",
    "Không nhận giấy tờ cách ly; hồ sơ coi như chưa có nó.",
    "Refuse a quarantined paper; its dossier lacks it.",
)
def refuse(document: str, *, reason: Reason = "") -> None:
    """Refuse a quarantined paper."""
    _judge(document, "refused", reason)


def _judge(document: str, verdict: Verdict, reason: str) -> None:
    why = required(reason, "--reason")
    with opened() as house:
        asked = order(house)
        kept = judge(house.office, document, asked, verdict=verdict, reason=why)
    answer(_state(kept), [f"{kept.id}  {kept.state}"])


@verb(
    app,
    "consent",
    "Ghi chủ hồ sơ đồng ý (hoặc --withdraw: rút lại) cho dùng lại giấy tờ.",
    "Record an owner's consent to reuse, or that he withdraws it.",
)
def consent(
    *,
    owner: Owner = None,
    withdraw: Annotated[bool, typer.Option("--withdraw")] = False,
) -> None:
    """Record an owner's consent, or its withdrawal."""
    whose = required(owner, "--owner")
    if not whose.isprintable() or " " in whose:
        vi = f"--owner {whose!r}: cần mã chủ hồ sơ, xem dossier show"
        raise MalformedError(vi, f"--owner {whose!r}: give the owner's id")
    with opened() as house:
        actor = house.office.offices.current().actor(order(house).actor)
        said = ConsentWithdrawn if withdraw else ConsentGiven
        now = house.office.clock.now()
        house.office.documents.let(said(owner=whose), actor, now)
        allowed = house.office.documents.consents(whose)
    line = say("đồng ý", "allowed") if allowed else say("không", "not allowed")
    answer({"owner": whose, "consents": allowed}, [f"{whose}  {line}"])
