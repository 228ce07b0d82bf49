"""What happens to the outcome: steps 4 and 5, ký số and trả kết quả, or another end."""

from typing import Annotated, Literal

from dossiers.values import Fact, Instant, KeyDependent


class OutcomePrepared(Fact):
    """The draft stands on paper: exactly these bytes will be signed."""

    type: Literal["vn.nambuoc.dossier.outcome-prepared.v1"] = (
        "vn.nambuoc.dossier.outcome-prepared.v1"
    )
    document: str
    sha256: Annotated[str, KeyDependent()]
    verification_id: Annotated[str, KeyDependent()]


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
