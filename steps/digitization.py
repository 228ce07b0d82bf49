"""Papers on their way in: what is known, what is missing, stored once or reused."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dossiers.dossier import Dossier
from dossiers.errors import IncompleteError, NotFoundError
from dossiers.ports import NewDocument
from dossiers.procedure import Procedure
from dossiers.values import SubmittedComponent
from steps.office import Office


@dataclass(frozen=True, slots=True)
class Handed:
    """One paper handed in; without content it is asked from the owner's store."""

    code: str
    original: int = 1
    copy: int = 0
    content: bytes | None = None
    media_type: str = "application/pdf"


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
    office: Office,
    procedure: Procedure,
    handed: tuple[Handed, ...],
    about: tuple[str, str, datetime],
) -> tuple[SubmittedComponent, ...]:
    """Store what was handed in; bind what the owner's store already holds."""
    owner, command, at = about
    accepts = {c.code: (c.code, *c.accepts) for c in procedure.components}
    uploads = _uploads(command, handed)
    return tuple(
        _reused(office, paper, accepts[paper.code], (owner, at))
        if paper.content is None
        else _stored(office, paper, paper.content, (owner, upload, at))
        for paper, upload in zip(handed, uploads, strict=True)
    )


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
    office: Office, paper: Handed, content: bytes, about: tuple[str, str, datetime]
) -> SubmittedComponent:
    owner, upload, at = about
    document = office.documents.put(
        content,
        NewDocument(
            upload=upload,
            owner=owner,
            type_code=paper.code,
            media_type=paper.media_type,
            at=at,
            retention="reuse",
        ),
    )
    return SubmittedComponent(
        code=paper.code,
        original=paper.original,
        copy_=paper.copy,
        document=document.id,
        sha256=document.sha256,
    )


def _reused(
    office: Office, paper: Handed, types: tuple[str, ...], whose: tuple[str, datetime]
) -> SubmittedComponent:
    owner, at = whose
    kept = office.documents.candidates(owner, types)
    found = [one for one in kept if one.stored_at < at]  # none from this very act
    if not found:
        return SubmittedComponent(code=paper.code, original=0, copy_=0)
    best = found[0]
    return SubmittedComponent(
        code=paper.code,
        original=paper.original,
        copy_=paper.copy,
        document=best.id,
        sha256=best.sha256,
        reused=True,
    )


def missing(procedure: Procedure, dossier: Dossier) -> tuple[str, ...]:
    """List the required papers not handed in, of the alternative nearest to done."""
    there = {c.code for c in dossier.components if c.document is not None}
    numbers: list[int | None] = [group.number for group in procedure.alternatives]
    absent = [
        tuple(c.code for c in procedure.required(one) if c.code not in there)
        for one in numbers or [None]
    ]
    return min(absent, key=len)


def demand_complete(procedure: Procedure, dossier: Dossier) -> None:
    """Raise IncompleteError unless every required component is there."""
    absent = missing(procedure, dossier)
    if absent:
        codes = ", ".join(absent)
        rule = "NĐ 61/2018 Đ17"
        do = f"dossier supplement {dossier.code} --request"
        text = (
            f"hồ sơ {dossier.code} thiếu thành phần: {codes} [{rule}]; hãy yêu cầu bổ "
            f"sung ({do})"
        )
        english = f"{dossier.code} lacks components: {codes} [{rule}]; ask for them"
        raise IncompleteError(text, f"{english} ({do})", rule=rule)
