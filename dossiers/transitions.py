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
    e.NumberVoided: _WORK | {_S.SUSPENDED, _S.SUPPLEMENTING} | SIGNING,
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
    e.ComponentDigitized: OPEN_BEFORE_SIGNATURE,
    e.ComponentReused: OPEN_BEFORE_SIGNATURE,
    e.PaperJudged: OPEN_BEFORE_SIGNATURE,
    e.PaperRevoked: frozenset(_S) - CLOSED,
}

_HAND_OVER = "NĐ 61/2018 Đ18"
_APPRAISAL = "NĐ 61/2018 Đ19"
_SIGNATURE = "NĐ 30/2020 Đ13"
_NUMBER = "NĐ 30/2020 Đ14-15"
RULE: dict[type[e.Fact], str] = {
    e.Submitted: "NĐ 61/2018 Đ17.3",
    e.TechnicallyAcknowledged: "NĐ 45/2020 Đ11",
    e.SupplementRequested: "NĐ 61/2018 Đ17, Đ19.4",
    e.SupplementReceived: "NĐ 61/2018 Đ17, Đ19.4",
    e.ReceptionRefused: "NĐ 61/2018 Đ17.1",
    e.Received: "NĐ 61/2018 Đ17",
    e.PaperIssued: "TT 03/2025",
    e.TransferOffered: _HAND_OVER,
    e.Transferred: _HAND_OVER,
    e.OfficerAssigned: "NĐ 61/2018 Đ19.1",
    e.WorkRecorded: _APPRAISAL,
    e.VerificationRecorded: "NĐ 61/2018 Đ19.3",
    e.OpinionRequested: "NĐ 61/2018 Đ19.5",
    e.OpinionReceived: "NĐ 61/2018 Đ19.5",
    e.SuspensionStarted: _APPRAISAL,
    e.SuspensionEnded: _APPRAISAL,
    e.ProcessingRefused: "NĐ 61/2018 Đ19.8",
    e.NumberReserved: _NUMBER,
    e.NumberVoided: _NUMBER,
    e.Processed: _APPRAISAL,
    e.OutcomePrepared: _SIGNATURE,
    e.SentBack: _SIGNATURE,
    e.Reviewed: _SIGNATURE,
    e.SignedByPerson: _SIGNATURE,
    e.NumberAssigned: _NUMBER,
    e.SealedByAgency: "NĐ 30/2020 Đ33",
    e.Signed: "NĐ 30/2020 Đ33",
    e.OutcomeIssued: "NĐ 61/2018 Đ20",
    e.Returned: "NĐ 61/2018 Đ20",
    e.ApologyDrafted: "NĐ 61/2018 Đ19.9",
    e.AppointmentMoved: "NĐ 61/2018 Đ19.9",
    e.Withdrawn: "NĐ 61/2018 Đ6",
    e.Stopped: "TT 03/2025 mẫu 05",
    e.ComponentDigitized: "Luật GDĐT 20/2023 Đ12.1",
    e.ComponentReused: "TT 01/2023 Đ24",
    e.PaperJudged: "NĐ 45/2020 Đ11",
    e.PaperRevoked: "NĐ 45/2020 Đ15",
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


_ACT_OF = {fact: name for name, fact in ACTIONS.items()}


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


def illegal(
    dossier: Dossier, fact: type[e.Fact], why: str = "", *, vi: str = ""
) -> IllegalTransitionError:
    """Build the refusal that names the rule and the acts that are open now."""
    names = open_actions(dossier)
    now = ", ".join(names) or "-"
    act, rule = fact.__name__, RULE[fact]
    because_vi = f" ({vi or why})" if why else ""
    because = f" ({why})" if why else ""
    return IllegalTransitionError(
        f"hồ sơ {dossier.code} đang ở trạng thái «{dossier.status}», không thể "
        f"«{_ACT_OF.get(fact, act)}»{because_vi} [{rule}]; làm được lúc này: {now}",
        f"dossier {dossier.code} is {dossier.status}: {act} is not open"
        f"{because} [{rule}]; open now: {now}",
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
