"""
What the intake says of a file: a verdict and its reasons, each with a stable code.

`reject` is final, `quarantine` means that a person looks, `accept` binds. The worst
finding decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

LARGEST = 25 * 1024 * 1024
MOST_PAGES = 500


class Verdict(StrEnum):
    """Accept, keep apart until a person looked, or refuse."""

    ACCEPT = "accept"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def exit_code(self) -> int:
        """Exit code of `nambuoc store check`."""
        return {"accept": 0, "quarantine": 8, "reject": 4}[self]


class Kind(StrEnum):
    """Stable code of a finding."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TYPE_NOT_ALLOWED = "type-not-allowed"
    NAME_DISAGREES = "name-disagrees"
    DECLARED_DISAGREES = "declared-type-disagrees"
    BYTES_BEFORE = "bytes-before"
    BYTES_AFTER = "bytes-after"
    SECOND_FORMAT = "second-format"
    JAVASCRIPT = "javascript"
    LAUNCH = "launch"
    AUTOMATIC_ACTION = "automatic-action"
    OPEN_ACTION = "open-action"
    RICH_MEDIA = "rich-media"
    ATTACHMENT = "attachment"
    DOUBTFUL_ACTION = "doubtful-action"
    ENCRYPTED = "encrypted"
    FORM_XFA = "xfa"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    HIDDEN_OBJECT = "hidden-object"
    TOO_MANY_PAGES = "too-many-pages"
    BOMB = "bomb"
    TOO_COMPLEX = "too-complex"
    MACROS = "macros"
    ARCHIVE = "archive"
    PROGRAM = "program"
    WEB_PAGE = "web-page"
    CHECK_TOO_SLOW = "check-too-slow"
    CHECK_TOO_LARGE = "check-too-large"
    CHECK_BROKE_OFF = "check-broke-off"
    INFECTED = "infected"
    ANTIVIRUS_LIMIT = "antivirus-limit"
    ANTIVIRUS_REQUIRED = "antivirus-required"
    ANTIVIRUS_DOWN = "antivirus-down"
    ANTIVIRUS_SILENT = "antivirus-silent"
    ANTIVIRUS_GARBLED = "antivirus-garbled"
    NO_ANTIVIRUS = "no-antivirus"


_R, _Q, _A = Verdict.REJECT, Verdict.QUARANTINE, Verdict.ACCEPT

_SAID: dict[Kind, tuple[Verdict, str, str]] = {
    Kind.EMPTY: (_R, "Tệp rỗng; hãy chọn lại tệp.", "The file is empty; choose again."),
    Kind.TOO_LARGE: (
        _R,
        "Tệp lớn hơn 25 MiB; hãy quét ở độ phân giải thấp hơn hoặc tách tệp.",
        "The file is larger than 25 MiB; scan at a lower resolution or split it.",
    ),
    Kind.TYPE_NOT_ALLOWED: (
        _R,
        "Chỉ nhận PDF, JPEG, PNG hoặc TIFF; nội dung tệp không thuộc loại nào.",
        "Only PDF, JPEG, PNG and TIFF are taken; the content is none of them.",
    ),
    Kind.NAME_DISAGREES: (
        _R,
        "Phần mở rộng của tên không khớp với nội dung; hãy đặt lại tên tệp.",
        "The name's extension does not agree with the content; rename the file.",
    ),
    Kind.DECLARED_DISAGREES: (
        _R,
        "Loại tệp khai báo không khớp với nội dung.",
        "The declared type does not agree with the content.",
    ),
    Kind.BYTES_BEFORE: (
        _R,
        "Có dữ liệu lạ trước phần đầu PDF; hãy xuất lại tệp.",
        "There are bytes before the PDF header; export the file again.",
    ),
    Kind.BYTES_AFTER: (
        _R,
        "Có dữ liệu lạ sau phần kết thúc tệp; hãy xuất lại tệp.",
        "There are bytes after the end of the file; export it again.",
    ),
    Kind.SECOND_FORMAT: (
        _R,
        "Tệp còn đọc được như một định dạng khác (lưu trữ, PDF hoặc chương trình).",
        "The file is also another format (an archive, a PDF or a program).",
    ),
    Kind.JAVASCRIPT: (_R, "PDF chứa JavaScript.", "The PDF contains JavaScript."),
    Kind.LAUNCH: (_R, "PDF mở chương trình khác.", "The PDF launches a program."),
    Kind.AUTOMATIC_ACTION: (
        _R,
        "PDF có hành động tự động (AA).",
        "The PDF has automatic actions (AA).",
    ),
    Kind.OPEN_ACTION: (
        _R,
        "PDF thực hiện một hành động khi mở.",
        "The PDF performs an action when it is opened.",
    ),
    Kind.RICH_MEDIA: (_R, "PDF chứa đa phương tiện.", "The PDF contains rich media."),
    Kind.ATTACHMENT: (
        _R,
        "PDF có tệp đính kèm bên trong; hãy nộp riêng từng tệp.",
        "The PDF carries attached files; hand them in one by one.",
    ),
    Kind.DOUBTFUL_ACTION: (
        _Q,
        "PDF gửi hoặc phát dữ liệu (biểu mẫu, âm thanh, phim); cần người xem.",
        "The PDF submits or plays something (form, sound, film); a person must look.",
    ),
    Kind.ENCRYPTED: (
        _Q,
        "PDF bị mã hóa hoặc có mật khẩu, không kiểm tra được; hãy bỏ mật khẩu.",
        "The PDF is encrypted and cannot be checked; remove the password.",
    ),
    Kind.FORM_XFA: (
        _Q,
        "PDF có biểu mẫu XFA; hãy in ra PDF thường.",
        "The PDF holds an XFA form; print it to a plain PDF.",
    ),
    Kind.TRUNCATED: (
        _Q,
        "Tệp bị cắt cụt; hãy tải lại toàn bộ tệp.",
        "The file is cut short; send the whole file again.",
    ),
    Kind.DAMAGED: (
        _Q,
        "Cấu trúc tệp sai, không kiểm tra được hết; hãy xuất lại tệp.",
        "The file's structure is wrong and was not checked in full; export it again.",
    ),
    Kind.HIDDEN_OBJECT: (
        _Q,
        "PDF giấu đối tượng trong chuỗi, chú thích hoặc luồng dữ liệu.",
        "The PDF hides objects in strings, comments or streams.",
    ),
    Kind.TOO_MANY_PAGES: (
        _Q,
        "Tệp có hơn 500 trang; hãy tách tệp.",
        "The file has more than 500 pages; split it.",
    ),
    Kind.BOMB: (
        _Q,
        "Nội dung bung ra quá lớn (bom nén hoặc ảnh quá khổ).",
        "The content unpacks to far too much (a bomb or an outsized image).",
    ),
    Kind.TOO_COMPLEX: (
        _Q,
        "Tệp có quá nhiều thành phần, không kiểm tra hết.",
        "The file has too many parts to be checked in full.",
    ),
    Kind.MACROS: (
        _R,
        "Tệp văn phòng có macro; hãy xuất ra PDF.",
        "The file is an office document with macros; export it to PDF.",
    ),
    Kind.ARCHIVE: (
        _R,
        "Tệp là tệp nén; hãy nộp riêng từng tệp bên trong.",
        "The file is an archive; hand in the files inside one by one.",
    ),
    Kind.PROGRAM: (_R, "Tệp là một chương trình.", "The file is a program."),
    Kind.WEB_PAGE: (
        _R,
        "Tệp là một trang web; hãy in trang ra PDF.",
        "The file is a web page; print it to PDF.",
    ),
    Kind.CHECK_TOO_SLOW: (
        _Q,
        "Kiểm tra quá lâu nên bị dừng; cần người xem.",
        "The check took too long and was stopped; a person must look.",
    ),
    Kind.CHECK_TOO_LARGE: (
        _Q,
        "Kiểm tra cần quá nhiều bộ nhớ nên bị dừng; cần người xem.",
        "The check needed too much memory and was stopped; a person must look.",
    ),
    Kind.CHECK_BROKE_OFF: (
        _Q,
        "Tiến trình kiểm tra tệp này bị gãy; cần người xem.",
        "The process that checked this file broke off; a person must look.",
    ),
    Kind.INFECTED: (
        _Q,
        "Phần mềm diệt vi-rút báo tệp nhiễm mã độc.",
        "The antivirus says that the file is infected.",
    ),
    Kind.ANTIVIRUS_LIMIT: (
        _Q,
        "Tệp vượt giới hạn của phần mềm diệt vi-rút nên chưa được quét hết.",
        "The file is over the antivirus's own limit and was not scanned in full.",
    ),
    Kind.ANTIVIRUS_REQUIRED: (
        _Q,
        "Tại đây bắt buộc quét vi-rút; tệp chờ đến khi quét được.",
        "A virus scan is required here; the file waits until one was made.",
    ),
    Kind.ANTIVIRUS_DOWN: (
        _A,
        "Chưa quét vi-rút: không kết nối được phần mềm diệt vi-rút.",
        "No antivirus looked: it cannot be reached.",
    ),
    Kind.ANTIVIRUS_SILENT: (
        _A,
        "Chưa quét vi-rút: phần mềm diệt vi-rút không trả lời kịp.",
        "No antivirus looked: it did not answer in time.",
    ),
    Kind.ANTIVIRUS_GARBLED: (
        _A,
        "Chưa quét vi-rút: không hiểu câu trả lời của phần mềm diệt vi-rút.",
        "No antivirus looked: its answer was not understood.",
    ),
    Kind.NO_ANTIVIRUS: (
        _A,
        "Chưa quét vi-rút: tại đây không có phần mềm diệt vi-rút.",
        "No antivirus looked: none is connected here.",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding: stable code, how grave it is, and the sentences."""

    code: Kind
    verdict: Verdict
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Check:
    """What was found: media type, size in bytes, SHA-256 (None: not computed)."""

    verdict: Verdict
    type: str
    size: int
    sha256: str | None
    reasons: tuple[Reason, ...]


def reasons_of(
    kinds: Iterable[Kind], details: Mapping[Kind, str] | None = None
) -> tuple[Reason, ...]:
    """Spell out findings, each once, gravest first; a detail stands in brackets."""
    found = [_reason(kind, (details or {}).get(kind, "")) for kind in sorted({*kinds})]
    return tuple(sorted(found, key=lambda reason: _GRAVITY.index(reason.verdict)))


def _reason(kind: Kind, detail: str) -> Reason:
    verdict, vi, en = _SAID[kind]
    more = f" ({detail})" if detail else ""
    return Reason(kind, verdict, vi + more, en + more)


def verdict_of(reasons: tuple[Reason, ...]) -> Verdict:
    """Let the gravest finding decide; nothing found accepts."""
    return reasons[0].verdict if reasons else Verdict.ACCEPT


_GRAVITY = (Verdict.REJECT, Verdict.QUARANTINE, Verdict.ACCEPT)
