"""Step 1, tiếp nhận: take in, then receive, ask for a supplement, or refuse."""

from dataclasses import dataclass
from datetime import datetime

from dossiers.change import Change, Effect
from dossiers.codes import DossierCode
from dossiers.dossier import Dossier, Status
from dossiers.errors import ConflictError
from dossiers.events import (
    DossierFact,
    Received,
    Submitted,
    TechnicallyAcknowledged,
)
from dossiers.ports import Person
from dossiers.procedure import Procedure
from dossiers.transitions import demand_open
from dossiers.values import Channel, Step, SubmittedComponent, local
from dossiers.working_time.due import due
from dossiers.working_time.limits import Limit
from steps.act import (
    TRIES,
    Decision,
    Order,
    Scene,
    act,
    rest,
    settle,
    used_before,
)
from steps.competence import demand_role
from steps.digitization import Desk, Handed, demand_complete, demand_known, store
from steps.office import Office
from steps.paperwork import appointment_slip, issue, open_file, parties_field
from steps.reusing import Asker, demand_sound
from steps.sharing import compared
from steps.transfer import hand_over

__all__ = [
    "Appointment",
    "Handed",
    "Submission",
    "finish_receipt",
    "receive",
    "settle_receive",
    "submit",
]

AS_SUBMITTED = 2
"""The version a submission ends at: submitted, technically acknowledged."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What arrives at the counter, by post, online or from another system."""

    procedure: str
    channel: Channel
    receiving_agency: str
    applicant: Person
    owner: Person
    components: tuple[Handed, ...]


def submit(office: Office, submission: Submission, order: Order) -> Dossier:
    """
    Take a submission in: files stored, code given, sender told.

    Nothing is accepted yet. Raises NotFoundError for an unknown procedure, agency or
    component code, RefusedError for a channel that was not published; the same command
    id gives the first dossier again, ConflictError when another act took it.
    """
    if (done := office.dossiers.answered(order.command)) is not None:
        return _same(done, submission, order)
    at = office.clock.now()
    procedure = office.procedures.get(submission.procedure, local(at).date())
    _demand_acceptable(office, procedure, submission, order)
    owner = office.persons.resolve(submission.owner, at)
    applicant = office.persons.resolve(submission.applicant, at)
    asker = Asker(owner, applicant, submission.channel, at)
    desk = Desk(asker, office.offices.current().actor(order.actor), order.command)
    for left in reversed(range(TRIES)):
        handed = store(office, procedure, submission.components, desk)
        facts = _arrival(office, submission, procedure, (applicant, owner, handed, at))
        try:
            return _open(office, submission, facts, order, at=at)
        except ConflictError:
            if not left:
                raise
    raise AssertionError(order)  # unreachable: the last try returns or raises


def _same(done: Dossier, submission: Submission, order: Order) -> Dossier:
    asked = submission.procedure.partition("@")[0]
    same = done.procedure.partition("@")[0] == asked and done.version == AS_SUBMITTED
    if same and done.receiving_agency == submission.receiving_agency:
        return done
    raise used_before(done, order)


def _demand_acceptable(
    office: Office, procedure: Procedure, submission: Submission, order: Order
) -> None:
    """Refuse what would fail later, before a person or a file is kept."""
    register = office.offices.current()
    register.actor(order.actor)
    agency = register.agency(submission.receiving_agency)
    register.first(agency.code, "counter")
    procedure.terms_of(submission.channel)
    demand_known(procedure, [paper.code for paper in submission.components])


Arrival = tuple[str, str, tuple[SubmittedComponent, ...], datetime]


def _arrival(
    office: Office, submission: Submission, procedure: Procedure, parties: Arrival
) -> Submitted:
    applicant, owner, handed, at = parties
    register = office.offices.current()
    agency = register.agency(submission.receiving_agency)
    day = local(at).date()
    number = office.dossiers.next_dossier_number(agency.code, day)
    return Submitted(
        code=str(DossierCode(agency=agency.code, day=day, number=number)),
        procedure=procedure.reference,
        procedure_version=procedure.digest,
        channel=submission.channel,
        receiving_agency=agency.code,
        applicant=applicant,
        owner=owner,
        components=handed,
        holder=register.first(agency.code, "counter").id,
        private_digest="",
    )


def _open(
    office: Office,
    submission: Submission,
    submitted: Submitted,
    order: Order,
    *,
    at: datetime,
) -> Dossier:
    private = parties_field(submission.applicant, submission.owner, office.ids.salt())
    facts: tuple[DossierFact, ...] = (
        submitted.model_copy(update={"private_digest": private.digest}),
        TechnicallyAcknowledged(),
    )
    dossier_id = office.ids.new(at, "dossier", order.command)
    return office.dossiers.append(
        Change(
            dossier_id=dossier_id,
            expected=0,
            actor=office.offices.current().actor(order.actor),
            command=order.command,
            at=at,
            facts=facts,
            effects=(
                Effect("notice-acknowledged", submitted.applicant, submitted.code),
            ),
            private=(private,),
            procedure_version=submitted.procedure_version,
        )
    )


@dataclass(frozen=True, slots=True)
class Appointment:
    """
    What the counter may fix at reception: start, a shorter limit, the officer.

    `compared`: the officer compared the uploads with the papers and marks them.
    """

    counts_from: datetime | None = None
    committed_limit: str | None = None
    officer: str | None = None
    compared: bool = False


def receive(
    office: Office, key: str, order: Order, *, terms: Appointment | None = None
) -> Dossier:
    """
    Accept as complete and valid: the clock starts, form 01 follows.

    Raises IncompleteError naming the missing components, NoCalendarError when the due
    date needs a year without a published calendar.
    """
    fixed = terms or Appointment()

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, Received)
        demand_role(office, dossier, order, "counter", rule="NĐ 61/2018 Đ17")
        procedure = office.procedures.version(dossier.procedure_version)
        demand_sound(office, procedure, dossier)
        demand_complete(office, procedure, dossier, at=scene.at)
        received = _received(office, procedure, scene, fixed)
        told = Effect("notice-received", dossier.applicant, dossier.code)
        marked = compared(office, scene) if fixed.compared else Decision(())
        facts = (*marked.facts, received)
        return Decision(facts, effects=(told,), papers=marked.papers)

    return act(office, key, order, decide)


def _received(
    office: Office, procedure: Procedure, scene: Scene, fixed: Appointment
) -> Received:
    calendar = office.calendars.current()
    statutory = procedure.terms_of(scene.dossier.channel).limit
    committed = fixed.committed_limit or statutory
    start = fixed.counts_from or scene.at
    promised = due(calendar, start, limit=Limit.parse(committed))
    by_law = due(calendar, start, limit=Limit.parse(statutory))
    return Received(
        counts_from=start,
        due_at=promised.at,
        committed_limit=committed,
        statutory_limit=statutory,
        statutory_due_at=by_law.at,
        calendar=calendar.version,
        rules=promised.rules.version,
        provisional=bool(promised.provisional or by_law.provisional),
        officer=fixed.officer,
    )


def _after_receipt(office: Office, scene: Scene) -> Decision:
    dossier = scene.dossier
    file = open_file(office, dossier)
    leaf = office.dossiers.leaf(dossier.id, dossier.received_version or 0)
    slip = office.printer.print(appointment_slip(file, scene.at, leaf))
    paper = issue(office, scene, slip.pdf, form="01")
    if dossier.status is not Status.RECEIVED:  # an officer was faster
        return Decision((paper,))
    return Decision((paper, *hand_over(office.offices.current(), dossier)))


def settle_receive(office: Office, dossier_id: str) -> Dossier:
    """Do the automatic rest of reception: form 01 and the hand-over."""
    dossier = office.dossiers.find(dossier_id)
    return settle(
        office, dossier, Step.RECEIVE, lambda scene: _after_receipt(office, scene)
    )


def finish_receipt(office: Office, dossier: Dossier) -> Dossier:
    """Do that rest ahead of the engine, when an officer cannot wait for it."""
    return rest(
        office, dossier, Step.RECEIVE, lambda scene: _after_receipt(office, scene)
    )
