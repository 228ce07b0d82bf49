"""Papers that the owner's store can give: found by rule, bound by reference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from dossiers.dossier import Dossier
from dossiers.errors import RefusedError
from dossiers.ports import Document
from dossiers.procedure import Component, Procedure
from dossiers.reuse import NotTaken, Ranked, Wish, basis_of, match, state_of
from dossiers.reuse_rules import day_of
from dossiers.values import Channel, SubmittedComponent
from dossiers.working_time.due import due_at
from dossiers.working_time.limits import Limit
from steps.office import Office

RULE = "TT 01/2023 Đ24"


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom the store is asked: the two persons, the channel, the instant."""

    owner: str
    applicant: str
    channel: Channel
    at: datetime


def asker_of(dossier: Dossier, at: datetime) -> Asker:
    """Ask for the persons of a dossier."""
    return Asker(dossier.owner, dossier.applicant, dossier.channel, at)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the store has for one component."""

    component: Component
    ranked: Ranked

    @property
    def best(self) -> Document | None:
        """The paper that is taken when nobody chooses another."""
        return next(iter(self.ranked.taken), None)


def offers(
    office: Office,
    procedure: Procedure,
    wanted: Iterable[Component],
    asker: Asker,
) -> dict[str, Offer]:
    """Look into the stores of owner and applicant, once each; by component code."""
    by_code = {one.code: one for one in wanted}
    found: dict[str, Offer] = {}
    for holder in dict.fromkeys((asker.owner, asker.applicant)):
        mine = [one for one in by_code.values() if _holder(one, asker) == holder]
        types = tuple(dict.fromkeys(name for one in mine for name in one.types))
        kept = office.documents.candidates(holder, types) if types else ()
        consented = bool(kept) and office.documents.consents(holder)
        for one in mine:
            fitting = [paper for paper in kept if paper.type_code in one.types]
            wish = Wish(
                holder=holder,
                types=one.types,
                before=asker.at,
                day=_day(office, procedure, one, asker) if fitting else date.min,
                consented=consented,
            )
            found[one.code] = Offer(one, match(one.reuse, fitting, wish))
    return found


def wish_of(
    office: Office, procedure: Procedure, component: Component, asker: Asker
) -> Wish:
    """Say what one component asks of one paper."""
    holder = _holder(component, asker)
    return Wish(
        holder=holder,
        types=component.types,
        before=asker.at,
        day=_day(office, procedure, component, asker),
        consented=office.documents.consents(holder),
    )


def _holder(component: Component, asker: Asker) -> str:
    by_applicant = component.reuse and component.reuse.holder == "applicant"
    return asker.applicant if by_applicant else asker.owner


def _day(
    office: Office, procedure: Procedure, component: Component, asker: Asker
) -> date:
    """Tell the day the paper must hold on: of the act, or of the decision."""
    rule = component.reuse
    if rule is None or rule.valid_at == "submit":
        return day_of(asker.at)
    limit = Limit.parse(procedure.terms_of(asker.channel).limit)
    return due_at(office.calendars.current(), asker.at, limit).date()


def take(
    office: Office, offer: Offer | None, *, decided_by: str
) -> SubmittedComponent | None:
    """Bind the best paper whose bytes are there; None when the store has none."""
    for paper in offer.ranked.taken if offer else ():
        if offer is not None and office.documents.is_present(paper.id):
            return bound(offer.component, paper, decided_by=decided_by)
    return None


def bound(
    component: Component, paper: Document, *, decided_by: str
) -> SubmittedComponent:
    """Pin a paper of the store to a component, with its basis and who decided."""
    return SubmittedComponent(
        code=component.code,
        original=component.original,
        copy_=component.copy_,
        document=paper.id,
        sha256=paper.sha256,
        reused=True,
        state=state_of(paper),
        basis=basis_of(component.reuse),
        decided_by=decided_by,
    )


def demand_sound(office: Office, procedure: Procedure, dossier: Dossier) -> None:
    """
    Raise RefusedError while a paper waits or one of the store has lost its worth.

    A revoked one no longer counts as there: then a component is missing.
    """
    waiting = [one for one in dossier.components if one.standing == "waiting"]
    if waiting:
        raise _waits(dossier, str(waiting[0].document))
    by_code = {one.code: one for one in procedure.components}
    for one in dossier.components:
        if one.reused and one.is_there and one.document and one.code in by_code:
            why = _lost(office, procedure, dossier, (by_code[one.code], one.document))
            if why:
                raise _unsound(dossier, one.code, why)


def _lost(
    office: Office,
    procedure: Procedure,
    dossier: Dossier,
    paper: tuple[Component, str],
) -> NotTaken | str | None:
    component, document_id = paper
    found = office.documents.find(document_id)
    asker = asker_of(dossier, dossier.submitted_at)
    until = found.identity.expires_on
    if until is not None and until < _day(office, procedure, component, asker):
        return NotTaken.EXPIRED
    return None if found.state == "valid" else found.state


def _waits(dossier: Dossier, document: str) -> RefusedError:
    do = f"store release {document} --reason …"
    or_ = f"store refuse {document} --reason …"
    return RefusedError(
        f"hồ sơ {dossier.code}: giấy tờ {document} còn cách ly; xem rồi: {do} hoặc "
        f"{or_}",
        f"{dossier.code}: document {document} waits in quarantine; look, then {do} or "
        f"{or_}",
        rule="NĐ 45/2020 Đ11",
    )


def _unsound(dossier: Dossier, code: str, why: str) -> RefusedError:
    do = f"nambuoc store reuse {dossier.code}"
    return RefusedError(
        f"hồ sơ {dossier.code}: giấy tờ dùng lại cho {code} không còn dùng được "
        f"({why}) [{RULE}]; chọn giấy khác ({do}) hoặc yêu cầu bổ sung",
        f"{dossier.code}: the reused paper for {code} holds no longer ({why}) "
        f"[{RULE}]; choose another ({do}) or ask for a supplement",
        rule=RULE,
    )
