"""The ports a step may touch, and nothing else."""

from dataclasses import dataclass

from dossiers.ports import (
    Calendars,
    Clock,
    Documents,
    Dossiers,
    Ids,
    Offices,
    Persons,
    Printer,
    Procedures,
    Signer,
    Verifier,
)


@dataclass(frozen=True, slots=True)
class Office:
    """One office at work; `lookup` is the public address printed in QR codes."""

    dossiers: Dossiers
    documents: Documents
    procedures: Procedures
    calendars: Calendars
    offices: Offices
    persons: Persons
    clock: Clock
    ids: Ids
    printer: Printer
    signer: Signer
    verifier: Verifier
    lookup: str
