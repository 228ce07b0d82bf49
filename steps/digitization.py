"""Papers on their way in: what is known, what is missing, stored once or reused."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dossiers.dossier import Dossier
from dossiers.errors import IncompleteError, NotFoundError
from dossiers.ports import Document, NewDocument
from dossiers.procedure import Component, Procedure
from dossiers.reuse_rules import NOBODY_KNOWS, Assurance, Conversion, PaperIdentity
from dossiers.values import (
    ENGINE,
    Actor,
    AskedAgain,
    Channel,
    ComponentState,
    SubmittedComponent,
)
from steps.certifying import certified
from steps.office import Office
from steps.reusing import Asker, Offer, asker_of, offers, take


@dataclass(frozen=True, slots=True)
class Handed:
    """
    One paper handed in; without content it is asked from the owner's store.

    A doubtful file waits in quarantine until a person has looked at it.
    """

    code: str
    original: int = 1
    copy: int = 0
    content: bytes | None = None
    media_type: str = "application/pdf"
    identity: PaperIdentity = NOBODY_KNOWS
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """
    Where papers come in: for whom, before whom, under which command.

    `again` is the reason when a paper is handed in that the store could have given;
    `held` are the components that the dossier has already, `doubted` those of them
    that came from the store.
    """

    asker: Asker
    actor: Actor
    command: str
    again: AskedAgain = "citizen"
    held: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()

    @property
    def at(self) -> datetime:
        """The instant of the act."""
        return self.asker.at

    def reason_for(self, code: str) -> AskedAgain:
        """Say why a component is handed in anew."""
        return "mismatch" if code in self.doubted else self.again

    @property
    def conversion(self) -> Conversion | None:
        """The mark: an officer had the paper in hand; online nobody had."""
        if self.actor.id == ENGINE or self.asker.channel is Channel.ONLINE:
            return None
        return Conversion(converter=self.actor.id, agency=self.actor.agency, at=self.at)


def demand_known(procedure: Procedure, codes: Iterable[str]) -> None:
    """Raise NotFoundError for a component code that the procedure does not have."""
    known = {component.code for component in procedure.components}
    unknown = [code for code in codes if code not in known]
    if unknown:
        names = ", ".join(sorted(known))
        text = f"thủ tục {procedure.code} không có thành phần {unknown[0]!r}"
        english = f"{procedure.code} has no component {unknown[0]!r}"
        vi, en = f"{text}; có: {names}", f"{english}; known: {names}"
        raise NotFoundError(vi, en)


def store(
    office: Office, procedure: Procedure, handed: tuple[Handed, ...], desk: Desk
) -> tuple[SubmittedComponent, ...]:
    """
    Store what was handed in; bind what the owner's store already holds.

    A required paper that was not handed in is taken from the store by itself where
    the procedure's rule lets it.
    """
    by_code = {one.code: one for one in procedure.components}
    left = _by_themselves(procedure, desk.held | {paper.code for paper in handed})
    wanted = [by_code[paper.code] for paper in handed] + left
    found = offers(office, procedure, wanted, desk.asker)
    uploads = _uploads(desk.command, handed)
    told = [
        _reused(office, paper, found, desk)
        if paper.content is None
        else _stored(office, paper, (paper.content, upload), desk, found[paper.code])
        for paper, upload in zip(handed, uploads, strict=True)
    ]
    taken = (take(office, found[one.code], decided_by=ENGINE) for one in left)
    return (*told, *(one for one in taken if one is not None))


def _by_themselves(procedure: Procedure, handed: frozenset[str]) -> list[Component]:
    """List the required papers that a rule lets the store give unasked."""
    return [
        one
        for one in procedure.required()
        if one.code not in handed and one.reuse and not one.reuse.citizen_choice
    ]


def _uploads(command: str, handed: tuple[Handed, ...]) -> list[str]:
    """Name each file by command and code; the n-th file of a code also by n."""
    seen: Counter[str] = Counter()
    names = []
    for paper in handed:
        seen[paper.code] += 1
        count = seen[paper.code]
        names.append(f"{command}:{paper.code}" + (f":{count}" if count > 1 else ""))
    return names


def _stored(
    office: Office,
    paper: Handed,
    file: tuple[bytes, str],
    desk: Desk,
    offer: Offer,
) -> SubmittedComponent:
    content, upload = file
    marked = desk.conversion
    about = NewDocument(
        upload=upload,
        owner=offer_holder(offer, desk),
        type_code=paper.code,
        media_type=paper.media_type,
        at=desk.at,
        retention="reuse",
        state="quarantined" if paper.doubtful else "valid",
        identity=paper.identity,
        level=level_of(marked, original=paper.original),
        source="component",
        conversion=marked,
    )
    document = office.documents.put(content, about)
    document = certified(office, offer.component, document, content, about)
    return _handed_in(paper, document, offer, desk)


def offer_holder(offer: Offer, desk: Desk) -> str:
    """Tell whose store the paper goes into: the holder's that the rule names."""
    rule = offer.component.reuse
    of_applicant = rule is not None and rule.holder == "applicant"
    return desk.asker.applicant if of_applicant else desk.asker.owner


def level_of(marked: Conversion | None, *, original: int) -> Assurance:
    """Tell how far a scan can be relied on: by its mark, and of what it was made."""
    if marked is None:
        return Assurance.FILE
    return Assurance.CONVERTED if original else Assurance.COPY


def _handed_in(
    paper: Handed, document: Document, offer: Offer, desk: Desk
) -> SubmittedComponent:
    again = offer.best is not None and offer.component.eligible is not False
    standing: Literal["waiting", "valid"] = "waiting" if paper.doubtful else "valid"
    marked = document.converter is not None
    return SubmittedComponent(
        code=paper.code,
        original=paper.original,
        copy_=paper.copy,
        document=document.id,
        sha256=document.sha256,
        state=ComponentState.DIGITIZED if marked else ComponentState.NOT_DIGITIZED,
        standing=standing,
        asked_again=desk.reason_for(paper.code) if again else None,
    )


def _reused(
    office: Office, paper: Handed, found: Mapping[str, Offer], desk: Desk
) -> SubmittedComponent:
    best = take(office, found[paper.code], decided_by=desk.actor.id)
    if best is None:
        return SubmittedComponent(code=paper.code, original=0, copy_=0)
    counts = {"original": paper.original, "copy_": paper.copy}
    return best.model_copy(update=counts)


def missing(procedure: Procedure, dossier: Dossier) -> tuple[str, ...]:
    """List the required papers not handed in, of the alternative nearest to done."""
    there = {c.code for c in dossier.components if c.is_there}
    numbers: list[int | None] = [group.number for group in procedure.alternatives]
    absent = [
        tuple(c.code for c in procedure.required(one) if c.code not in there)
        for one in numbers or [None]
    ]
    return min(absent, key=len)


def demand_complete(
    office: Office, procedure: Procedure, dossier: Dossier, *, at: datetime
) -> None:
    """
    Raise IncompleteError unless every required component is there.

    What the owner's store can give is not to be asked for: the text says which.
    """
    absent = missing(procedure, dossier)
    if not absent:
        return
    codes, code, rule = ", ".join(absent), dossier.code, "NĐ 61/2018 Đ17"
    text = f"hồ sơ {code} thiếu thành phần: {codes} [{rule}]"
    english = f"{code} lacks components: {codes} [{rule}]"
    kept = given_by_store(office, procedure, dossier, codes=absent, at=at)
    told = ", ".join(f"{name}: {one.id}" for name, one in kept.items())
    if kept:
        do = f"store share … --into {code}"
        text = f"{text}; kho đã có {told}: hãy dùng lại ({do})"
        english = f"{english}; the store has {told}: take it ({do})"
    if len(kept) < len(absent):
        do = f"dossier supplement {code} --request"
        text, english = f"{text}; hãy yêu cầu bổ sung", f"{english}; ask for them"
        text, english = f"{text} ({do})", f"{english} ({do})"
    raise IncompleteError(text, english, rule=rule)


def given_by_store(
    office: Office,
    procedure: Procedure,
    dossier: Dossier,
    *,
    codes: Iterable[str],
    at: datetime,
) -> dict[str, Document]:
    """Find the papers that need not be asked for, by the component's code."""
    asked = set(codes)
    wanted = [
        one
        for one in procedure.components
        if one.code in asked and (one.eligible or one.reuse)
    ]
    found = offers(office, procedure, wanted, asker_of(dossier, at))
    return {code: one.best for code, one in found.items() if one.best is not None}
