"""One value of every paper, with letters and lengths that try the layout."""

from datetime import datetime

from dossiers.outcome import Entry, Outcome
from dossiers.papers import (
    ApologyLetter,
    AppointmentSlip,
    Capacity,
    Contact,
    ControlSlip,
    DossierRegister,
    HandOver,
    Paper,
    PaperComponent,
    Refusal,
    RegisterRow,
    Signatory,
    StopNotice,
    SupplementRequest,
)
from dossiers.values import LOCAL, Channel

RECEIVED = datetime(2025, 3, 5, 9, 12, tzinfo=LOCAL)
DUE = datetime(2025, 3, 19, 17, tzinfo=LOCAL)
MOVED = datetime(2025, 3, 24, 17, tzinfo=LOCAL)

OWNER = Contact(name="Đặng Hữu Ưỡng", identity="022075004321", phone="0987 654 321")
SUBMITTER = Contact(
    name="Nguyễn Thị Phượng Quỳnh",
    identity="022180001234",
    address="Tổ 5, khu 3, phường Bãi Cháy, tỉnh Quảng Ninh",
    email="quynh@example.vn",
)
COMPONENTS = (
    PaperComponent(name="Đơn đề nghị cấp giấy phép xây dựng", original=1),
    PaperComponent(name="Giấy tờ hợp pháp về đất đai", certified_copy=2, photocopy=1),
)
SHEET = {
    "parent_agency": "Ủy ban nhân dân tỉnh Quảng Ninh",
    "agency": "Trung tâm Phục vụ hành chính công tỉnh",
    "place": "Quảng Ninh",
    "issued_at": RECEIVED,
    "code": "H49.12-250305-0017",
    "procedure": "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ",
}
COUNTER = SHEET | {
    "submitter": SUBMITTER,
    "owner": OWNER,
    "officer": "Phạm Thị Ngọc Ánh",
    "officer_phone": "0203 3999 001",
}
OFFICIAL = SHEET | {
    "number": 7,
    "symbol": "GPXD-UBND",
    "signatory": Signatory(
        capacity=Capacity.DEPUTY,
        on_behalf_of="Chủ tịch",
        title="Phó Chủ tịch",
        name="Vũ Đức Hưởng",
    ),
    "recipients": ("Như trên;", "Lưu: VT, hồ sơ."),
}


def appointment_slip(**changes: object) -> AppointmentSlip:
    """Build a form 01; `changes` replace its fields."""
    return AppointmentSlip.model_validate(
        COUNTER
        | {
            "channel": Channel.DIRECT,
            "components": COMPONENTS,
            "statutory_limit": "10wd",
            "committed_limit": "7.5wd",
            "received_at": RECEIVED,
            "return_at": DUE,
            "return_method": "counter",
            "return_place": "Quầy 12",
            "lookup": "https://mot-cua.example/tra-cuu?ma=H49.12-250305-0017",
        }
        | changes
    )


def outcome(**changes: object) -> Outcome:
    """Build a granted outcome; `changes` replace its fields."""
    return Outcome.model_validate(
        OFFICIAL
        | {
            "title": "Giấy phép xây dựng",
            "holder": OWNER.name,
            "grounds": ("Căn cứ Luật Xây dựng;",),
            "entries": (Entry(label="Diện tích", text="86,4 m²"),),
            "body": ("Có hiệu lực khởi công trong 12 tháng kể từ ngày cấp.",),
            "verification_id": "7Q4K-9MXT-2BRW-HC5D",
            "lookup": "https://mot-cua.example/kiem-tra?m=7Q4K9MXT2BRWHC5D",
        }
        | changes
    )


def apology_letter() -> ApologyLetter:
    """Build a form 04."""
    return ApologyLetter.model_validate(
        OFFICIAL
        | {
            "addressee": OWNER.name,
            "received_at": RECEIVED,
            "return_at": DUE,
            "new_return_at": MOVED,
            "unit_responsible": "Sở Xây dựng",
            "reason": "Chờ ý kiến về ranh giới thửa đất.",
            "return_place": "Quầy 12",
        }
    )


def stop_notice() -> StopNotice:
    """Build a form 05."""
    return StopNotice.model_validate(
        OFFICIAL
        | {
            "addressee": OWNER.name,
            "received_at": RECEIVED,
            "stage": "Thẩm định",
            "reason": "Chủ hồ sơ đề nghị dừng.",
            "decision": "Dừng giải quyết, trả lại giấy tờ.",
            "settlement": "Hoàn trả lệ phí đã nộp: 150.000 ₫.",
        }
    )


def control_slip() -> ControlSlip:
    """Build a form 06."""
    hand_over = HandOver(
        giver="Phạm Thị Ngọc Ánh",
        giving_agency="Trung tâm",
        receiver="Bùi Văn Kỳ",
        receiving_agency="Sở Xây dựng",
        at=RECEIVED,
        pace="on_time",
    )
    return ControlSlip.model_validate(
        SHEET
        | {
            "owner": OWNER.name,
            "received_at": RECEIVED,
            "return_at": DUE,
            "handling_agency": "Sở Xây dựng",
            "hand_overs": (hand_over, hand_over.model_copy(update={"pace": None})),
        }
    )


def dossier_register() -> DossierRegister:
    """Build a form 07 of three pages."""
    row = RegisterRow(
        code="H49.12-250305-0017",
        subject="Cấp giấy phép xây dựng",
        owner=SUBMITTER,
        received_at=RECEIVED,
        return_at=None,
        officer="Phạm Thị Ngọc Ánh",
    )
    return DossierRegister(
        agency="Trung tâm",
        place="Quảng Ninh",
        issued_at=DUE,
        book="01/2025",
        from_at=RECEIVED,
        to_at=DUE,
        rows=(row,) * 40,
    )


def every_paper() -> dict[str, Paper | Outcome]:
    """Build all papers by their form."""
    request = COUNTER | {"components": COMPONENTS, "reason": "Thiếu chữ ký."}
    refused = COUNTER | {"reason": "Không thuộc trường hợp cấp phép."}
    papers: tuple[Paper | Outcome, ...] = (
        appointment_slip(),
        SupplementRequest.model_validate(request | {"stage": "appraisal"}),
        Refusal.model_validate(refused | {"stage": "reception", "owner": SUBMITTER}),
        apology_letter(),
        stop_notice(),
        control_slip(),
        dossier_register(),
        outcome(),
    )
    return {paper.form: paper for paper in papers}
