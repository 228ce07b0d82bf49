"""Refuse at reception with a legal reason (form 03); the run ends there."""

from dossiers.change import Effect
from dossiers.dossier import Dossier
from dossiers.events import ReceptionRefused
from dossiers.transitions import demand_open
from steps.act import Decision, Order, Scene, act
from steps.competence import demand_role
from steps.office import Office
from steps.paperwork import issue, open_file, refusal


def refuse(office: Office, key: str, order: Order, *, reason: str) -> Dossier:
    """Refuse to receive; refusal after appraisal is `steps.process.process`."""

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, ReceptionRefused)
        demand_role(office, dossier, order, "counter", rule="NĐ 61/2018 Đ17")
        paper = refusal(
            open_file(office, dossier), scene.at, stage="reception", reason=reason
        )
        issued = issue(office, scene, office.printer.print(paper).pdf, form="03")
        told = Effect("notice-refused", dossier.applicant, dossier.code)
        return Decision((ReceptionRefused(reason=reason), issued), effects=(told,))

    return act(office, key, order, decide)
