"""Step 4, ký số: review, sign, number, seal, in this order only."""

from dossiers.change import Effect
from dossiers.crashpoints import crashpoint
from dossiers.dossier import Dossier, Status
from dossiers.errors import RefusedError, TamperedError
from dossiers.events import (
    NumberAssigned,
    OutcomeIssued,
    OutcomePrepared,
    Reviewed,
    SealedByAgency,
    Signed,
    SignedByPerson,
)
from dossiers.ports import Document, NewDocument
from dossiers.reuse_rules import NOBODY_KNOWS, Assurance, PaperIdentity
from dossiers.transitions import demand_open, illegal
from dossiers.values import Step, digest, local
from steps.act import (
    Decision,
    Order,
    Scene,
    act,
    answered,
    demand_expected,
    rest,
    settle,
)
from steps.competence import competent_agency, demand_holder, demand_role
from steps.office import Office
from steps.paperwork import PDF, open_file, outcome


def _store(
    office: Office, scene: Scene, pdf: bytes, *, stage: str, filed: bool = False
) -> Document:
    dossier = scene.dossier
    return office.documents.put(
        pdf,
        NewDocument(
            upload=f"{scene.command}:{stage}:v{dossier.version}",
            owner=dossier.owner,
            type_code=(dossier.result or "outcome") if filed else "outcome-draft",
            media_type=PDF,
            at=scene.at,
            retention="outcome",
            state="valid" if filed else "draft",
            source_dossier=dossier.id,
            identity=_filed_as(scene) if filed else NOBODY_KNOWS,
            level=Assurance.ISSUED if filed else Assurance.FILE,
            source="outcome",
            signature="issuer" if filed else "none",
            signer=dossier.person_signer if filed else None,
        ),
    )


def _filed_as(scene: Scene) -> PaperIdentity:
    """Name the outcome in the owner's store (NĐ 45/2020 Đ14.3)."""
    return PaperIdentity(
        number=f"{scene.dossier.code}-KQ1",
        issuer=competent_agency(scene.dossier),
        issued_on=local(scene.at).date(),
    )


def _prepared(office: Office, scene: Scene) -> Decision:
    dossier = scene.dossier
    if dossier.status is not Status.PROCESSED:  # sent back or ended meanwhile
        return Decision(())
    register = office.offices.current()
    file = open_file(office, dossier)
    agency = register.agency(competent_agency(dossier))
    signer = register.officer(dossier.holder or "")
    chance = office.ids.token(scene.command)
    paper = outcome(
        file, scene.at, signer=signer, agency=agency, verification_id=chance
    )
    blank = office.signer.prepare(office.printer.print(paper))
    document = _store(office, scene, blank, stage="blank")
    return Decision(
        (
            OutcomePrepared(
                document=document.id,
                sha256=document.sha256,
                verification_id=chance,
            ),
        )
    )


def settle_process(office: Office, dossier_id: str) -> Dossier:
    """Do the automatic rest of processing: the draft outcome on paper."""
    dossier = office.dossiers.find(dossier_id)
    return settle(office, dossier, Step.PROCESS, lambda scene: _prepared(office, scene))


def prepare(office: Office, dossier: Dossier) -> Dossier:
    """Do that rest ahead of the engine, when the signer cannot wait for it."""
    return rest(office, dossier, Step.PROCESS, lambda scene: _prepared(office, scene))


def sign_as_person(office: Office, key: str, order: Order) -> Dossier:
    """
    Set the competent person's signature on exactly the prepared bytes.

    The reserved number is registered with it (NĐ 30/2020 Đ14).
    """

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, SignedByPerson)
        _demand_signer(office, dossier, order)
        viewed = _viewed(office, dossier)
        signed = office.signer.sign(viewed, officer=order.actor, at=scene.at)
        crashpoint("after-signature")
        document = _store(office, scene, signed.pdf, stage="person")
        clerk = office.offices.current().first(scene.actor.agency, "clerk")
        return Decision(
            (
                Reviewed(viewed_sha256=digest(viewed)),
                SignedByPerson(
                    document=document.id,
                    sha256=document.sha256,
                    certificate=signed.certificate,
                    holder=clerk.id,
                ),
                _registered(dossier),
            )
        )

    return act(office, key, order, decide)


def _demand_signer(office: Office, dossier: Dossier, order: Order) -> None:
    demand_role(office, dossier, order, "leader", rule="NĐ 30/2020 Đ13")
    demand_holder(dossier, order, rule="NĐ 30/2020 Đ13")


def _viewed(office: Office, dossier: Dossier) -> bytes:
    content = office.documents.open(dossier.outcome or "")
    if digest(content) != dossier.outcome_sha256:
        text = f"tệp kết quả của {dossier.code} không còn đúng bản đã ghi nhận"
        raise TamperedError(text, f"the outcome of {dossier.code} is not as recorded")
    return content


def _registered(dossier: Dossier) -> NumberAssigned:
    if dossier.number is None:
        raise illegal(dossier, NumberAssigned, "number before ink")
    return NumberAssigned(number=dossier.number.number, symbol=dossier.number.symbol)


def seal(office: Office, key: str, order: Order) -> Dossier:
    """
    Set the agency's seal after the person's signature, by the records clerk.

    The person's signature in the same file must verify now, and both afterwards
    (NĐ 30/2020 Đ33.4: only what the competent person has signed is sealed).
    """

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, SealedByAgency)
        clerk = demand_role(office, dossier, order, "clerk", rule="NĐ 30/2020 Đ33")
        demand_holder(dossier, order, rule="NĐ 30/2020 Đ33")
        viewed = _viewed(office, dossier)
        _demand_valid(office, scene, viewed, ("person",))
        sealed = office.signer.seal(viewed, agency=clerk.agency, at=scene.at)
        crashpoint("after-seal")
        _demand_valid(office, scene, sealed.pdf, ("person", "seal"))
        document = _store(office, scene, sealed.pdf, stage="seal")
        return Decision(
            (
                SealedByAgency(
                    document=document.id,
                    sha256=document.sha256,
                    certificate=sealed.certificate,
                ),
                Signed(holder=dossier.counter_officer),
            )
        )

    return act(office, key, order, decide)


def _demand_valid(
    office: Office, scene: Scene, pdf: bytes, slots: tuple[str, ...]
) -> None:
    if office.verifier.is_valid(pdf, slots=slots, at=scene.at):
        return
    rule = "NĐ 30/2020 Đ33"
    code = scene.dossier.code
    text = f"chữ ký trên kết quả {code} không hợp lệ [{rule}]; hãy trả lại để ký lại"
    english = (
        f"a signature on the outcome of {code} is not valid [{rule}]; send it back"
    )
    raise RefusedError(text, english, rule=rule)


def _issued(office: Office, scene: Scene) -> Decision:
    content = _viewed(office, scene.dossier)
    document = _store(office, scene, content, stage="filed", filed=True)
    told = Effect("notice-ready", scene.dossier.applicant, scene.dossier.code)
    return Decision((OutcomeIssued(document=document.id),), effects=(told,))


def settle_sign(office: Office, dossier_id: str) -> Dossier:
    """Do the automatic rest of signing: issue, file in the owner's store, tell."""
    dossier = office.dossiers.find(dossier_id)
    return settle(office, dossier, Step.SIGN, lambda scene: _issued(office, scene))


def finish_signing(office: Office, dossier: Dossier) -> Dossier:
    """Do that rest ahead of the engine, when the counter cannot wait for it."""
    return rest(office, dossier, Step.SIGN, lambda scene: _issued(office, scene))


def sign(office: Office, key: str, order: Order) -> Dossier:
    """Do the signing act that is open: person first, then the agency's seal."""
    if (done := answered(office, key, order)) is not None:
        return done
    dossier = office.dossiers.find(key)
    if dossier.status is Status.PERSON_SIGNED:
        return seal(office, key, order)
    if dossier.status is Status.PROCESSED:
        demand_expected(dossier, order)
        _demand_signer(office, dossier, order)
        prepare(office, dossier)
        order = Order(order.actor, order.command)
    return sign_as_person(office, key, order)
