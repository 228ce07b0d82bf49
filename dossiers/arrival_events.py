"""What happens until a dossier is received: step 1, tiếp nhận."""

from typing import Annotated, Literal

from dossiers.values import Channel, Fact, Instant, KeyDependent, SubmittedComponent


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
