"""
Bucket notifications: hints that an object came to which no row belongs.

They are lossy and out of order (MinIO sends none for the first put after its start), so
they only make the daily listing earlier, never unnecessary. An upload's intent is
committed before its object, so an object without intent and blob is nobody's; the grace
covers rows that end while their notification is on its way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Engine, Text, bindparam, select, union_all

from dossiers.errors import MalformedError
from storage.engine import reading
from storage.objects.store import CANARIES, ObjectStore
from storage.paper_tables import BLOB, UPLOAD_INTENT

GRACE_S = 15.0
HANDED_IN = "intake/"
"""Where other systems put what is too long for a message."""
_MOST = 500
_KEYS = bindparam("keys", type_=Text, expanding=True)
_KNOWN = union_all(
    select(BLOB.c.key).where(BLOB.c.key.in_(_KEYS)),
    select(UPLOAD_INTENT.c.key).where(UPLOAD_INTENT.c.key.in_(_KEYS)),
)


class _Record(BaseModel):
    """The part of a notification that is read; everything else may be there too."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Named(_Record):
    name: str


class _Object(_Record):
    key: str
    version_id: str | None = Field(default=None, alias="versionId")
    size: int = 0


class _S3(_Record):
    bucket: _Named
    object: _Object


class _Event(_Record):
    name: str = Field(alias="eventName")
    at: AwareDatetime = Field(alias="eventTime")
    s3: _S3


class _Notification(_Record):
    records: tuple[_Event, ...] = Field(alias="Records")


@dataclass(frozen=True, slots=True)
class ObjectHint:
    """One object said to have come: bucket, key, version, size in bytes, when (UTC)."""

    bucket: str
    key: str
    version_id: str | None
    size: int
    at: datetime


def created(raw: bytes) -> tuple[ObjectHint, ...]:
    """
    Read which objects a notification says were created; none for removals.

    Raises MalformedError for what is no S3 notification.
    """
    try:
        told = _Notification.model_validate_json(raw)
    except ValidationError as error:
        vi = f"thông báo của kho không đúng dạng S3 ({error.error_count()} lỗi); bỏ qua"
        en = f"no S3 notification ({error.error_count()} errors); pass it over"
        raise MalformedError(vi, en) from error
    return tuple(
        ObjectHint(
            bucket=event.s3.bucket.name,
            key=unquote_plus(event.s3.object.key),
            version_id=event.s3.object.version_id or None,
            size=event.s3.object.size,
            at=event.at,
        )
        for event in told.records
        if "ObjectCreated" in event.name
    )


class UnknownObjects:
    """Objects that were announced, and after a grace are still nobody's."""

    def __init__(
        self,
        engine: Engine,
        objects: ObjectStore,
        now: Callable[[], datetime],
        *,
        grace_s: float = GRACE_S,
    ) -> None:
        """Wait so many seconds of real time before a hint is looked at."""
        self._engine = engine
        self._objects = objects
        self._now = now
        self._grace = timedelta(seconds=grace_s)
        self._waiting: dict[str, tuple[datetime, ObjectHint]] = {}

    def take(self, hints: tuple[ObjectHint, ...]) -> None:
        """Remember what was announced; canaries and messages' contents are ours."""
        for hint in hints:
            if not hint.key.startswith((CANARIES, HANDED_IN)):
                self._waiting.setdefault(hint.key, (self._now(), hint))

    def report(self) -> tuple[ObjectHint, ...]:
        """
        Give those whose grace is over, that have no row and are still there; once each.

        Raises UnavailableError; nothing is forgotten then.
        """
        over = self._now() - self._grace
        due = [hint for came, hint in self._waiting.values() if came <= over][:_MOST]
        keys = [hint.key for hint in due]
        with reading(self._engine) as connection:
            known = set(connection.execute(_KNOWN, {"keys": keys}).scalars())
        found = tuple(
            hint
            for hint in due
            if hint.key not in known and self._is_there(hint.key, hint.version_id)
        )
        for key in keys:
            del self._waiting[key]
        return found

    def _is_there(self, key: str, version_id: str | None) -> bool:
        return self._objects.stat(key, version_id) is not None
