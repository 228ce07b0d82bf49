"""What an officer says of a paper: it holds no longer, it may join, it may not."""

from contextlib import suppress
from typing import Literal

from dossiers.change import Change, Effect, PaperAct
from dossiers.dossier import Dossier
from dossiers.errors import ConflictError, RefusedError
from dossiers.events import (
    DocumentStateChanged,
    PaperJudged,
    PaperRevoked,
)
from dossiers.ports import Document
from dossiers.transitions import demand_open
from dossiers.values import Actor
from steps.act import TRIES, Decision, Order, Scene, act
from steps.competence import demand_role
from steps.office import Office

REVOKED = "NĐ 45/2020 Đ15"
JUDGED = "NĐ 45/2020 Đ11"
_COMPETENT = frozenset({"leader", "head"})


def revoke(
    office: Office, document_id: str, order: Order, *, reason: str
) -> tuple[Dossier, ...]:
    """
    Revoke a document; every open dossier that holds it learns it with that act.

    Their holders are told; nothing is swapped. Gives those dossiers, none for one
    that was revoked before. Raises NotFoundError, NotCompetentError, RefusedError.
    """
    actor = _competent(office, order)
    for _ in range(TRIES - 1):
        with suppress(ConflictError):  # a dossier took it meanwhile
            return _revoked(office, document_id, (actor, order), reason)
    return _revoked(office, document_id, (actor, order), reason)


def _revoked(
    office: Office, document_id: str, by: tuple[Actor, Order], reason: str
) -> tuple[Dossier, ...]:
    document = office.documents.find(document_id)
    if document.state == "revoked":
        return ()
    _demand_filed(document)
    actor, order = by
    told = PaperAct(
        document=document_id,
        fact=DocumentStateChanged(state="revoked", reason=reason),
        actor=actor,
        command=order.command,
        at=max(office.clock.now(), document.stored_at),
    )
    return office.dossiers.append_paper(told, _reached(office, told, reason))


def _competent(office: Office, order: Order) -> Actor:
    register = office.offices.current()
    if not _COMPETENT & set(register.officer(order.actor).roles):
        register.demand(order.actor, "leader", rule=REVOKED)
    return register.actor(order.actor)


def _demand_filed(document: Document) -> None:
    if document.state == "draft":
        vi = f"{document.id} là bản nháp, chưa phát hành [{REVOKED}]; hãy trả dự thảo"
        en = f"{document.id} is a draft, not issued [{REVOKED}]; send the draft back"
        raise RefusedError(vi, en, rule=REVOKED)


def _reached(office: Office, told: PaperAct, reason: str) -> tuple[Change, ...]:
    return tuple(
        _change(office.dossiers.find(dossier_id), told, reason)
        for dossier_id in office.dossiers.holding(told.document)
    )


def _change(dossier: Dossier, told: PaperAct, reason: str) -> Change:
    notice = Effect("notice-paper-revoked", dossier.holder or "", dossier.code)
    return Change(
        dossier_id=dossier.id,
        expected=dossier.version,
        actor=told.actor,
        command=f"{told.command}:{dossier.id}",
        at=max(told.at, dossier.last_at),
        facts=(PaperRevoked(document=told.document, reason=reason),),
        cause=dossier.last_event,
        effects=(notice,),
        procedure_version=dossier.procedure_version,
    )


Verdict = Literal["released", "refused"]


def judge(
    office: Office, document_id: str, order: Order, *, verdict: Verdict, reason: str
) -> Document:
    """
    Let a doubtful file join its dossier, or not; a person of the counter decides.

    Raises RefusedError for a document that does not wait.
    """
    document = office.documents.find(document_id)
    if document.state != "quarantined":
        now = document.state
        vi = f"{document_id} đang «{now}», không chờ xem [{JUDGED}]; xem: store list"
        en = f"{document_id} is {now}, it does not wait [{JUDGED}]; see: store list"
        raise RefusedError(vi, en, rule=JUDGED)
    register = office.offices.current()
    register.demand(order.actor, "counter", rule=JUDGED)
    told = PaperAct(
        document=document_id,
        fact=DocumentStateChanged(
            state="valid" if verdict == "released" else "refused", reason=reason
        ),
        actor=register.actor(order.actor),
        command=order.command,
        at=max(office.clock.now(), document.stored_at),
    )

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, PaperJudged)
        demand_role(office, scene.dossier, order, "counter", rule=JUDGED)
        judged = PaperJudged(document=document_id, verdict=verdict, reason=reason)
        return Decision((judged,), papers=(told,))

    held = office.dossiers.holding(document_id)
    if held:
        act(office, held[0], order, decide)
    else:
        office.dossiers.append_paper(told)
    return office.documents.find(document_id)
