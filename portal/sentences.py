"""Events as sentences, for the timeline: Vietnamese first, English second."""

from datetime import datetime

from dossiers.envelope import Event
from dossiers.values import local
from portal.output import say

_SENTENCES = {
    "submitted": ("nộp hồ sơ", "submitted"),
    "technically-acknowledged": ("kiểm tra kỹ thuật, báo đã nhận", "acknowledged"),
    "supplement-requested": ("yêu cầu bổ sung giấy tờ", "asked for a supplement"),
    "supplement-received": ("nhận giấy tờ bổ sung", "supplement came"),
    "reception-refused": ("từ chối tiếp nhận", "refused to receive"),
    "received": ("tiếp nhận, hẹn trả kết quả", "received"),
    "paper-issued": ("lập mẫu", "issued form"),
    "transfer-offered": ("chuyển hồ sơ", "offered the transfer"),
    "transferred": ("nhận bàn giao", "transferred"),
    "officer-assigned": ("phân công lại", "assigned"),
    "work-recorded": ("thực hiện công việc", "worked"),
    "verification-recorded": ("thẩm tra, xác minh", "verified"),
    "opinion-requested": ("lấy ý kiến", "asked for an opinion"),
    "opinion-received": ("nhận ý kiến", "got an opinion"),
    "suspension-started": ("tạm dừng có căn cứ", "suspended"),
    "suspension-ended": ("tiếp tục", "resumed"),
    "processing-refused": ("thẩm định: không đủ điều kiện", "not eligible"),
    "number-reserved": ("giữ số văn bản", "reserved the number"),
    "number-voided": ("hủy số đã giữ", "voided the number"),
    "processed": ("xử lý xong, trình ký", "processed"),
    "outcome-prepared": ("in dự thảo kết quả", "prepared the outcome"),
    "sent-back": ("trả lại dự thảo", "sent back"),
    "reviewed": ("xem đúng bản trình", "reviewed"),
    "signed-by-person": ("người có thẩm quyền ký số", "signed by the person"),
    "number-assigned": ("vào sổ số văn bản", "registered the number"),
    "sealed-by-agency": ("đóng dấu cơ quan", "sealed by the agency"),
    "signed": ("ký số xong", "signing done"),
    "outcome-issued": ("phát hành, lưu kho của chủ hồ sơ", "issued"),
    "returned": ("trả kết quả", "returned"),
    "apology-drafted": ("xin lỗi vì chậm", "apologized"),
    "appointment-moved": ("hẹn lại ngày trả", "moved the appointment"),
    "withdrawn": ("rút hồ sơ", "withdrawn"),
    "stopped": ("dừng giải quyết", "stopped"),
    "component-digitized": ("đối chiếu, đánh dấu số hóa", "digitized"),
    "component-reused": ("dùng lại giấy tờ trong kho", "reused papers"),
    "paper-judged": ("xem giấy tờ cách ly", "judged a doubtful file"),
    "paper-revoked": ("giấy tờ đã dùng bị thu hồi", "a paper was revoked"),
}
_DETAILS = (
    "form",
    "activity",
    "component",
    "verdict",
    "reason",
    "ground",
    "number",
    "due_at",
    "method",
)


def sentence(event: Event) -> str:
    """Say who did what; details in brackets."""
    return f"{event.actor.id}: {say(*sentences(event))}"


def sentences(event: Event) -> tuple[str, str]:
    """Say what was done, in Vietnamese and in English; details in brackets."""
    short = event.fact.type.split(".")[-2]
    content = event.fact.model_dump()
    told = [_shown(content[name]) for name in _DETAILS if content.get(name)]
    details = f" ({'; '.join(told)})" if told else ""
    vi, en = _SENTENCES.get(short, (short, short))
    return f"{vi}{details}", f"{en}{details}"


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{local(value):%H:%M %d/%m/%Y}"
    return str(value)


KNOWN = frozenset(_SENTENCES)
"""Every short event name that has a sentence; a test compares it with the union."""
