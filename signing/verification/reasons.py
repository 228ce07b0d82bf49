"""What each reason code means, in Vietnamese and English."""

from typing import Literal

_TEXTS = {
    "FORMAT_FAILURE": (
        "tệp không phải PDF đọc được hoặc đã bị hỏng",
        "the file is not a readable PDF or was damaged",
    ),
    "NO_SIGNATURE": ("văn bản chưa có chữ ký số", "the file carries no signature"),
    "HASH_FAILURE": (
        "nội dung đã bị sửa sau khi ký",
        "the content was changed after signing",
    ),
    "SIG_CRYPTO_FAILURE": (
        "giá trị chữ ký không khớp với chứng thư số",
        "the signature value does not fit the certificate",
    ),
    "CHANGED_AFTER_SIGNING": (
        "văn bản bị thêm hoặc sửa sau khi ký",
        "something was added or changed after signing",
    ),
    "BYTES_AFTER_END": (
        "có dữ liệu lạ ở cuối tệp",
        "there are foreign bytes after the end of the file",
    ),
    "PARTIAL_COVERAGE": (
        "chữ ký không bao trùm toàn bộ văn bản",
        "a signature does not cover the whole document",
    ),
    "CONTENTS_MALFORMED": (
        "vùng chứa chữ ký đã bị sửa",
        "the place that holds a signature was changed",
    ),
    "FIELD_REPEATED": (
        "hai ô chữ ký trùng tên",
        "two signature fields have the same name",
    ),
    "SLOTS_DIFFER": (
        "các chữ ký không đúng đủ số ô và thứ tự phải có",
        "the signatures are not those expected, in the order expected",
    ),
    "SLOT_EMPTY": (
        "văn bản còn ô chưa ký, hãy chờ ký và đóng dấu xong",
        "a slot is still unsigned: wait until it is signed and sealed",
    ),
    "NO_TIMESTAMP": (
        "chữ ký không có dấu thời gian",
        "a signature has no time stamp",
    ),
    "TIME_IN_FUTURE": (
        "dấu thời gian muộn hơn thời điểm kiểm tra",
        "a time stamp lies after the moment of checking",
    ),
    "TIMESTAMP_ORDER_FAILURE": (
        "thứ tự thời gian ký không đúng",
        "the signing times are not in order",
    ),
    "NO_SIGNING_CERTIFICATE_ATTRIBUTE": (
        "chữ ký không gắn với chứng thư số theo PAdES",
        "a signature is not bound to its certificate as PAdES demands",
    ),
    "OUTSIDE_CERTIFICATE_VALIDITY": (
        "ký ngoài thời hạn của chứng thư số",
        "signed outside the validity of the certificate",
    ),
    "NO_CERTIFICATE_CHAIN_FOUND": (
        "không tin được nơi cấp chứng thư số, hãy nạp chứng thư gốc đúng",
        "the issuer of the certificate is not trusted: give the right root",
    ),
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": (
        "chưa đủ dữ liệu về chứng thư số, hãy nạp CRL của nơi cấp rồi thử lại",
        "too little is known of the certificate: give the issuer's CRL, try again",
    ),
    "TRY_LATER": (
        "chưa có dữ liệu thu hồi chứng thư, hãy thử lại sau",
        "there is no revocation data yet: try again later",
    ),
    "REVOKED": ("chứng thư số đã bị thu hồi", "the certificate was revoked"),
    "REVOKED_NO_POE": ("chứng thư số đã bị thu hồi", "the certificate was revoked"),
}


def explain(code: str, lang: Literal["vi", "en"]) -> str:
    """Return the meaning of a code; an unknown one stands for itself."""
    vi, en = _TEXTS.get(
        code, (f"không đạt điều kiện {code}", f"condition {code} is not met")
    )
    return vi if lang == "vi" else en
