"""Late by foresight: apologize in time and move the appointment, once."""

from datetime import datetime

from dossiers.change import Effect
from dossiers.dossier import Dossier
from dossiers.events import ApologyDrafted, AppointmentMoved
from dossiers.transitions import demand_open, illegal
from dossiers.values import local
from steps.act import Decision, Order, Scene, act
from steps.competence import competent_agency, demand_role
from steps.office import Office
from steps.paperwork import apology, issue, open_file


def apologize(
    office: Office, key: str, order: Order, *, reason: str, new_due_at: datetime
) -> Dossier:
    """
    Sign and send the apology with the new date (NĐ 61/2018 Đ19.9, form 04).

    A second one is refused: the appointment moves at most once.
    """

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, AppointmentMoved)
        _demand_lawful(dossier, new_due_at)
        drafted = _draft(office, scene, reason, new_due_at)
        letter = _letter(office, scene, order, drafted)
        issued = issue(office, scene, letter, form="04")
        told = Effect("letter-apology", dossier.applicant, dossier.code)
        moved = AppointmentMoved(due_at=new_due_at)
        return Decision((drafted, moved, issued), effects=(told,))

    return act(office, key, order, decide)


def _demand_lawful(dossier: Dossier, new_due_at: datetime) -> None:
    """Refuse before anything is signed or stored, as the fold would afterwards."""
    if dossier.moved or dossier.clock is None:
        why = "chỉ hẹn lại một lần"
        raise illegal(dossier, AppointmentMoved, "moved once only", vi=why)
    if new_due_at <= dossier.clock.appointed_at:
        why = "chỉ hẹn lại muộn hơn"
        raise illegal(dossier, AppointmentMoved, "only to a later date", vi=why)


def _draft(
    office: Office, scene: Scene, reason: str, new_due_at: datetime
) -> ApologyDrafted:
    dossier = scene.dossier
    register = office.offices.current()
    agency = register.agency(competent_agency(dossier))
    year = local(scene.at).year
    if dossier.clock is None:
        raise illegal(dossier, ApologyDrafted)
    return ApologyDrafted(
        reason=reason,
        due_at=dossier.clock.appointed_at,
        new_due_at=new_due_at,
        agency=agency.code,
        year=year,
        number=office.dossiers.next_document_number(agency.code, year),
        symbol=f"XL-{agency.short}",
    )


def _letter(
    office: Office, scene: Scene, order: Order, drafted: ApologyDrafted
) -> bytes:
    signer = demand_role(
        office, scene.dossier, order, "leader", rule="NĐ 61/2018 Đ19.9"
    )
    file = open_file(office, scene.dossier)
    printed = office.printer.print(apology(file, scene.at, signer, drafted))
    blank = office.signer.prepare(printed)
    signed = office.signer.sign(blank, officer=signer.id, at=scene.at)
    return office.signer.seal(signed.pdf, agency=drafted.agency, at=scene.at).pdf
