"""One act: decide on the state of one dossier, append what follows, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dossiers.change import Change, Effect, PaperAct, Private
from dossiers.crashpoints import crashpoint
from dossiers.dossier import Dossier
from dossiers.errors import ConflictError
from dossiers.events import AnyFact
from dossiers.values import ENGINE, STEPS, Actor, Step
from steps.office import Office

TRIES = 5


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks, under which command id, and on which version he decided."""

    actor: str
    command: str
    expect: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a decision may look at."""

    dossier: Dossier
    actor: Actor
    at: datetime
    command: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision adds: facts, effects, private fields, acts on documents."""

    facts: tuple[AnyFact, ...]
    effects: tuple[Effect, ...] = ()
    private: tuple[Private, ...] = ()
    papers: tuple[PaperAct, ...] = ()


Decide = Callable[[Scene], Decision]


def act(office: Office, key: str, order: Order, decide: Decide) -> Dossier:
    """
    Let a person act on a dossier, once for each command id.

    Raises NotFoundError, RefusedError kinds, and ConflictError when the dossier is no
    longer at the expected version or the command id was used for another dossier.
    """
    if (done := answered(office, key, order)) is not None:
        return done
    for left in reversed(range(TRIES)):
        dossier = office.dossiers.find(key)
        demand_expected(dossier, order)
        try:
            return _once(office, dossier, order, decide)
        except ConflictError:
            if not left:
                raise
    raise AssertionError(key)  # unreachable: the last try returns or raises


def answered(office: Office, key: str, order: Order) -> Dossier | None:
    """Find the first answer of this command id; ConflictError for another dossier's."""
    done = office.dossiers.answered(order.command)
    if done is None or key in (done.id, done.code):
        return done
    raise used_before(done, order)


def used_before(done: Dossier, order: Order) -> ConflictError:
    """Build the refusal of a command id that another act has taken."""
    text = f"mã lệnh {order.command} đã dùng cho hồ sơ {done.code}; hãy dùng mã khác"
    english = f"command id {order.command} was used for {done.code}; take another"
    return ConflictError(text, english)


def demand_expected(dossier: Dossier, order: Order) -> None:
    """Raise ConflictError unless the dossier is as the actor saw it."""
    if order.expect is not None and order.expect != dossier.version:
        text = (
            f"hồ sơ {dossier.code} đang ở phiên bản {dossier.version}, bạn đã xem "
            f"phiên bản {order.expect}; hãy xem lại rồi làm lại"
        )
        english = f"{dossier.code} is at version {dossier.version}, not {order.expect}"
        raise ConflictError(text, f"{english}; look again, then decide again")


def _once(office: Office, dossier: Dossier, order: Order, decide: Decide) -> Dossier:
    actor = office.offices.current().actor(order.actor)
    at = max(office.clock.now(), dossier.last_at)
    decision = decide(Scene(dossier, actor, at, order.command))
    crashpoint("after-decision")
    return office.dossiers.append(
        Change(
            dossier_id=dossier.id,
            expected=dossier.version,
            actor=actor,
            command=order.command,
            at=at,
            facts=decision.facts,
            cause=dossier.last_event,
            effects=decision.effects,
            private=decision.private,
            procedure_version=dossier.procedure_version,
            papers=decision.papers,
        )
    )


def settle(office: Office, dossier: Dossier, step: Step, decide: Decide) -> Dossier:
    """
    Do a step's automatic rest and show the step, in one transaction.

    A repeat finds the key `dossier:step:attempt` taken and only shows the step; so does
    a rest that an officer's own act already triggered (`rest` below).
    """
    shown = STEPS.index(step) + 1
    return _rest(office, dossier, step, decide, shown=shown)


def rest(office: Office, dossier: Dossier, step: Step, decide: Decide) -> Dossier:
    """
    Do a step's automatic rest ahead of the engine; the run shows it later.

    Whoever comes second, engine or officer, finds it done.
    """
    for _ in range(TRIES - 1):
        try:
            return _rest(office, dossier, step, decide, shown=None)
        except ConflictError:
            dossier = office.dossiers.find(dossier.id)
    return _rest(office, dossier, step, decide, shown=None)


def _rest(
    office: Office, dossier: Dossier, step: Step, decide: Decide, *, shown: int | None
) -> Dossier:
    command = dossier.key(step)
    at = office.clock.following(dossier.last_at)
    actor = office.offices.current().actor(ENGINE)
    decision = Decision(())
    if office.dossiers.answered(command) is None:
        decision = decide(Scene(dossier, actor, at, command))
    crashpoint("after-rest")
    return office.dossiers.append(
        Change(
            dossier_id=dossier.id,
            expected=dossier.version,
            actor=actor,
            command=command,
            at=at,
            facts=decision.facts,
            cause=dossier.last_event,
            effects=decision.effects,
            private=decision.private,
            shown=shown,
            procedure_version=dossier.procedure_version,
        )
    )
