"""Ask for missing papers once and completely; the answer moves the clock by law."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dossiers.change import Effect
from dossiers.dossier import Dossier
from dossiers.errors import RefusedError
from dossiers.events import SupplementReceived, SupplementRequested
from dossiers.parties import Role
from dossiers.procedure import Procedure
from dossiers.rules import Rules, rules_on
from dossiers.transitions import demand_open
from dossiers.values import Step, SubmittedComponent, local
from dossiers.working_time.due import due
from dossiers.working_time.limits import Limit
from steps.act import Decision, Order, Scene, act
from steps.clocks import recount, restart
from steps.competence import demand_role
from steps.digitization import Desk, Handed, demand_known, given_by_store, store
from steps.office import Office
from steps.paperwork import issue, open_file, supplement_request
from steps.reusing import asker_of


@dataclass(frozen=True, slots=True)
class Ask:
    """Which components are asked for, why, and the head's reason to override."""

    codes: tuple[str, ...]
    reason: str
    override: str | None = None


def request_supplement(office: Office, key: str, order: Order, ask: Ask) -> Dossier:
    """
    Ask the applicant for papers (form 02).

    Raises RefusedError for a second request, or one too late after reception, unless
    the head overrides with a reason.
    """

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, SupplementRequested)
        _demand_lawful(office, scene, order, ask.override)
        stage: Literal["reception", "appraisal"] = (
            "reception" if dossier.step is Step.RECEIVE else "appraisal"
        )
        file = open_file(office, dossier)
        demand_known(file.procedure, ask.codes)
        _demand_unknown_to_store(office, scene, file.procedure, ask)
        paper = supplement_request(
            file, scene.at, stage=stage, codes=ask.codes, reason=ask.reason
        )
        issued = issue(office, scene, office.printer.print(paper).pdf, form="02")
        asked = SupplementRequested(
            stage=stage,
            components=ask.codes,
            reason=ask.reason,
            override=ask.override,
        )
        told = Effect("notice-supplement", dossier.applicant, dossier.code)
        return Decision((asked, issued), effects=(told,))

    return act(office, key, order, decide)


def _demand_unknown_to_store(
    office: Office, scene: Scene, procedure: Procedure, ask: Ask
) -> None:
    """Refuse to ask for a paper that the owner's store can give."""
    dossier = scene.dossier
    there = {one.code for one in dossier.components if one.is_there}
    codes = [code for code in ask.codes if code not in there]
    kept = given_by_store(office, procedure, dossier, codes=codes, at=scene.at)
    if kept and not ask.override:
        told = ", ".join(f"{code}: {one.id}" for code, one in kept.items())
        rule, code = "NĐ 61/2018 Đ25", dossier.code
        do = f"nambuoc store share … --into {code}"
        vi = (
            f"kho của chủ hồ sơ {code} đã có {told} [{rule}]; không yêu cầu nộp lại, "
            f"hãy dùng: {do} (người đứng đầu: --override)"
        )
        en = (
            f"the owner's store of {code} has {told} [{rule}]; do not ask again, "
            f"take it: {do} (the head: --override)"
        )
        raise RefusedError(vi, en, rule=rule)


def _demand_lawful(
    office: Office, scene: Scene, order: Order, override: str | None
) -> None:
    dossier = scene.dossier
    if override:
        demand_role(office, dossier, order, "head", rule="NĐ 61/2018 Đ19.4")
        return
    role: Role = "counter" if dossier.step is Step.RECEIVE else "specialist"
    demand_role(office, dossier, order, role, rule="NĐ 61/2018 Đ17, Đ19.4")
    rules = rules_on(local(scene.at).date())
    most = rules.supplement_count
    asked = _asked(dossier)
    if asked >= most.value:
        why = f"đã yêu cầu {asked} lần"
        raise _refused(dossier, why, most.article or rules.basis)
    if dossier.received_at is not None:
        _demand_in_time(office, dossier, rules, at=scene.at)


def _asked(dossier: Dossier) -> int:
    """Count the requests of the present stage: those at appraisal paused the clock."""
    at_appraisal = sum(pause.ground == "supplement" for pause in dossier.pauses)
    if dossier.received_at is not None:
        return at_appraisal
    return dossier.supplements - at_appraisal


def _demand_in_time(
    office: Office, dossier: Dossier, rules: Rules, *, at: datetime
) -> None:
    limit = rules.supplement_limit
    start = dossier.received_at or at
    calendar = office.calendars.current()
    last = due(calendar, start, limit=Limit.parse(limit.value)).at
    if at > last:
        why = f"đã quá {limit.value} từ khi tiếp nhận"
        raise _refused(dossier, why, limit.article or rules.basis)


def _refused(dossier: Dossier, why: str, article: str) -> RefusedError:
    code = dossier.code
    text = f"hồ sơ {code}: {why}, không được yêu cầu bổ sung nữa [{article}]"
    english = f"{code}: no further supplement [{article}]"
    return RefusedError(
        f"{text}; người đứng đầu có thể cho phép kèm lý do (--override)",
        f"{english}; the head may override with a reason (--override)",
        rule=article,
    )


def receive_supplement(
    office: Office, key: str, order: Order, *, handed: tuple[Handed, ...]
) -> Dossier:
    """Take the applicant's answer in; the clock restarts or resumes by law."""

    def decide(scene: Scene) -> Decision:
        dossier = scene.dossier
        demand_open(dossier, SupplementReceived)
        procedure = office.procedures.version(dossier.procedure_version)
        asker = asker_of(dossier, scene.at)
        there = [one for one in dossier.components if one.is_there]
        desk = Desk(
            asker,
            scene.actor,
            order.command,
            again="officer",
            held=frozenset(one.code for one in there),
            doubted=frozenset(one.code for one in there if one.reused),
        )
        demand_known(procedure, [paper.code for paper in handed])
        stored = store(office, procedure, handed, desk)
        return Decision((_answer(office, dossier, stored, scene.at),))

    return act(office, key, order, decide)


def _answer(
    office: Office,
    dossier: Dossier,
    stored: tuple[SubmittedComponent, ...],
    at: datetime,
) -> SupplementReceived:
    if dossier.clock is None:
        return SupplementReceived(components=stored, clock_policy="not-started")
    policy = rules_on(local(at).date()).counting_policy.value
    if policy == "reset":
        start, (promised, by_law) = at, restart(office, dossier, at=at)
    else:
        start = dossier.clock.counts_from
        promised, by_law = recount(office, dossier, resumed_at=at)
    return SupplementReceived(
        components=stored,
        clock_policy=policy.value,
        counts_from=start,
        due_at=promised,
        statutory_due_at=by_law,
    )
