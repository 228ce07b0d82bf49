"""What has happened to a dossier: one frozen model each, never edited."""

from typing import Annotated, Literal

from pydantic import Field

from dossiers.values import (
    Channel,
    Instant,
    KeyDependent,
    SubmittedComponent,
    Value,
)


class Fact(Value):
    """What one event says; who and when stand in its envelope."""

    type: str


class Submitted(Fact):
    """Arrived; the code is given, nothing is accepted yet (nộp hồ sơ)."""

    type: Literal["vn.nambuoc.dossier.submitted.v1"] = "vn.nambuoc.dossier.submitted.v1"
    code: str
    procedure: str
    procedure_version: str
    channel: Channel
    receiving_agency: str
    applicant: str
    owner: str
    components: tuple[SubmittedComponent, ...]
    holder: str
    private_digest: Annotated[str, KeyDependent()]


class TechnicallyAcknowledged(Fact):
    """The files were checked by machine and the sender was told (NĐ 45/2020 Đ11)."""

    type: Literal["vn.nambuoc.dossier.technically-acknowledged.v1"] = (
        "vn.nambuoc.dossier.technically-acknowledged.v1"
    )


class SupplementRequested(Fact):
    """Papers are asked for, once and completely (yêu cầu bổ sung, form 02)."""

    type: Literal["vn.nambuoc.dossier.supplement-requested.v1"] = (
        "vn.nambuoc.dossier.supplement-requested.v1"
    )
    stage: Literal["reception", "appraisal"]
    components: tuple[str, ...]
    reason: str
    override: str | None = None


class SupplementReceived(Fact):
    """The papers asked for have come; the clock follows the legal version."""

    type: Literal["vn.nambuoc.dossier.supplement-received.v1"] = (
        "vn.nambuoc.dossier.supplement-received.v1"
    )
    components: tuple[SubmittedComponent, ...]
    clock_policy: Literal["reset", "pause", "not-started"]
    counts_from: Instant | None = None
    due_at: Instant | None = None
    statutory_due_at: Instant | None = None


class ReceptionRefused(Fact):
    """Not accepted, with a legal reason (từ chối tiếp nhận, form 03)."""

    type: Literal["vn.nambuoc.dossier.reception-refused.v1"] = (
        "vn.nambuoc.dossier.reception-refused.v1"
    )
    reason: str


class Received(Fact):
    """Accepted as complete and valid; the clock starts (tiếp nhận)."""

    type: Literal["vn.nambuoc.dossier.received.v1"] = "vn.nambuoc.dossier.received.v1"
    counts_from: Instant
    due_at: Instant
    committed_limit: str
    statutory_limit: str
    statutory_due_at: Instant
    calendar: str
    rules: str
    provisional: bool
    officer: str | None = None


class PaperIssued(Fact):
    """A legal form was made and stored."""

    type: Literal["vn.nambuoc.dossier.paper-issued.v1"] = (
        "vn.nambuoc.dossier.paper-issued.v1"
    )
    form: str
    document: str
    sha256: Annotated[str, KeyDependent()]


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


class OutcomePrepared(Fact):
    """The draft stands on paper: exactly these bytes will be signed."""

    type: Literal["vn.nambuoc.dossier.outcome-prepared.v1"] = (
        "vn.nambuoc.dossier.outcome-prepared.v1"
    )
    document: str
    sha256: Annotated[str, KeyDependent()]
    verification_id: Annotated[str, KeyDependent()]


class SentBack(Fact):
    """The competent person did not sign and sent the draft back, with a reason."""

    type: Literal["vn.nambuoc.dossier.sent-back.v1"] = "vn.nambuoc.dossier.sent-back.v1"
    reason: str
    holder: str


class Reviewed(Fact):
    """The competent person saw exactly these bytes."""

    type: Literal["vn.nambuoc.dossier.reviewed.v1"] = "vn.nambuoc.dossier.reviewed.v1"
    viewed_sha256: Annotated[str, KeyDependent()]


class SignedByPerson(Fact):
    """The competent person signed (ký số)."""

    type: Literal["vn.nambuoc.dossier.signed-by-person.v1"] = (
        "vn.nambuoc.dossier.signed-by-person.v1"
    )
    document: str
    sha256: Annotated[str, KeyDependent()]
    certificate: Annotated[str, KeyDependent()]
    holder: str


class NumberAssigned(Fact):
    """The reserved number is registered, between signature and seal."""

    type: Literal["vn.nambuoc.dossier.number-assigned.v1"] = (
        "vn.nambuoc.dossier.number-assigned.v1"
    )
    number: int
    symbol: str


class SealedByAgency(Fact):
    """The records clerk set the agency's seal, after the person (NĐ 30/2020 Đ33)."""

    type: Literal["vn.nambuoc.dossier.sealed-by-agency.v1"] = (
        "vn.nambuoc.dossier.sealed-by-agency.v1"
    )
    document: str
    sha256: Annotated[str, KeyDependent()]
    certificate: Annotated[str, KeyDependent()]


class Signed(Fact):
    """Person, number and seal are on the outcome (ký số xong)."""

    type: Literal["vn.nambuoc.dossier.signed.v1"] = "vn.nambuoc.dossier.signed.v1"
    holder: str


class OutcomeIssued(Fact):
    """Released and filed in the owner's store; the clock ends (status 9)."""

    type: Literal["vn.nambuoc.dossier.outcome-issued.v1"] = (
        "vn.nambuoc.dossier.outcome-issued.v1"
    )
    document: str


class Returned(Fact):
    """Handed to the receiver by a channel, with a receipt (trả kết quả)."""

    type: Literal["vn.nambuoc.dossier.returned.v1"] = "vn.nambuoc.dossier.returned.v1"
    method: Literal["counter", "online", "post"]
    receiver: str


class ApologyDrafted(Fact):
    """Late by foresight: the apology and the new date (NĐ 61/2018 Đ19.9, form 04)."""

    type: Literal["vn.nambuoc.dossier.apology-drafted.v1"] = (
        "vn.nambuoc.dossier.apology-drafted.v1"
    )
    reason: str
    due_at: Instant
    new_due_at: Instant
    agency: str
    year: int
    number: int
    symbol: str


class AppointmentMoved(Fact):
    """The one-stop shop moved the appointment, once."""

    type: Literal["vn.nambuoc.dossier.appointment-moved.v1"] = (
        "vn.nambuoc.dossier.appointment-moved.v1"
    )
    due_at: Instant


class Withdrawn(Fact):
    """The applicant took the dossier back before an outcome (rút hồ sơ)."""

    type: Literal["vn.nambuoc.dossier.withdrawn.v1"] = "vn.nambuoc.dossier.withdrawn.v1"
    reason: str


class Stopped(Fact):
    """The competent agency stopped it before an outcome (dừng, form 05)."""

    type: Literal["vn.nambuoc.dossier.stopped.v1"] = "vn.nambuoc.dossier.stopped.v1"
    reason: str


DossierFact = (
    Submitted
    | TechnicallyAcknowledged
    | SupplementRequested
    | SupplementReceived
    | ReceptionRefused
    | Received
    | PaperIssued
    | TransferOffered
    | Transferred
    | OfficerAssigned
    | WorkRecorded
    | VerificationRecorded
    | OpinionRequested
    | OpinionReceived
    | SuspensionStarted
    | SuspensionEnded
    | ProcessingRefused
    | NumberReserved
    | NumberVoided
    | Processed
    | OutcomePrepared
    | SentBack
    | Reviewed
    | SignedByPerson
    | NumberAssigned
    | SealedByAgency
    | Signed
    | OutcomeIssued
    | Returned
    | ApologyDrafted
    | AppointmentMoved
    | Withdrawn
    | Stopped
)


class DocumentStored(Fact):
    """An upload passed the checks and lies in the store (`document:<id>` stream)."""

    type: Literal["vn.nambuoc.document.stored.v1"] = "vn.nambuoc.document.stored.v1"
    owner: str
    document_type: str
    media_type: str
    size: Annotated[int, KeyDependent()]
    sha256: Annotated[str, KeyDependent()]
    state: Literal["valid", "quarantined", "draft"]
    source_dossier: str | None = None


class DocumentStateChanged(Fact):
    """A document became valid, superseded, revoked or expired."""

    type: Literal["vn.nambuoc.document.state-changed.v1"] = (
        "vn.nambuoc.document.state-changed.v1"
    )
    state: Literal["valid", "superseded", "revoked", "expired", "quarantined"]
    reason: str


class DocumentRead(Fact):
    """Somebody read a person's paper (`access:<dossier id>` stream)."""

    type: Literal["vn.nambuoc.access.document-read.v1"] = (
        "vn.nambuoc.access.document-read.v1"
    )
    document: str
    purpose: str


AnyFact = DossierFact | DocumentStored | DocumentStateChanged | DocumentRead
Discriminated = Annotated[AnyFact, Field(discriminator="type")]
