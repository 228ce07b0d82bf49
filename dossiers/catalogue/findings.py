"""What an import has to say: findings on a draft, and refusals of a line."""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Literal

_SHOWN = 300


@unique
class Kind(Enum):
    """What was found on a record; Vietnamese and English sentence of each."""

    # limits
    LIMIT_TEXT = "thời hạn chỉ có bằng lời", "the limit is given in words only"
    LIMIT_UNIT_OTHER = (
        "đơn vị thời hạn là OTHER; con số chưa rõ đơn vị",
        "the unit is OTHER: a number without a unit",
    )
    LIMIT_UNIT_UNKNOWN = "đơn vị thời hạn lạ", "unknown unit of a limit"
    LIMIT_STRING = "thời hạn là chuỗi, đã đọc thành số", "a limit as text, read"
    LIMIT_FRACTION = (
        "ngày, tháng lịch không có số lẻ",
        "calendar days and months have no fractions",
    )
    LIMIT_IMPLAUSIBLE = "thời hạn không hợp lý", "implausible limit"
    LIMIT_HOURS = (
        "giờ: hiểu là giờ đồng hồ; cần người xác nhận",
        "hours: read as clock hours; a person must confirm",
    )
    LIMIT_SAME_DAY = "0 nghĩa là trong ngày", "0 means the same day"
    LIMIT_SEVERAL = "một kênh có nhiều thời hạn", "several limits for one channel"
    LIMIT_BETWEEN_CHANNELS = (
        "thời hạn khác nhau giữa các kênh",
        "the limit differs between channels",
    )
    LIMIT_CASE_DISAGREES = (
        "thời hạn của trường hợp khác thời hạn của kênh",
        "a case's limit is none of the channels'",
    )
    CASE_REPEATED = "mã trường hợp lặp lại", "a case code stands twice"
    CASE_CODE = "mã trường hợp sai dạng", "malformed case code"
    CASE_MISSING = "không có trường hợp nào", "no legal case"
    CASE_COMPONENTS = (
        "trường hợp có thành phần riêng, chưa được đọc",
        "a case carries components of its own, which are not read",
    )
    # channels
    CHANNEL_UNKNOWN = "kênh thực hiện lạ, bỏ dòng này", "unknown channel, row not used"
    CHANNEL_REPEATED = "kênh được kê nhiều lần", "a channel is listed several times"
    CHANNEL_MISSING = "không có kênh thực hiện", "no channel"
    # fees
    FEE_ZERO_WITH_TEXT = (
        "phí 0 kèm lời: chưa biết, không phải miễn phí",
        "0 with a text: unknown, not free",
    )
    FEE_ZERO = "phí 0, không giải thích", "0 without an explanation"
    FEE_MISSING = "không có mức phí", "no amount"
    FEE_NO_ROWS = "kênh không kê phí", "a channel without fee rows"
    FEE_KIND = "loại phí lạ", "unknown kind of fee"
    FEE_CURRENCY = "không ghi loại tiền", "no currency named"
    FEE_CURRENCY_UNKNOWN = "loại tiền lạ", "unknown currency"
    FEE_CONTRADICTORY = "phí mâu thuẫn", "contradictory fees"
    FEE_AMOUNT = "mức phí không phải số nguyên không âm", "no whole amount ≥ 0"
    FEE_ATTACHMENT = "biểu phí nằm trong tệp đính kèm", "fees stand in an attachment"
    # components
    COMPONENT_NOTE = "số lượng 0/0: ghi chú, không phải giấy tờ", "0/0: a note"
    COMPONENT_QUANTITY = "số lượng sai, hiểu là 0", "bad quantity, read as 0"
    COMPONENT_NO_CODE = "thành phần không có mã", "component without a code"
    COMPONENT_NO_NAME = "thành phần không có tên", "component without a name"
    COMPONENT_REPEATED = "mã thành phần lặp trong nhóm", "code twice in one group"
    COMPONENT_IN_GROUPS = "mã đứng ở nhiều nhóm", "a code stands in several groups"
    COMPONENT_REQUIRED = (
        "chưa rõ giấy tờ nào bắt buộc",
        "which papers are required is not said",
    )
    COMPONENT_OUTCOME_FLAG = (
        "không ghi có phải kết quả TTHC khác",
        "not said whether it is another procedure's result",
    )
    COMPONENT_NONE = "không có giấy tờ nào", "no paper is listed"
    GROUP_EMPTY = "nhóm rỗng", "empty group"
    GROUP_NOTES_ONLY = "nhóm chỉ có ghi chú", "a group of notes only"
    GROUP_NO_NAME = "nhóm không tên", "group without a name"
    GROUP_ALTERNATIVES = (
        "các nhóm là lựa chọn theo trường hợp",
        "the groups are alternatives by case",
    )
    # results, law, bodies
    RESULT_NONE = "không có kết quả", "no result"
    RESULT_SEVERAL = "nhiều kết quả", "several results"
    RESULT_REFUSAL = "kết quả là văn bản từ chối", "a result is a refusal"
    RESULT_CODE = "mã kết quả trống", "result without a code"
    LEGAL_BASIS_NONE = "không có căn cứ pháp lý", "no legal basis"
    LEGAL_BASIS_DATES = (
        "căn cứ pháp lý không có hiệu lực",
        "legal bases carry no dates of validity",
    )
    FIELD_NONE = "không có lĩnh vực", "no field"
    FIELD_SEVERAL = "nhiều lĩnh vực, lấy cái đầu", "several fields, the first is used"
    DECISION_NONE = "không có quyết định công bố", "no publishing decision"
    DECISION_DATE = "ngày của quyết định trống hoặc sai", "no proper date of decision"
    ISSUER_NONE = "không có cơ quan ban hành", "no issuing agency"
    ISSUER_CODE = "mã cơ quan ban hành sai dạng", "malformed code of the issuer"
    COMPETENT_NONE = "không ghi cơ quan có thẩm quyền", "no competent agency"
    EXECUTING_NONE = "không ghi cơ quan thực hiện", "no executing agency"
    LEVEL_NONE = "không ghi cấp thực hiện", "no level"
    LEVEL_SEVERAL = "nhiều cấp thực hiện", "several levels"
    ONLINE_CONTRADICTORY = (
        "toàn trình hay trực tiếp mâu thuẫn với kênh",
        "full-online or offline-only contradicts the channels",
    )
    DELIVERY_NONE = "không ghi cách trả kết quả", "no way of return named"
    APPLICANT_NONE = "không ghi đối tượng", "no kind of applicant"
    # identity and shape
    CODE_BLANKS = "mã thủ tục thừa dấu cách", "blanks around the code"
    CODE_NOTATION = "code khác codeNotation", "code is not codeNotation"
    STATE_UNKNOWN = "trạng thái lạ", "unknown state"
    TYPE_UNKNOWN = "loại thủ tục lạ", "unknown type"
    RECORD_REPEATED = "mã và cơ quan này đã có ở dòng trước", "seen on an earlier line"
    KEY_UNKNOWN = "khóa lạ, không đọc", "unknown key, not read"
    KEY_UNREAD = "khóa này thường rỗng, nay có nội dung", "usually empty, not read"
    KEY_MISSING = "thiếu khóa", "missing key"
    TYPE_WRONG = "kiểu dữ liệu sai, coi như trống", "wrong type, read as empty"
    NAME_LENGTH = "quá dài, đã cắt", "too long, cut"
    # text
    TEXT_NOT_NFC = "chữ chưa ở dạng NFC", "text is not in NFC"
    TEXT_BLANKS = "dấu cách thừa hoặc lạ (NBSP, tab, xuống dòng)", "odd blanks"
    TEXT_INVISIBLE = "ký tự vô hình", "invisible characters"
    TEXT_BROKEN = "ký tự hỏng, thay bằng U+FFFD", "broken characters, now U+FFFD"
    BYTE_ORDER_MARK = "có dấu BOM ở đầu", "begins with a byte order mark"

    @property
    def slug(self) -> str:
        """Name it in JSON: `fee-zero-with-text`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a drafted record that a person should know."""

    line: int
    code: str
    field: str
    kind: Kind
    value: str = ""

    def text(self, lang: Literal["vi", "en"] = "vi") -> str:
        """Say it in one sentence, with what was found."""
        vi, en = self.kind.value
        sentence = vi if lang == "vi" else en
        return f"{sentence}: {self.value[:_SHOWN]}" if self.value else sentence


@unique
class Reason(Enum):
    """Why a line is refused; Vietnamese and English sentence of each."""

    EMPTY_LINE = "dòng trống", "empty line"
    TOO_LONG = "dòng dài quá giới hạn", "the line is longer than the limit"
    TOO_LARGE = "tệp giải nén quá lớn; dừng ở đây", "file too large; stopped here"
    COMPRESSION = (
        "dữ liệu nén bị cụt hoặc hỏng từ dòng này; hãy tải lại tệp",
        "compressed content ends or breaks here; fetch the file again",
    )
    NOT_UTF8 = "không phải UTF-8", "not UTF-8"
    NOT_JSON = "không phải JSON", "not JSON"
    TOO_DEEP = "lồng quá sâu", "nested too deeply"
    NOT_A_NUMBER = "NaN hoặc Infinity không phải JSON", "NaN or Infinity: not JSON"
    REPEATED_KEY = "một khóa lặp lại, không rõ cái nào đúng", "a key stands twice"
    NOT_AN_OBJECT = "không phải một bản ghi (object)", "not an object"
    NO_CODE = "không có mã thủ tục", "no procedure code"
    BAD_CODE = "mã thủ tục sai dạng", "malformed procedure code"
    NO_NAME = "không có tên thủ tục", "no name"
    TOO_MANY_ROWS = "quá nhiều dòng trong một danh sách", "too many rows in a list"

    @property
    def slug(self) -> str:
        """Name it in JSON: `not-json`."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that gives no procedure: its number, the code if legible, and why."""

    line: int
    code: str
    reason: Reason
    detail: str = ""

    def text(self, lang: Literal["vi", "en"] = "vi") -> str:
        """Say in one sentence what is wrong with the line."""
        vi, en = self.reason.value
        sentence = vi if lang == "vi" else en
        return f"{sentence}: {self.detail[:_SHOWN]}" if self.detail else sentence
