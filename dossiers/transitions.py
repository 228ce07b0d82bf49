"""Which event the law lets follow which status, and which rule says no."""

from dossiers import events as e
from dossiers.dossier import (
    CLOCK_RUNS,
    CLOSED,
    OPEN_BEFORE_SIGNATURE,
    SIGNING,
    Dossier,
    Status,
)
from dossiers.errors import IllegalTransitionError

_S = Status
_WORK = frozenset({_S.IN_PROCESS})
_RECEIVED = frozenset(_S) - {_S.SUBMITTED} - {_S.REFUSED}

ALLOWED: dict[type[e.Fact], frozenset[Status]] = {
    e.TechnicallyAcknowledged: frozenset({_S.SUBMITTED}),
    e.SupplementRequested: frozenset({_S.SUBMITTED, _S.IN_PROCESS}),
    e.SupplementReceived: frozenset({_S.SUPPLEMENTING}),
    e.ReceptionRefused: frozenset({_S.SUBMITTED, _S.SUPPLEMENTING}),
    e.Received: frozenset({_S.SUBMITTED}),
    e.PaperIssued: frozenset(_S),
    e.TransferOffered: frozenset({_S.RECEIVED}),
    e.Transferred: frozenset({_S.OFFERED}),
    e.OfficerAssigned: _WORK | {_S.SUSPENDED},
    e.WorkRecorded: _WORK | {_S.SUSPENDED},
    e.VerificationRecorded: _WORK | {_S.SUSPENDED},
    e.OpinionRequested: _WORK | {_S.SUSPENDED},
    e.OpinionReceived: _WORK | {_S.SUSPENDED},
    e.SuspensionStarted: _WORK,
    e.SuspensionEnded: frozenset({_S.SUSPENDED}),
    e.ProcessingRefused: _WORK,
    e.NumberReserved: _WORK,
    e.Processed: _WORK,
    e.OutcomePrepared: frozenset({_S.PROCESSED}),
    e.NumberVoided: SIGNING,
    e.SentBack: SIGNING,
    e.Reviewed: frozenset({_S.PREPARED}),
    e.SignedByPerson: frozenset({_S.PREPARED}),
    e.NumberAssigned: frozenset({_S.PERSON_SIGNED}),
    e.SealedByAgency: frozenset({_S.PERSON_SIGNED}),
    e.Signed: frozenset({_S.SEALED}),
    e.OutcomeIssued: frozenset({_S.SIGNED}),
    e.Returned: frozenset({_S.ISSUED}),
    e.ApologyDrafted: CLOCK_RUNS | {_S.SUSPENDED, _S.PERSON_SIGNED, _S.SEALED},
    e.AppointmentMoved: CLOCK_RUNS | {_S.SUSPENDED, _S.PERSON_SIGNED, _S.SEALED},
    e.Withdrawn: OPEN_BEFORE_SIGNATURE,
    e.Stopped: OPEN_BEFORE_SIGNATURE,
}

RULE: dict[type[e.Fact], str] = {
    e.SupplementRequested: "NĐ 61/2018 Đ17, Đ19.4",
    e.Received: "NĐ 61/2018 Đ17",
    e.Transferred: "NĐ 61/2018 Đ18",
    e.Processed: "NĐ 61/2018 Đ19",
    e.SignedByPerson: "NĐ 30/2020 Đ13",
    e.NumberAssigned: "NĐ 30/2020 Đ14-15",
    e.SealedByAgency: "NĐ 30/2020 Đ33",
    e.Returned: "NĐ 61/2018 Đ20",
    e.AppointmentMoved: "NĐ 61/2018 Đ19.9",
    e.Withdrawn: "NĐ 61/2018 Đ6",
}

ACTIONS: dict[str, type[e.Fact]] = {
    "receive": e.Received,
    "supplement-request": e.SupplementRequested,
    "supplement-answer": e.SupplementReceived,
    "refuse-reception": e.ReceptionRefused,
    "transfer-offer": e.TransferOffered,
    "transfer-accept": e.Transferred,
    "assign": e.OfficerAssigned,
    "suspend": e.SuspensionStarted,
    "resume": e.SuspensionEnded,
    "process": e.Processed,
    "send-back": e.SentBack,
    "sign-person": e.SignedByPerson,
    "sign-agency": e.SealedByAgency,
    "return": e.Returned,
    "withdraw": e.Withdrawn,
    "stop": e.Stopped,
}

# Two acts become open by an automatic part that the acting person may trigger too.
_AFTER_REST = {"sign-person": _S.PROCESSED, "return": _S.SIGNED}


def open_actions(dossier: Dossier) -> tuple[str, ...]:
    """Name the acts a person may do on the dossier as it stands."""
    return tuple(
        name
        for name, fact in ACTIONS.items()
        if dossier.status in ALLOWED[fact] or dossier.status is _AFTER_REST.get(name)
    )


def demand_open(dossier: Dossier, fact: type[e.Fact]) -> None:
    """Raise IllegalTransitionError unless the law lets this event follow now."""
    if dossier.status in ALLOWED[fact]:
        return
    raise illegal(dossier, fact)


def illegal(dossier: Dossier, fact: type[e.Fact], why: str = "") -> Exception:
    """Build the refusal that names the rule and the acts that are open now."""
    names = open_actions(dossier)
    now = ", ".join(names) or "-"
    act = fact.__name__
    rule = RULE.get(fact, "architecture §2")
    because_vi = f" ({why})" if why else ""
    return IllegalTransitionError(
        f"hồ sơ {dossier.code} đang ở trạng thái «{dossier.status}», không thể "
        f"{act}{because_vi} [{rule}]; việc làm được lúc này: {now}",
        f"dossier {dossier.code} is {dossier.status}: {act} is not open"
        f"{because_vi} [{rule}]; open now: {now}",
        rule=rule,
        open_actions=names,
    )


__all__ = [
    "ACTIONS",
    "ALLOWED",
    "CLOSED",
    "RULE",
    "demand_open",
    "illegal",
    "open_actions",
]
