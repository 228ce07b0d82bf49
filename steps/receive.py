"""Step 1, tiếp nhận: take in, then receive, ask for a supplement, or refuse."""

from dataclasses import dataclass
from datetime import datetime

from dossiers.change import Change, Effect
from dossiers.codes import DossierCode
from dossiers.dossier import Dossier
from dossiers.errors import ConflictError, IncompleteError, NotFoundError
from dossiers.events import (
    DossierFact,
    Received,
    Submitted,
    TechnicallyAcknowledged,
)
from dossiers.ports import NewDocument, Person
from dossiers.procedure import Procedure
from dossiers.transitions import demand_open
from dossiers.values import Channel, Step, SubmittedComponent, local
from dossiers.working_time.due import due
from dossiers.working_time.limits import Limit
from steps.act import TRIES, Decision, Order, Scene, act, rest, settle
from steps.office import Office
from steps.paperwork import appointment_slip, issue, open_file, parties_field
from steps.transfer import hand_over


@dataclass(frozen=True, slots=True)
class Handed:
    """One paper handed in; without content it is asked from the owner's store."""

    code: str
    original: int = 1
    copy: int = 0
    content: bytes | None = None
    media_type: str = "application/pdf"


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
    component code; the same command id gives the first dossier again.
    """
    if (done := office.dossiers.answered(order.command)) is not None:
        return done
    at = office.clock.now()
    procedure = office.procedures.get(submission.procedure, local(at).date())
    _demand_known(procedure, submission)
    owner = office.persons.resolve(submission.owner, at)
    applicant = office.persons.resolve(submission.applicant, at)
    handed = store(office, procedure, submission.components, (owner, order.command, at))
    for left in reversed(range(TRIES)):
        facts = _arrival(office, submission, procedure, (applicant, owner, handed, at))
        try:
            return _open(office, submission, facts, order, at=at)
        except ConflictError:
            if not left:
                raise
    raise AssertionError(order)  # unreachable: the last try returns or raises


def _demand_known(procedure: Procedure, submission: Submission) -> None:
    known = {component.code for component in procedure.components}
    unknown = [c.code for c in submission.components if c.code not in known]
    if unknown:
        names = ", ".join(sorted(known))
        text = f"thủ tục {procedure.code} không có thành phần {unknown[0]}; có: {names}"
        english = f"{procedure.code} has no component {unknown[0]}; known: {names}"
        raise NotFoundError(text, english)


def store(
    office: Office,
    procedure: Procedure,
    handed: tuple[Handed, ...],
    about: tuple[str, str, datetime],
) -> tuple[SubmittedComponent, ...]:
    """Store what was handed in; bind what the owner's store already holds."""
    owner, command, at = about
    accepts = {c.code: (c.code, *c.accepts) for c in procedure.components}
    return tuple(
        _reused(office, owner, paper, accepts[paper.code])
        if paper.content is None
        else _stored(office, paper, paper.content, (owner, command, at))
        for paper in handed
    )


def _stored(
    office: Office, paper: Handed, content: bytes, about: tuple[str, str, datetime]
) -> SubmittedComponent:
    owner, command, at = about
    document = office.documents.put(
        content,
        NewDocument(
            upload=f"{command}:{paper.code}",
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
    office: Office, owner: str, paper: Handed, types: tuple[str, ...]
) -> SubmittedComponent:
    found = office.documents.candidates(owner, types)
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
    """What the counter may fix at reception: start, a shorter limit, the officer."""

    counts_from: datetime | None = None
    committed_limit: str | None = None
    officer: str | None = None


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
        register = office.offices.current()
        register.demand(order.actor, "counter", rule="NĐ 61/2018 Đ17")
        procedure = office.procedures.version(dossier.procedure_version)
        demand_complete(procedure, dossier)
        received = _received(office, procedure, scene, fixed)
        told = Effect("notice-received", dossier.applicant, dossier.code)
        return Decision((received,), effects=(told,))

    return act(office, key, order, decide)


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
    over = hand_over(office.offices.current(), dossier)
    return Decision((paper, *over))


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
