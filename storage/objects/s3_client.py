"""
Clients of an S3-compatible store that never wait long.

- A request waits 2 s for a connection and 5 s for an answer, and is tried once more:
  a store that hangs is given up after some 10 s. A busy answer (5xx) is asked again
  three times within a second; what the server says about waiting is not obeyed (a
  MinIO that has just started asks for a minute).
- One client a process: a connection does not survive a fork.
- Keys of ours never travel: server-side encryption with customer keys is not used.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from minio import Minio
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from dossiers.errors import MalformedError

_CONNECTIONS = 32
_BUSY = (500, 502, 503, 504)
_RETRIES = Retry(
    total=3,
    connect=1,
    read=1,
    status=3,
    other=1,
    redirect=0,
    backoff_factor=0.1,
    status_forcelist=_BUSY,
    raise_on_status=False,
    respect_retry_after_header=False,
)
_ONCE = Retry(total=0)
_PATIENT = Timeout(connect=2, read=5)
_QUICK = Timeout(connect=1, read=2)


@dataclass(frozen=True, slots=True)
class S3Place:
    """
    One bucket of an S3-compatible store, and who we are there.

    `endpoint` is where we reach it, `public_endpoint` where a browser does (for links);
    both are http:// or https:// addresses without a path.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    public_endpoint: str | None = None
    region: str = "us-east-1"


class _Client(Minio):
    """A client that gives an upload in parts up with its first dead request."""

    def _abort_multipart_upload(
        self, bucket_name: str, object_name: str, upload_id: str
    ) -> None:
        # Asking a store that hangs to abort would wait as long once more; it sweeps
        # unfinished uploads away by itself (MinIO after a day).
        if not isinstance(sys.exception(), HTTPError):
            super()._abort_multipart_upload(bucket_name, object_name, upload_id)


class OwnClient:
    """The client of this process, made at first use and again after a fork."""

    def __init__(self, make: Callable[[], Minio]) -> None:
        self._make = make
        self._process = 0
        self._lock = Lock()

    def __call__(self) -> Minio:
        """Lend the client; it may be used by many threads."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._client = self._make()
                    self._process = os.getpid()
        return self._client


def patient(place: S3Place) -> OwnClient:
    """Reach the store for its work."""
    return OwnClient(lambda: _client(place, place.endpoint, _PATIENT, _RETRIES))


def quick(place: S3Place) -> OwnClient:
    """Reach the store to ask how it is: one try, three seconds at most."""
    return OwnClient(lambda: _client(place, place.endpoint, _QUICK, _ONCE))


def signing(place: S3Place) -> OwnClient:
    """Sign links for browsers; the host is part of what is signed."""
    endpoint = place.public_endpoint or place.endpoint
    return OwnClient(lambda: _client(place, endpoint, _QUICK, _ONCE))


def _client(place: S3Place, endpoint: str, timeout: Timeout, retries: Retry) -> Minio:
    parts = urlsplit(endpoint)
    path = parts.path.strip("/") or parts.query
    if parts.scheme not in {"http", "https"} or not parts.netloc or path:
        vi = f"địa chỉ kho S3 {endpoint!r} không hợp lệ; viết như https://kho:9000"
        en = f"S3 endpoint {endpoint!r} is malformed; write it as https://host:9000"
        raise MalformedError(vi, en)
    return _Client(
        endpoint=parts.netloc,
        access_key=place.access_key,
        secret_key=place.secret_key,
        secure=parts.scheme == "https",
        region=place.region,
        http_client=PoolManager(maxsize=_CONNECTIONS, timeout=timeout, retries=retries),
    )
