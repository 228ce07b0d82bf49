"""Fill the legal papers of a dossier from its state, its procedure and the register."""

import json
from dataclasses import dataclass
from datetime import datetime

from dossiers.change import Private
from dossiers.dossier import Dossier
from dossiers.errors import FaultError
from dossiers.events import ApologyDrafted, PaperIssued
from dossiers.outcome import Entry, Outcome
from dossiers.papers import (
    ApologyLetter,
    AppointmentSlip,
    Capacity,
    Contact,
    PaperComponent,
    Refusal,
    Signatory,
    SupplementRequest,
)
from dossiers.parties import Agency, Officer
from dossiers.ports import NewDocument, Person
from dossiers.procedure import Procedure
from steps.act import Scene
from steps.office import Office

PARTIES = "parties"
PDF = "application/pdf"


def parties_field(applicant: Person, owner: Person, salt: bytes) -> Private:
    """Make the private field of the two persons, in canonical JSON."""
    content = {
        "applicant": applicant.model_dump(),
        "owner": owner.model_dump(),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return Private(PARTIES, text.encode(), salt)


@dataclass(frozen=True, slots=True)
class File:
    """What a paper needs to know of one dossier."""

    dossier: Dossier
    procedure: Procedure
    agency: Agency
    officer: Officer
    applicant: Person
    owner: Person
    lookup: str

    def sheet(self, at: datetime) -> dict[str, object]:
        """Fill what heads every paper."""
        return {
            "agency": self.agency.name,
            "place": self.agency.place,
            "issued_at": at,
            "code": self.dossier.code,
            "procedure": f"{self.procedure.name} ({self.procedure.code})",
        }

    def counter(self, at: datetime) -> dict[str, object]:
        """Fill what stands on every form of the counter."""
        return self.sheet(at) | {
            "submitter": contact(self.applicant),
            "owner": contact(self.owner),
            "officer": self.officer.name,
            "officer_phone": self.officer.phone,
        }


def contact(person: Person) -> Contact:
    """Name a person as the papers do."""
    return Contact(
        name=person.name,
        identity=person.id_number,
        address=person.address,
        phone=person.phone,
        email=person.email,
    )


def open_file(office: Office, dossier: Dossier, officer: str | None = None) -> File:
    """Read what the papers of a dossier need; erased persons are a FaultError."""
    register = office.offices.current()
    content = office.dossiers.private(dossier.id, PARTIES)
    if content is None:
        text = f"dữ liệu cá nhân của hồ sơ {dossier.code} đã bị hủy, không in được"
        raise FaultError(text, f"the persons of {dossier.code} were erased: no paper")
    parties = json.loads(content)
    return File(
        dossier=dossier,
        procedure=office.procedures.version(dossier.procedure_version),
        agency=register.agency(dossier.receiving_agency),
        officer=register.officer(officer or dossier.counter_officer),
        applicant=Person(**parties["applicant"]),
        owner=Person(**parties["owner"]),
        lookup=office.lookup,
    )


def components(file: File) -> tuple[PaperComponent, ...]:
    """List the papers handed in, by the catalogue's names."""
    names = {c.code: c.name for c in file.procedure.components}
    return tuple(
        PaperComponent(
            name=names.get(c.code, c.code), original=c.original, photocopy=c.copy_
        )
        for c in file.dossier.components
    )


def appointment_slip(file: File, at: datetime, leaf: bytes) -> AppointmentSlip:
    """Fill form 01; its QR is address, code and 16 bytes of the leaf of `received`."""
    dossier = file.dossier
    clock = dossier.clock
    if clock is None:
        raise AssertionError(dossier.id)  # unreachable: printed after `received`
    return AppointmentSlip.model_validate(
        file.counter(at)
        | {
            "channel": dossier.channel,
            "components": components(file),
            "statutory_limit": clock.statutory_limit,
            "committed_limit": clock.committed_limit,
            "received_at": dossier.received_at or at,
            "return_at": clock.appointed_at,
            "provisional": clock.provisional,
            "return_method": "counter",
            "return_place": file.agency.address or file.agency.name,
            "lookup": f"{file.lookup}?ma={dossier.code}&l={leaf[:16].hex()}",
        }
    )


def supplement_request(
    file: File, at: datetime, *, stage: str, codes: tuple[str, ...], reason: str
) -> SupplementRequest:
    """Fill form 02 with the papers asked for."""
    names = {c.code: c for c in file.procedure.components}
    wanted = tuple(
        PaperComponent(
            name=names[code].name if code in names else code,
            original=names[code].original if code in names else 1,
        )
        for code in codes
    )
    return SupplementRequest.model_validate(
        file.counter(at) | {"stage": stage, "components": wanted, "reason": reason}
    )


def refusal(file: File, at: datetime, *, stage: str, reason: str) -> Refusal:
    """Fill form 03 with the legal reason."""
    return Refusal.model_validate(
        file.counter(at)
        | {
            "stage": stage,
            "reason": reason,
            "submitted_at": file.dossier.submitted_at,
        }
    )


def signatory(officer: Officer, agency: Agency) -> Signatory:
    """Write in whose place an officer signs."""
    capacity = Capacity(officer.capacity)
    return Signatory(
        capacity=capacity,
        on_behalf_of=agency.name if capacity is not Capacity.OWN else "",
        title=officer.position,
        name=officer.name,
    )


def apology(
    file: File, at: datetime, signer: Officer, drafted: ApologyDrafted
) -> ApologyLetter:
    """Fill form 04 with the old and the new appointment."""
    dossier = file.dossier
    clock = dossier.clock
    if clock is None:
        raise AssertionError(dossier.id)  # unreachable: only received ones are late
    return ApologyLetter.model_validate(
        file.sheet(at)
        | {
            "number": drafted.number,
            "symbol": drafted.symbol,
            "signatory": signatory(signer, file.agency),
            "addressee": file.applicant.name,
            "received_at": dossier.received_at or at,
            "return_at": clock.appointed_at,
            "new_return_at": drafted.new_due_at,
            "unit_responsible": dossier.unit or file.agency.name,
            "reason": drafted.reason,
            "return_place": file.agency.address or file.agency.name,
        }
    )


def outcome(
    file: File, at: datetime, *, signer: Officer, agency: Agency, verification_id: str
) -> Outcome:
    """Fill the outcome: number and QR stand on it before the first signature."""
    dossier = file.dossier
    number = dossier.number
    if number is None:
        raise AssertionError(dossier.id)  # unreachable: reserved with `processed`
    granted = dossier.decision == "granted"
    entries = (
        Entry(label="Số giấy tờ", text=file.owner.id_number),
        Entry(label="Địa chỉ", text=file.owner.address or "-"),
        Entry(label="Thủ tục", text=file.procedure.name),
    )
    grounds = tuple(f"Căn cứ {one.code}" for one in file.procedure.legal_bases[:3])
    why = (f"Lý do: {dossier.reason}",) if dossier.reason else ()
    named = {one.code: one.name for one in file.procedure.results}
    title = named.get(dossier.result or "", "Quyết định").strip(" -.")[:160]
    if not granted and dossier.result not in named:
        title = "Thông báo từ chối giải quyết hồ sơ"
    verdict = "Chấp thuận đề nghị" if granted else "Không chấp thuận đề nghị"
    return Outcome.model_validate(
        file.sheet(at)
        | {"agency": agency.name, "place": agency.place}
        | {
            "number": number.number,
            "symbol": number.symbol,
            "signatory": signatory(signer, agency),
            "title": title,
            "holder": file.owner.name,
            "grounds": grounds,
            "entries": entries,
            "body": (f"{verdict} theo hồ sơ {dossier.code}.", *why),
            "verification_id": verification_id,
            "recipients": (file.owner.name,),
            "lookup": f"{file.lookup}?ma={dossier.code}&v={verification_id}",
        }
    )


def issue(office: Office, scene: Scene, pdf: bytes, *, form: str) -> PaperIssued:
    """Store a form and say so; the same command stores it once."""
    dossier = scene.dossier
    document = office.documents.put(
        pdf,
        NewDocument(
            upload=f"{scene.command}:{form}:v{dossier.version}",
            owner=dossier.owner,
            type_code=f"form-{form}",
            media_type=PDF,
            at=scene.at,
            source_dossier=dossier.id,
        ),
    )
    return PaperIssued(form=form, document=document.id, sha256=document.sha256)
