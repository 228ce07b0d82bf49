"""What the answers and failures of an S3-compatible store mean to its user."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from minio.error import (
    InvalidResponseError,
    MinioAdminException,
    MinioException,
    S3Error,
    ServerError,
)
from urllib3.exceptions import HTTPError, SSLError

from dossiers.errors import (
    DossierError,
    FaultError,
    RefusedError,
    TamperedError,
    UnavailableError,
)
from storage.objects.store import no_object

_STATUS = re.compile(r"Response code: (\d+)")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_NOT_FOUND, _CONFLICT, _RANGE = 404, 409, 416
_SERVER, _NOT_MADE = 500, 501
_FORBIDDEN = (401, 403)
_UNKNOWN = {"NoSuchKey", "NoSuchVersion"}
_NO_BUCKET = {"NoSuchBucket"}
_NO_ENTRY = {
    *("AccessDenied", "AllAccessDisabled", "InvalidAccessKeyId", "InvalidToken"),
    *("ExpiredToken", "SignatureDoesNotMatch", "AccountProblem"),
}
_OTHER_BYTES = {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"}
_FULL = {"XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded"}
_BUSY = {
    *("InternalError", "NoSuchUpload", "OperationAborted", "RequestTimeout"),
    *("ServiceUnavailable", "SlowDown", "XMinioServerNotInitialized"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a store answered: HTTP status (0: unknown) and S3 code (may be empty)."""

    status: int
    code: str

    @property
    def is_past_the_end(self) -> bool:
        """Whether the asked range begins behind the last byte."""
        return self.code == "InvalidRange" or self.status == _RANGE


def said(error: MinioException) -> Said:
    """Read status and code out of whatever the client made of the answer."""
    match error:
        case S3Error():
            return Said(error.response.status, error.code or "")
        case ServerError():
            return Said(error.status_code, "")
        case _:
            # A body that is not `application/xml` (rclone), or none at all.
            text = str(error)
            status_found, code_found = _STATUS.search(text), _CODE.search(text)
            return Said(
                int(status_found[1]) if status_found else 0,
                code_found[1] if code_found else "",
            )


def is_away(error: MinioException) -> bool:
    """Whether the store did not really answer, so that nothing is known."""
    return isinstance(translation(error), UnavailableError)


def translation(error: Exception, key: str = "") -> DossierError:
    """Say what a failure of the client, the connection or the store means."""
    match error:
        case InvalidResponseError() | S3Error() | ServerError():
            return _answer(said(error), error, key)
        case HTTPError():
            if isinstance(getattr(error, "reason", error), SSLError):
                return _no_trust(error)
            return _away(error)
        case _:
            return _away(error)


def _answer(told: Said, error: Exception, key: str) -> DossierError:
    if told.code in _NO_BUCKET:
        return no_bucket(error)
    if told.code in _UNKNOWN or told.status == _NOT_FOUND:
        return no_object(key)
    if told.code in _FULL:
        return _full(error)
    if told.code in _BUSY or (told.status >= _SERVER and told.status != _NOT_MADE):
        return _away(error)
    return _fault(told, error)


def _fault(told: Said, error: Exception) -> DossierError:
    if told.code in _OTHER_BYTES:
        return _other_bytes(error)
    if told.code == "RequestTimeTooSkewed":
        return _skewed(error)
    if told.code in _NO_ENTRY or told.status in _FORBIDDEN:
        return _no_entry(error)
    if told.status == _CONFLICT and not told.code:
        return no_bucket(error)  # a 409 without a body, on a bucket
    return FaultError(
        f"kho S3 từ chối yêu cầu ({error}); hãy kiểm tra phiên bản và cấu hình của kho",
        f"the S3 store refuses the request ({error}); check its version and settings",
    )


def no_bucket(cause: object) -> UnavailableError:
    """Build the word on a bucket that is not there: nothing is judged lost."""
    return UnavailableError(
        f"kho S3 không có bucket ({cause}); hãy kiểm tra địa chỉ, "
        "hoặc khôi phục kho rồi làm lại",
        f"the S3 store has no such bucket ({cause}); check the endpoint, "
        "or restore the store, then try again",
    )


def _away(error: Exception) -> UnavailableError:
    return UnavailableError(
        f"kho S3 không trả lời ({error}); chưa mất gì, hãy thử lại sau",
        f"the S3 store does not answer ({error}); nothing is lost, try again later",
    )


def _no_trust(error: Exception) -> FaultError:
    return FaultError(
        f"chứng thư của kho S3 không được tin cậy ({error}); hãy cài gốc tin cậy",
        f"the certificate of the S3 store is not trusted ({error}); install its root",
    )


def _other_bytes(error: Exception) -> TamperedError:
    return TamperedError(
        f"kho S3 nhận được byte khác byte đã gửi ({error}); hãy kiểm tra đường truyền",
        f"the S3 store received other bytes than were sent ({error}); check the line",
    )


def _full(error: Exception) -> FaultError:
    return FaultError(
        f"kho S3 hết chỗ ({error}); hãy thêm dung lượng rồi làm lại",
        f"no space left in the S3 store ({error}); add some, then try again",
    )


def _skewed(error: Exception) -> FaultError:
    return FaultError(
        f"đồng hồ máy này và kho S3 lệch nhau ({error}); hãy đồng bộ giờ (NTP)",
        f"the clocks of this machine and the S3 store differ ({error}); set them (NTP)",
    )


def _no_entry(error: Exception) -> RefusedError:
    return RefusedError(
        f"kho S3 không cho vào ({error}); hãy kiểm tra NAMBUOC_S3_ACCESS_KEY, "
        "NAMBUOC_S3_SECRET_KEY và quyền trên bucket",
        f"the S3 store does not let us in ({error}); check NAMBUOC_S3_ACCESS_KEY, "
        "NAMBUOC_S3_SECRET_KEY and the rights on the bucket",
        rule="s3-credentials",
    )


@contextmanager
def translated(key: str = "") -> Iterator[None]:
    """Let nothing of the client, the connection or the store cross the port."""
    try:
        yield
    except (MinioException, MinioAdminException, HTTPError, ParseError) as error:
        raise translation(error, key) from error
    except (OSError, ValueError) as error:
        # A body that is no S3 answer at all, or a socket error that came through bare.
        raise translation(error, key) from error
