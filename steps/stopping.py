"""End a dossier before an outcome exists: withdrawn by the applicant, or stopped."""

from dossiers.change import Effect
from dossiers.dossier import Dossier
from dossiers.events import NumberVoided, Stopped, Withdrawn
from dossiers.transitions import demand_open
from steps.act import Decision, Order, Scene, act
from steps.competence import demand_role
from steps.office import Office


def withdraw(office: Office, key: str, order: Order, *, reason: str) -> Dossier:
    """Record that the applicant takes the dossier back."""
    return _end(office, key, order, Withdrawn(reason=reason))


def stop(office: Office, key: str, order: Order, *, reason: str) -> Dossier:
    """Stop processing; only a leader of the competent agency may."""
    return _end(office, key, order, Stopped(reason=reason))


def _end(office: Office, key: str, order: Order, end: Withdrawn | Stopped) -> Dossier:
    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, type(end))
        if isinstance(end, Stopped):
            demand_role(office, dossier, order, "leader", rule="TT 03/2025 mẫu 05")
        told = Effect("notice-ended", dossier.applicant, dossier.code)
        void = (NumberVoided(reason=end.reason),) if dossier.number else ()
        return Decision((*void, end), effects=(told,))

    return act(office, key, order, decide)
