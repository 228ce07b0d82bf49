"""Step 3, xử lý: verify, consult, suspend on a legal ground, draft the outcome."""

from datetime import datetime

from dossiers.dossier import Dossier
from dossiers.events import (
    AnyFact,
    NumberReserved,
    NumberVoided,
    OpinionReceived,
    OpinionRequested,
    Processed,
    ProcessingRefused,
    SentBack,
    SuspensionEnded,
    SuspensionStarted,
    VerificationRecorded,
    WorkRecorded,
)
from dossiers.procedure import Procedure, Result
from dossiers.transitions import demand_open
from dossiers.values import local
from steps.act import Decision, Order, Scene, act
from steps.clocks import recount
from steps.competence import competent_agency, demand_holder
from steps.office import Office

Work = WorkRecorded | VerificationRecorded | OpinionRequested | OpinionReceived


def work(office: Office, key: str, order: Order, *, done: Work) -> Dossier:
    """Record a piece of work; any officer of the house may add his part."""

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, type(done))
        office.offices.current().officer(order.actor)
        return Decision((done,))

    return act(office, key, order, decide)


def suspend(office: Office, key: str, order: Order, *, ground: str) -> Dossier:
    """Stop the clock on a legal ground; internal routing is none."""

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, SuspensionStarted)
        demand_holder(scene.dossier, order, rule="NĐ 61/2018 Đ19")
        return Decision((SuspensionStarted(ground=ground),))

    return act(office, key, order, decide)


def resume(office: Office, key: str, order: Order) -> Dossier:
    """Let the clock run again; both due instants are counted anew."""

    def decide(scene: Scene) -> Decision:
        demand_open(scene.dossier, SuspensionEnded)
        demand_holder(scene.dossier, order, rule="NĐ 61/2018 Đ19")
        due, statutory = recount(office, scene.dossier, resumed_at=scene.at)
        return Decision((SuspensionEnded(due_at=due, statutory_due_at=statutory),))

    return act(office, key, order, decide)


def process(
    office: Office, key: str, order: Order, *, refusal: str | None = None
) -> Dossier:
    """
    Close the step: the draft outcome, or the reasoned refusal, goes to signature.

    The document number is reserved with it, before any ink.
    """

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, Processed)
        demand_holder(dossier, order, rule="NĐ 61/2018 Đ19")
        return Decision(_drafted(office, dossier, scene.at, refusal))

    return act(office, key, order, decide)


def result_of(procedure: Procedure, *, refused: bool) -> Result:
    """Choose the result of the catalogue: the paper granted, or its refusal."""
    fitting = [one for one in procedure.results if one.is_refusal is refused]
    if fitting:
        return fitting[0]
    refusal = Result(code=f"{procedure.code}-TC", name="Từ chối", is_refusal=True)
    return refusal if refused else procedure.results[0]


def _drafted(
    office: Office, dossier: Dossier, at: datetime, refusal: str | None
) -> tuple[AnyFact, ...]:
    register = office.offices.current()
    agency = register.agency(competent_agency(dossier))
    year = local(at).year
    procedure = office.procedures.version(dossier.procedure_version)
    reserved = NumberReserved(
        agency=agency.code,
        year=year,
        number=office.dossiers.next_document_number(agency.code, year),
        symbol=f"TTHC-{agency.short}",
    )
    closing = Processed(
        decision="granted" if refusal is None else "refused",
        result=result_of(procedure, refused=refusal is not None).code,
        holder=register.first(agency.code, "leader").id,
    )
    refused = () if refusal is None else (ProcessingRefused(reason=refusal),)
    return (*refused, reserved, closing)


def send_back(office: Office, key: str, order: Order, *, reason: str) -> Dossier:
    """Return the draft to the specialist; the reserved number is voided."""

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, SentBack)
        demand_holder(dossier, order, rule="NĐ 30/2020 Đ13")
        holder = dossier.specialist or dossier.counter_officer
        return Decision(
            (NumberVoided(reason=reason), SentBack(reason=reason, holder=holder))
        )

    return act(office, key, order, decide)
