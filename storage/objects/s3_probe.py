"""Canaries: what an S3-compatible store really does, not what it is called."""

import io
import secrets
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from minio import Minio
from minio.commonconfig import GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import MinioException
from minio.retention import Retention
from urllib3 import PoolManager, Timeout

from dossiers.errors import ConflictError
from storage.objects.s3_client import S3Place
from storage.objects.s3_errors import is_away, translated
from storage.objects.store import CANARIES, Capabilities, ObjectStore

_TERM = timedelta(minutes=2)
_LINK = timedelta(minutes=1)
_REFUSED = (401, 403)
_DONE, _EXISTS = 200, 412


def probe(
    store: ObjectStore, place: S3Place, client: Minio, now: datetime, *, locks: bool
) -> Capabilities:
    """Put, put again, look without credentials, lock; the canaries are removed."""
    canary = f"{CANARIES}{secrets.token_hex(12)}"
    stored = store.put(canary, io.BytesIO(b"1"), 1)
    try:
        with translated(canary):
            return Capabilities(
                durable=None,  # only a power loss would tell
                create_only=_refuses_again(store, canary),
                private=_status("GET", _address(place, canary)) in _REFUSED,
                versioning=stored.version_id is not None,
                object_lock=locks and _keeps(client, place.bucket, f"{canary}-l", now),
                conditional_put=_is_conditional(store, client, place.bucket),
                clock_skew_s=_skew(client, place.bucket, canary, now),
            )
    finally:
        store.delete(canary)


def _refuses_again(store: ObjectStore, key: str) -> bool:
    try:
        store.put(key, io.BytesIO(b"2"), 1)
    except ConflictError:
        return True
    return False


def _address(place: S3Place, key: str) -> str:
    return f"{place.endpoint.rstrip('/')}/{place.bucket}/{key}"


def _status(method: str, url: str, **headers: str) -> int:
    """Ask as a stranger, or with a signed link; the HTTP status."""
    with PoolManager(timeout=Timeout(connect=2, read=5), retries=False) as pool:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        body = b"1" if method == "PUT" else None
        return pool.request(method, url, body=body, headers=told).status


def _is_conditional(store: ObjectStore, client: Minio, bucket: str) -> bool:
    """Whether the server itself refuses a second put that asks it to."""
    key = f"{CANARIES}{secrets.token_hex(12)}"
    link = client.get_presigned_url(
        method="PUT", bucket_name=bucket, object_name=key, expires=_LINK
    )
    try:
        first = _status("PUT", link, If_None_Match="*")
        return first == _DONE and _status("PUT", link, If_None_Match="*") == _EXISTS
    finally:
        store.delete(key)


def _keeps(client: Minio, bucket: str, key: str, now: datetime) -> bool:
    """Whether a locked version is really not deleted; governance can be lifted."""
    version = client.put_object(
        bucket_name=bucket,
        object_name=key,
        data=io.BytesIO(b"1"),
        length=1,
        retention=Retention(GOVERNANCE, now + _TERM),
    ).version_id
    try:
        client.remove_object(bucket_name=bucket, object_name=key, version_id=version)
    except MinioException as error:
        if is_away(error):
            raise
        _lift(client, bucket, DeleteObject(key, version))
        return True
    return False


def _lift(client: Minio, bucket: str, canary: DeleteObject) -> None:
    """Remove the canary; without the right to, it goes with its two minutes."""
    failed = client.remove_objects(
        bucket_name=bucket, delete_object_list=[canary], bypass_governance_mode=True
    )
    for _ in failed:
        break


def _skew(client: Minio, bucket: str, key: str, now: datetime) -> float | None:
    """Read the server's clock, in whole seconds, against ours."""
    found = client.stat_object(bucket_name=bucket, object_name=key)
    told = (found.metadata or {}).get("Date")
    return (parsedate_to_datetime(told) - now).total_seconds() if told else None
