"""Why a message is not taken in: a code for programs, two sentences for people."""

from dataclasses import dataclass
from enum import StrEnum

from dossiers.errors import (
    DossierError,
    IllegalTransitionError,
    NotFoundError,
    RefusedError,
)


class Reason(StrEnum):
    """Stable code of why a message is not taken in."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    NOT_JSON = "not-json"
    NOT_A_CLOUD_EVENT = "not-a-cloud-event"
    TYPE_UNKNOWN = "type-unknown"
    NAME_MALFORMED = "name-malformed"
    REFERENCE_OUTSIDE = "reference-outside"
    REFERENCE_MISSING = "reference-missing"
    REFERENCE_DIFFERS = "reference-differs"
    REFERENCE_TOO_LONG = "reference-too-long"
    KEY_UNKNOWN = "key-unknown"
    NOT_OPENED = "not-opened"
    CONTENT_MALFORMED = "content-malformed"
    PROCEDURE_UNKNOWN = "procedure-unknown"
    PROCEDURE_AMBIGUOUS = "procedure-ambiguous"
    AGENCY_UNKNOWN = "agency-unknown"
    CHANNEL_CLOSED = "channel-closed"
    COMPONENT_UNKNOWN = "component-unknown"
    FILE_REJECTED = "file-rejected"
    DOSSIER_UNKNOWN = "dossier-unknown"
    NOT_OPEN = "not-open"
    RULE = "rule"
    ID_USED = "id-used"
    FAULT = "fault"
    UNFORESEEN = "unforeseen"


_SAID: dict[Reason, tuple[str, str]] = {
    Reason.EMPTY: (
        "Bản ghi rỗng; hãy gửi một CloudEvents dạng JSON.",
        "The record is empty; send a CloudEvent as JSON.",
    ),
    Reason.TOO_LONG: (
        "Bản ghi dài hơn 1 MB; hãy để nội dung vào kho và gửi tham chiếu.",
        "The record is longer than 1 MB; put the content into the store, refer to it.",
    ),
    Reason.NOT_JSON: (
        "Bản ghi không phải JSON; hãy gửi CloudEvents 1.0 dạng cấu trúc (JSON).",
        "The record is not JSON; send CloudEvents 1.0 in structured mode.",
    ),
    Reason.NOT_A_CLOUD_EVENT: (
        "Phong bì CloudEvents thiếu hoặc sai trường; xem lược đồ trong asyncapi.json.",
        "The CloudEvents envelope lacks a field or has a wrong one; see asyncapi.json.",
    ),
    Reason.TYPE_UNKNOWN: (
        "Không nhận loại sự kiện này; xem các loại trong asyncapi.json.",
        "This type of event is not taken; see the types in asyncapi.json.",
    ),
    Reason.NAME_MALFORMED: (
        "source hoặc id quá dài hoặc có ký tự lạ; dùng chữ không dấu, số, dấu của URI.",
        "source or id is too long or has odd characters; use those of a URI.",
    ),
    Reason.REFERENCE_OUTSIDE: (
        "Tham chiếu phải nằm trong intake/; hãy tải lên đó rồi gửi lại.",
        "A reference must lie below intake/; upload it there and send again.",
    ),
    Reason.REFERENCE_MISSING: (
        "Không có tệp được tham chiếu; hãy tải tệp lên trước rồi mới gửi.",
        "There is no such object; upload it first, then send.",
    ),
    Reason.REFERENCE_DIFFERS: (
        "Tệp được tham chiếu không khớp mã băm SHA-256; hãy tải lại.",
        "The object is not the one whose SHA-256 was given; upload it again.",
    ),
    Reason.REFERENCE_TOO_LONG: (
        "Tệp được tham chiếu quá lớn; hãy tách hồ sơ hoặc quét nhẹ hơn.",
        "The object is too large; split it or scan at a lower resolution.",
    ),
    Reason.KEY_UNKNOWN: (
        "Niêm phong bằng khóa lạ; lấy khóa hiện nay: nambuoc events intake-key.",
        "Sealed to a foreign key; the present one: nambuoc events intake-key.",
    ),
    Reason.NOT_OPENED: (
        "Không mở được niêm phong; dùng JWE compact, ECDH-ES+A256KW, A256GCM.",
        "The seal does not open; use a compact JWE, ECDH-ES+A256KW, A256GCM.",
    ),
    Reason.CONTENT_MALFORMED: (
        "Nội dung bên trong sai mẫu{}; sửa rồi gửi với id mới.",
        "The content has not the right shape{}; put it right, send it with a new id.",
    ),
    Reason.PROCEDURE_UNKNOWN: (
        "Không có thủ tục này, hoặc chưa công bố; xem lại mã thủ tục.",
        "There is no such procedure in force; look at its code.",
    ),
    Reason.PROCEDURE_AMBIGUOUS: (
        "Mã thủ tục có ở nhiều nơi ban hành; hãy viết MÃ@NƠI_BAN_HÀNH.",
        "Several issuers have this procedure code; write CODE@ISSUER.",
    ),
    Reason.AGENCY_UNKNOWN: (
        "Không có cơ quan tiếp nhận này, hoặc nơi đó không có quầy.",
        "There is no such receiving agency, or it has no counter.",
    ),
    Reason.CHANNEL_CLOSED: (
        "Thủ tục chưa công bố kênh nộp này; hãy chọn kênh khác.",
        "The procedure is not open for this channel; choose another.",
    ),
    Reason.COMPONENT_UNKNOWN: (
        "Có thành phần không thuộc thủ tục; xem lại mã thành phần.",
        "A component does not belong to the procedure; look at the codes.",
    ),
    Reason.FILE_REJECTED: (
        "Không nhận tệp của thành phần {}; hãy quét lại rồi gửi với id mới.",
        "The file of component {} is refused; scan it again, send it with a new id.",
    ),
    Reason.DOSSIER_UNKNOWN: (
        "Không có hồ sơ này; xem lại mã hồ sơ.",
        "There is no such dossier; look at its code.",
    ),
    Reason.NOT_OPEN: (
        "Hồ sơ hiện không chờ bổ sung; không nhận giấy tờ lúc này.",
        "The dossier does not wait for papers now; nothing was taken.",
    ),
    Reason.RULE: (
        "Không được theo quy tắc [{}].",
        "Refused by rule [{}].",
    ),
    Reason.ID_USED: (
        "source và id này đã dùng cho nội dung khác; hãy dùng id mới.",
        "This source and id were used for other bytes; take a new id.",
    ),
    Reason.FAULT: (
        "Hệ thống không ghi được riêng tin này; người vận hành đã được báo.",
        "The engine cannot record this very message; its operator was told.",
    ),
    Reason.UNFORESEEN: (
        "Tin này làm hỏng việc xử lý; người vận hành đã được báo.",
        "This message broke its own treatment; the operator was told.",
    ),
}
"""Each reason with what it means in Vietnamese and English; `{}` is a word of ours."""


@dataclass(frozen=True, slots=True)
class Name:
    """Who sent a message and what he calls it: together, once for ever."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a message was not taken, and whose it is when that could be read."""

    reason: str
    vi: str
    en: str
    name: Name | None


class NotTakenError(RefusedError):
    """A message that is refused, for a reason of ours."""

    def __init__(
        self, reason: Reason, about: str = "", en: str = "", *, name: Name | None = None
    ) -> None:
        """Fill a word of ours into the sentences; `en` when it differs in English."""
        vi, english = _SAID[reason]
        super().__init__(vi.format(about), english.format(en or about), rule=reason)
        self.name = name

    @property
    def grounds(self) -> Grounds:
        """What is told of it."""
        return Grounds(self.rule, self.vi, self.en, self.name)


def why(error: DossierError) -> NotTakenError:
    """
    Say why the steps refused, without their sentences: those quote what they got.

    Only the name of a rule is ours, and may stand there.
    """
    if isinstance(error, NotTakenError):
        return error
    if isinstance(error, IllegalTransitionError):
        return NotTakenError(Reason.NOT_OPEN)
    if isinstance(error, RefusedError):
        return NotTakenError(Reason.RULE, error.rule or "?")
    if isinstance(error, NotFoundError):
        return NotTakenError(Reason.DOSSIER_UNKNOWN)
    return NotTakenError(Reason.CONTENT_MALFORMED)
