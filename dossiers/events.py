"""What has happened to a dossier: one frozen model each, never edited."""

from typing import Annotated

from pydantic import Field

from dossiers.arrival_events import (
    PaperIssued,
    Received,
    ReceptionRefused,
    Submitted,
    SupplementReceived,
    SupplementRequested,
    TechnicallyAcknowledged,
)
from dossiers.document_events import (
    ConsentGiven,
    ConsentWithdrawn,
    DocumentDigitized,
    DocumentRead,
    DocumentStateChanged,
    DocumentStored,
)
from dossiers.outcome_events import (
    ApologyDrafted,
    AppointmentMoved,
    NumberAssigned,
    OutcomeIssued,
    OutcomePrepared,
    Returned,
    Reviewed,
    SealedByAgency,
    Signed,
    SignedByPerson,
    Stopped,
    Withdrawn,
)
from dossiers.reuse_events import (
    ComponentDigitized,
    ComponentReused,
    PaperJudged,
    PaperRevoked,
)
from dossiers.values import Fact
from dossiers.work_events import (
    NumberReserved,
    NumberVoided,
    OfficerAssigned,
    OpinionReceived,
    OpinionRequested,
    Processed,
    ProcessingRefused,
    SentBack,
    SuspensionEnded,
    SuspensionStarted,
    TransferOffered,
    Transferred,
    VerificationRecorded,
    WorkRecorded,
)

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
    | ComponentDigitized
    | ComponentReused
    | PaperJudged
    | PaperRevoked
)
PaperFact = DocumentDigitized | DocumentStateChanged
AnyFact = (
    DossierFact
    | PaperFact
    | DocumentStored
    | DocumentRead
    | ConsentGiven
    | ConsentWithdrawn
)
Discriminated = Annotated[AnyFact, Field(discriminator="type")]

__all__ = [
    "AnyFact",
    "ApologyDrafted",
    "AppointmentMoved",
    "ComponentDigitized",
    "ComponentReused",
    "ConsentGiven",
    "ConsentWithdrawn",
    "Discriminated",
    "DocumentDigitized",
    "DocumentRead",
    "DocumentStateChanged",
    "DocumentStored",
    "DossierFact",
    "Fact",
    "NumberAssigned",
    "NumberReserved",
    "NumberVoided",
    "OfficerAssigned",
    "OpinionReceived",
    "OpinionRequested",
    "OutcomeIssued",
    "OutcomePrepared",
    "PaperFact",
    "PaperIssued",
    "PaperJudged",
    "PaperRevoked",
    "Processed",
    "ProcessingRefused",
    "Received",
    "ReceptionRefused",
    "Returned",
    "Reviewed",
    "SealedByAgency",
    "SentBack",
    "Signed",
    "SignedByPerson",
    "Stopped",
    "Submitted",
    "SupplementReceived",
    "SupplementRequested",
    "SuspensionEnded",
    "SuspensionStarted",
    "TechnicallyAcknowledged",
    "TransferOffered",
    "Transferred",
    "VerificationRecorded",
    "Withdrawn",
    "WorkRecorded",
]
