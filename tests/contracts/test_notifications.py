"""Hints about objects: read strictly, judged by rows, told once."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from dossiers.errors import MalformedError
from storage.engine import writing
from storage.notifications import ObjectHint, UnknownObjects, created
from storage.objects.memory import InMemoryObjects
from storage.paper_tables import BLOB, UPLOAD_INTENT

START = datetime(2025, 1, 1, tzinfo=UTC)
TOLD = {
    "EventName": "s3:ObjectCreated:Put",
    "Key": "kho/o/aa/x",
    "Records": [
        {
            "eventVersion": "2.0",
            "eventName": "s3:ObjectCreated:Put",
            "eventTime": "2025-01-01T00:00:00.500Z",
            "s3": {
                "bucket": {"name": "kho", "arn": "arn:aws:s3:::kho"},
                "object": {"key": "o%2Faa%2Fx", "size": 4, "versionId": "v1"},
            },
        }
    ],
}


@dataclass(slots=True)
class Stopped:
    """A clock that a test turns."""

    at: datetime = START

    def now(self) -> datetime:
        """Tell the time."""
        return self.at


def announced(*keys: str) -> tuple[ObjectHint, ...]:
    return tuple(ObjectHint("kho", key, None, 1, START) for key in keys)


def test_reads_what_minio_writes() -> None:
    (hint,) = created(json.dumps(TOLD).encode())

    at = START + timedelta(milliseconds=500)
    assert hint == ObjectHint("kho", "o/aa/x", "v1", 4, at)


def test_a_removal_is_no_object_that_came() -> None:
    told = json.dumps(TOLD).replace("ObjectCreated", "ObjectRemoved")

    assert created(told.encode()) == ()


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"\xff", b'{"Records": [{}]}', b'{"Records": null}']
)
def test_what_is_no_notification_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        created(raw)


def test_only_objects_of_nobody_that_are_still_there_are_told(engine: Engine) -> None:
    objects, clock = InMemoryObjects(), Stopped()
    keys = ("o/blob", "o/intent", "o/stranger", "probe/canary")
    for key in keys:
        objects.put(key, io.BytesIO(b"1"), 1)
    with writing(engine) as connection:
        intent = {"key": "o/intent", "state": "open", "created_at": 0}
        connection.execute(insert(UPLOAD_INTENT).values(**intent))
        blob = {"key": "o/blob", "owner": "p", "retention": "r", "size": 1}
        rest = {"sha256": b"", "wrapped": b"", "state": "live"}
        connection.execute(insert(BLOB).values(**blob, **rest))
    watched = UnknownObjects(engine, objects, clock.now, grace_s=10)

    watched.take(announced(*keys, "o/gone"))

    assert watched.report() == ()
    clock.at += timedelta(seconds=10)
    watched.take(announced("o/stranger"))
    assert watched.report() == announced("o/stranger")
    assert watched.report() == ()
