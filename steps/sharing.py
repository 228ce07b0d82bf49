"""An officer takes a paper of the store into a dossier, or marks what he compared."""

from collections.abc import Iterator

from dossiers.change import PaperAct
from dossiers.dossier import Dossier
from dossiers.errors import NotFoundError, RefusedError
from dossiers.events import ComponentDigitized, ComponentReused, DocumentDigitized
from dossiers.ports import Document, NewDocument
from dossiers.procedure import Component, Procedure
from dossiers.reuse import NotTaken, match
from dossiers.reuse_rules import Conversion
from dossiers.transitions import demand_open
from dossiers.values import ComponentState, Step, SubmittedComponent
from steps.act import Decision, Order, Scene, act
from steps.certifying import certified
from steps.competence import demand_holder, demand_role
from steps.digitization import demand_known, level_of
from steps.office import Office
from steps.reusing import asker_of, bound, wish_of

SHARED = "TT 01/2023 Đ24"
MARKED = "Luật GDĐT 20/2023 Đ12.1"


def share(
    office: Office,
    document_id: str,
    key: str,
    order: Order,
    *,
    component: str | None = None,
) -> Dossier:
    """
    Bind a paper that somebody chose to the component it may stand for.

    Raises RefusedError with the reason for each component when it may stand for none.
    """

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, ComponentReused)
        _demand_taking(office, dossier, order)
        procedure = office.procedures.version(dossier.procedure_version)
        paper = office.documents.find(document_id)
        wanted = _open_components(procedure, dossier, component)
        chosen = _fitting(office, procedure, scene, paper=paper, wanted=wanted)
        taken = bound(chosen, paper, decided_by=order.actor)
        return Decision((ComponentReused(components=(taken,)),))

    return act(office, key, order, decide)


def _demand_taking(office: Office, dossier: Dossier, order: Order) -> None:
    if dossier.step is Step.RECEIVE:
        demand_role(office, dossier, order, "counter", rule=SHARED)
    else:
        demand_holder(dossier, order, rule=SHARED)


def _open_components(
    procedure: Procedure, dossier: Dossier, code: str | None
) -> list[Component]:
    """List the named component, or those that the dossier still lacks."""
    if code is not None:
        demand_known(procedure, [code])
        return [one for one in procedure.components if one.code == code]
    there = {one.code for one in dossier.components if one.is_there}
    open_ = (one for one in procedure.components if not one.is_note)
    return [one for one in open_ if one.code not in there]


def _fitting(
    office: Office,
    procedure: Procedure,
    scene: Scene,
    *,
    paper: Document,
    wanted: list[Component],
) -> Component:
    why: dict[str, str] = {}
    asker = asker_of(scene.dossier, scene.at)
    for one in wanted:
        wish = wish_of(office, procedure, one, asker)
        ranked = match(one.reuse, (paper,), wish)
        if ranked.taken and office.documents.is_present(paper.id):
            return one
        why[one.code] = ranked.left[0][1] if ranked.left else NotTaken.UNREADABLE
    told = ", ".join(f"{code}: {reason}" for code, reason in why.items()) or "-"
    code = scene.dossier.code
    vi = f"giấy tờ {paper.id} không dùng được cho {code} [{SHARED}]: {told}"
    en = f"document {paper.id} may not stand in {code} [{SHARED}]: {told}"
    raise RefusedError(vi, en, rule=SHARED)


def digitize(
    office: Office, key: str, order: Order, *, codes: tuple[str, ...] = ()
) -> Dossier:
    """
    Mark the uploads that the counter compared with the papers (default: all).

    Raises NotFoundError when none of them is left to be marked.
    """

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, ComponentDigitized)
        demand_role(office, scene.dossier, order, "counter", rule=MARKED)
        decided = compared(office, scene, codes)
        if decided.facts:
            return decided
        code = scene.dossier.code
        vi = f"hồ sơ {code} không còn tệp nào cần đánh dấu; xem: dossier show {code}"
        en = f"{code} has no upload left to mark; see: dossier show {code}"
        raise NotFoundError(vi, en)

    return act(office, key, order, decide)


def compared(office: Office, scene: Scene, codes: tuple[str, ...] = ()) -> Decision:
    """Decide the marks of what the acting officer compared."""
    procedure = office.procedures.version(scene.dossier.procedure_version)
    mark = Conversion(converter=scene.actor.id, agency=scene.actor.agency, at=scene.at)
    by_code = {one.code: one for one in procedure.components}
    found = [
        (one, by_code[one.code], one.document)
        for one in scene.dossier.components
        if not codes or one.code in codes
        if one.is_there and one.document and one.code in by_code
        if not one.reused and one.state is ComponentState.NOT_DIGITIZED
    ]
    for one, component, document in found:
        _certify(office, (scene, mark), one, component, document=document)
    return Decision(
        facts=tuple(
            ComponentDigitized(
                component=one.code,
                document=document,
                converter=mark.converter,
                agency=mark.agency,
            )
            for one, _, document in found
        ),
        papers=tuple(_acts(scene, mark, found)),
    )


Found = list[tuple[SubmittedComponent, Component, str]]


def _acts(scene: Scene, mark: Conversion, found: Found) -> Iterator[PaperAct]:
    for one, _, document in found:
        level = level_of(mark, original=one.original)
        yield PaperAct(
            document=document,
            fact=DocumentDigitized(conversion=mark, level=level),
            actor=scene.actor,
            command=scene.command,
            at=scene.at,
        )


def _certify(
    office: Office,
    by: tuple[Scene, Conversion],
    one: SubmittedComponent,
    component: Component,
    *,
    document: str,
) -> None:
    """Seal a copy beside the upload where the component's rule asks for it."""
    if component.reuse is None or component.reuse.signature != "required":
        return
    scene, mark = by
    kept = office.documents.find(document)
    about = NewDocument(
        upload=f"{scene.command}:{document}",
        owner=kept.owner,
        type_code=kept.type_code,
        media_type=kept.media_type,
        at=scene.at,
        retention="reuse",
        identity=kept.identity,
        level=level_of(mark, original=one.original),
        source="component",
        conversion=mark,
    )
    content = office.documents.open(document)
    certified(office, component, kept, content, about)
