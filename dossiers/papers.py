"""
The legal forms as frozen values (TT 03/2025/TT-VPCP, forms 01 to 07).

They carry personal fields in clear: the caller reads them from the private fields,
hands the value to the printer, and never writes it into an event.
"""

import unicodedata
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dossiers.values import Channel, Instant, Value


def printable(text: str) -> str:
    """Compose the letters (NFC) and drop what no paper can show: control, bidi."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    composed = unicodedata.normalize("NFC", spaced)
    return "".join(
        char for char in composed if unicodedata.category(char)[0] != "C"
    ).strip()


Line = Annotated[str, AfterValidator(printable)]
LimitCode = Annotated[
    str, Field(pattern=r"^([0-9]+(\.[0-9]+)?(wd|wh|h)|[0-9]+(d|mo))$")
]
Lookup = Annotated[str, Field(min_length=1, max_length=300)]


class Capacity(StrEnum):
    """In whose place a person signs (NĐ 30/2020/NĐ-CP Đ13)."""

    OWN = ""
    COLLECTIVE = "TM."
    DEPUTY = "KT."
    BY_ORDER = "TL."
    BY_AUTHORIZATION = "TUQ."
    ACTING = "Q."


class Signatory(Value):
    """Who signs: `TM. ỦY BAN NHÂN DÂN` above `CHỦ TỊCH` above the name."""

    capacity: Capacity = Capacity.OWN
    on_behalf_of: Line = ""
    title: Line
    name: Line


class Contact(Value):
    """How a paper names a person or an organization; an empty field is not printed."""

    name: Line
    identity: Line = ""
    address: Line = ""
    phone: Line = ""
    email: Line = ""


class PaperComponent(Value):
    """One component on a form, with its three counts (chính, chứng thực, chụp)."""

    name: Line
    original: int = Field(default=0, ge=0)
    certified_copy: int = Field(default=0, ge=0)
    photocopy: int = Field(default=0, ge=0)


class Sheet(Value):
    """What heads every paper: the agency, the dossier, the place, the instant."""

    parent_agency: Line = ""
    agency: Line
    place: Line
    issued_at: Instant
    code: Line
    procedure: Line
    subject: Line = ""


class CounterSheet(Sheet):
    """A form that the counter officer signs; it names applicant and owner."""

    submitter: Contact
    owner: Contact
    officer: Line
    officer_phone: Line = ""
    website: Line = ""
    book: Line = ""
    serial: Line = ""


class AppointmentSlip(CounterSheet):
    """Form 01: dossier received, result promised (giấy tiếp nhận và hẹn trả)."""

    form: Literal["01"] = "01"
    channel: Channel
    components: tuple[PaperComponent, ...]
    sets: int = Field(default=1, ge=1)
    statutory_limit: LimitCode
    committed_limit: LimitCode | None = None
    received_at: Instant
    return_at: Instant
    second_phase: tuple[Instant, Instant] | None = None
    provisional: bool = False
    return_method: Literal["counter", "online", "post"]
    return_place: Line
    lookup: Lookup


class SupplementRequest(CounterSheet):
    """Form 02: what must be completed and why (phiếu yêu cầu bổ sung)."""

    form: Literal["02"] = "02"
    stage: Literal["reception", "appraisal"]
    components: tuple[PaperComponent, ...]
    reason: Line


class Refusal(CounterSheet):
    """Form 03: refused, with the legal reason (phiếu từ chối)."""

    form: Literal["03"] = "03"
    stage: Literal["reception", "processing"]
    reason: Line
    legal_ground: Line = ""
    submitted_at: Instant | None = None


class OfficialSheet(Sheet):
    """A numbered official document: person's signature, then the agency's seal."""

    number: int = Field(ge=1)
    symbol: Line
    signatory: Signatory
    recipients: tuple[Line, ...] = ()


class ApologyLetter(OfficialSheet):
    """Form 04: apology and new appointment, once (NĐ 61/2018/NĐ-CP Đ19.9)."""

    form: Literal["04"] = "04"
    addressee: Line
    received_at: Instant
    return_at: Instant
    new_return_at: Instant
    unit_responsible: Line
    reason: Line
    return_place: Line


class StopNotice(OfficialSheet):
    """Form 05: processing stops before an outcome exists (thông báo dừng)."""

    form: Literal["05"] = "05"
    addressee: Line
    received_at: Instant
    stage: Line
    reason: Line
    decision: Line
    settlement: Line = ""


class HandOver(Value):
    """One hand-over on the control slip; `pace` is unknown while the step is open."""

    giver: Line
    giving_agency: Line
    receiver: Line
    receiving_agency: Line
    at: Instant
    pace: Literal["early", "on_time", "late"] | None = None
    note: Line = ""


class ControlSlip(Sheet):
    """Form 06: every hand-over in its order (phiếu kiểm soát quá trình)."""

    form: Literal["06"] = "06"
    owner: Line
    book: Line = ""
    serial: Line = ""
    received_at: Instant
    return_at: Instant | None
    handling_agency: Line
    assisting_agencies: tuple[Line, ...] = ()
    hand_overs: tuple[HandOver, ...]


class RegisterRow(Value):
    """One dossier in the register."""

    code: Line
    subject: Line
    sets: int = Field(default=1, ge=1)
    owner: Contact
    received_at: Instant | None
    return_at: Instant | None
    result_at: Instant | None = None
    returned_by: Line = ""
    received_by: Line = ""
    officer: Line
    locality: Line = ""
    note: Line = ""


class DossierRegister(Value):
    """Form 07: the register of dossiers of one counter (sổ theo dõi hồ sơ)."""

    form: Literal["07"] = "07"
    parent_agency: Line = ""
    agency: Line
    place: Line
    issued_at: Instant
    book: Line
    from_at: Instant
    to_at: Instant
    rows: tuple[RegisterRow, ...]


Paper = (
    AppointmentSlip
    | SupplementRequest
    | Refusal
    | ApologyLetter
    | StopNotice
    | ControlSlip
    | DossierRegister
)
