"""What happens from the hand-over to the draft: steps 2 and 3, chuyển and xử lý."""

from typing import Literal

from dossiers.values import Fact, Instant


class TransferOffered(Fact):
    """Handed to an officer who has not accepted yet; the giver still holds."""

    type: Literal["vn.nambuoc.dossier.transfer-offered.v1"] = (
        "vn.nambuoc.dossier.transfer-offered.v1"
    )
    competent_agency: str
    unit: str
    officer: str


class Transferred(Fact):
    """The hand-over was accepted, by the officer or by a standing rule (chuyển)."""

    type: Literal["vn.nambuoc.dossier.transferred.v1"] = (
        "vn.nambuoc.dossier.transferred.v1"
    )
    holder: str
    standing_rule: str | None = None


class OfficerAssigned(Fact):
    """The chief gave the open dossier to another officer."""

    type: Literal["vn.nambuoc.dossier.officer-assigned.v1"] = (
        "vn.nambuoc.dossier.officer-assigned.v1"
    )
    holder: str
    reason: str


class WorkRecorded(Fact):
    """One piece of work inside *process*, by its name."""

    type: Literal["vn.nambuoc.dossier.work-recorded.v1"] = (
        "vn.nambuoc.dossier.work-recorded.v1"
    )
    activity: str


class VerificationRecorded(Fact):
    """Facts were verified and minuted (thẩm tra, xác minh)."""

    type: Literal["vn.nambuoc.dossier.verification-recorded.v1"] = (
        "vn.nambuoc.dossier.verification-recorded.v1"
    )
    activity: str


class OpinionRequested(Fact):
    """Another agency or unit is asked for its opinion (lấy ý kiến)."""

    type: Literal["vn.nambuoc.dossier.opinion-requested.v1"] = (
        "vn.nambuoc.dossier.opinion-requested.v1"
    )
    activity: str


class OpinionReceived(Fact):
    """An opinion came in."""

    type: Literal["vn.nambuoc.dossier.opinion-received.v1"] = (
        "vn.nambuoc.dossier.opinion-received.v1"
    )
    activity: str


class SuspensionStarted(Fact):
    """The clock stops on a legal ground (tạm dừng có căn cứ)."""

    type: Literal["vn.nambuoc.dossier.suspension-started.v1"] = (
        "vn.nambuoc.dossier.suspension-started.v1"
    )
    ground: str


class SuspensionEnded(Fact):
    """The clock runs again; the due instants are counted anew."""

    type: Literal["vn.nambuoc.dossier.suspension-ended.v1"] = (
        "vn.nambuoc.dossier.suspension-ended.v1"
    )
    due_at: Instant
    statutory_due_at: Instant


class ProcessingRefused(Fact):
    """Not eligible after appraisal; the refusal is itself an outcome (form 03)."""

    type: Literal["vn.nambuoc.dossier.processing-refused.v1"] = (
        "vn.nambuoc.dossier.processing-refused.v1"
    )
    reason: str


class NumberReserved(Fact):
    """A document number is kept for the outcome before any ink (số văn bản)."""

    type: Literal["vn.nambuoc.dossier.number-reserved.v1"] = (
        "vn.nambuoc.dossier.number-reserved.v1"
    )
    agency: str
    year: int
    number: int
    symbol: str


class NumberVoided(Fact):
    """A reserved number that was never signed is crossed out in the register."""

    type: Literal["vn.nambuoc.dossier.number-voided.v1"] = (
        "vn.nambuoc.dossier.number-voided.v1"
    )
    reason: str


class Processed(Fact):
    """Appraised; the draft outcome was submitted for signature (xử lý)."""

    type: Literal["vn.nambuoc.dossier.processed.v1"] = "vn.nambuoc.dossier.processed.v1"
    decision: Literal["granted", "refused"]
    result: str
    holder: str


class SentBack(Fact):
    """The competent person did not sign and sent the draft back, with a reason."""

    type: Literal["vn.nambuoc.dossier.sent-back.v1"] = "vn.nambuoc.dossier.sent-back.v1"
    reason: str
    holder: str
