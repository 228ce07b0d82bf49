"""No exception of the S3 client or of its connections crosses the port."""

import inspect
from types import ModuleType
from xml.etree.ElementTree import ParseError

import minio.error
import pytest
import urllib3.exceptions
from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.exceptions import (
    IncompleteRead,
    InvalidChunkLength,
    MaxRetryError,
    ReadTimeoutError,
    SSLError,
)

from dossiers.errors import (
    DossierError,
    FaultError,
    NotFoundError,
    RefusedError,
    TamperedError,
    UnavailableError,
)
from storage.objects.s3_errors import translated

POOL = HTTPConnectionPool("127.0.0.1")
TOLD = '<?xml version="1.0"?><Error><Code>{}</Code></Error>'


def answer(status: int, code: str | None) -> S3Error:
    return S3Error(HTTPResponse(status=status), code, "", "/x", "", "")


def foreign(module: ModuleType) -> list[type[Exception]]:
    """List the exceptions that a library makes."""
    found = {one for _, one in inspect.getmembers(module, inspect.isclass)}
    own = {one for one in found if one.__module__ == module.__name__}
    errors = {e for e in own if issubclass(e, Exception) and not issubclass(e, Warning)}
    return sorted(errors, key=str)


MADE: dict[type[Exception], Exception] = {
    IncompleteRead: IncompleteRead(1, 2),
    InvalidChunkLength: InvalidChunkLength(HTTPResponse(), b""),
    S3Error: answer(500, None),
    ServerError: ServerError("", 500),
}
"""Those that cannot be printed when they are made of nothing."""


def raised(error: Exception) -> DossierError:
    with pytest.raises(DossierError) as found, translated("o/x"):
        raise error
    return found.value


@pytest.mark.parametrize(
    "kind", [*foreign(minio.error), *foreign(urllib3.exceptions), ParseError, OSError]
)
def test_every_exception_of_the_libraries_is_ours_outside(
    kind: type[Exception],
) -> None:
    error = MADE.get(kind) or kind.__new__(kind)

    assert isinstance(raised(error), UnavailableError | FaultError)


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (answer(404, "NoSuchKey"), NotFoundError),
        (answer(404, "NoSuchVersion"), NotFoundError),
        (
            InvalidResponseError(404, "text/xml", TOLD.format("NoSuchKey")),
            NotFoundError,
        ),
        (answer(404, "NoSuchBucket"), UnavailableError),
        (answer(409, None), UnavailableError),
        (InvalidResponseError(409, None, None), UnavailableError),
        (
            InvalidResponseError(404, "text/xml", TOLD.format("NoSuchBucket")),
            UnavailableError,
        ),
        (answer(503, "SlowDown"), UnavailableError),
        (ServerError("", 502), UnavailableError),
        (InvalidResponseError(503, "text/html", "<h1>busy</h1>"), UnavailableError),
        (answer(403, "AccessDenied"), RefusedError),
        (answer(403, "SignatureDoesNotMatch"), RefusedError),
        (
            InvalidResponseError(403, "text/xml", TOLD.format("InvalidAccessKeyId")),
            RefusedError,
        ),
        (answer(403, "RequestTimeTooSkewed"), FaultError),
        (answer(507, "XMinioStorageFull"), FaultError),
        (answer(501, "NotImplemented"), FaultError),
        (answer(400, "XAmzContentSHA256Mismatch"), TamperedError),
        (answer(400, "BadDigest"), TamperedError),
        (ReadTimeoutError(POOL, "/", ""), UnavailableError),
        (MaxRetryError(POOL, "/", SSLError("self-signed")), FaultError),
        (ValueError("XML element <Name> not found"), UnavailableError),
    ],
)
def test_an_answer_means_what_the_standard_says(
    error: Exception, meant: type[DossierError]
) -> None:
    assert type(raised(error)) is meant


def test_wrong_credentials_are_said_with_the_place_to_look() -> None:
    told = raised(answer(403, "SignatureDoesNotMatch"))

    assert "NAMBUOC_S3_SECRET_KEY" in told.en
    assert "NAMBUOC_S3_SECRET_KEY" in told.vi
