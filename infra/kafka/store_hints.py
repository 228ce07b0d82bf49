"""
What the S3 store says of its buckets: an object of nobody is told within a minute.

Hints only, and lossy ones: they begin where this process began, nothing is ticked off,
and `store verify --deep` compares the whole listing.
"""

import logging
from contextlib import closing
from threading import Event

from dossiers.errors import DossierError, MalformedError
from dossiers.values import iso
from infra import running
from infra.clock import SystemClock
from infra.house import House
from infra.kafka.client import consumer
from infra.kafka.errors import translating
from infra.kafka.reading import places_of
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from storage.notifications import ObjectHint, UnknownObjects, created

STATE_FILE = "store.json"
_POLL_MS = 500
_PAUSE_S = 5.0
_MOST = 100
"""Unknown objects kept in the state file, the newest last."""
logger = logging.getLogger("nambuoc.store")


def watch_store(house: House, stopping: Event) -> None:
    """Report objects that no row knows, for as long as the store tells of them."""
    settings = house.settings.kafka
    if settings is None or house.settings.s3 is None:
        return
    while not stopping.is_set():
        try:
            _watch(house, settings, stopping)
        except DossierError as error:
            logger.warning("store: %s", error.en)
            stopping.wait(_PAUSE_S)


def _watch(house: House, settings: KafkaSettings, stopping: Event) -> None:
    where = ", ".join(settings.bootstrap)
    unknown = UnknownObjects(house.database, house.objects, SystemClock().now)
    with translating(where), closing(consumer(settings)) as client:
        places = places_of(client, [Topics(settings.prefix).objects])
        client.assign(places)
        client.seek_to_end(*places)
        while not stopping.is_set():
            for records in client.poll(_POLL_MS).values():
                for record in records:
                    _take(unknown, record.value or b"")
            if found := unknown.report():
                _tell(house, found)


def _take(unknown: UnknownObjects, raw: bytes) -> None:
    try:
        unknown.take(created(raw))
    except MalformedError as error:
        logger.warning("store: %s", error.en)


def _tell(house: House, found: tuple[ObjectHint, ...]) -> None:
    """Log each once, and keep them where `ops deps` looks."""
    place = house.settings.run / STATE_FILE
    before = running.read(place).get("unknown")
    known = before if isinstance(before, list) else []
    for hint in found:
        logger.warning("store: %s/%s belongs to nobody", hint.bucket, hint.key)
        told = {"bucket": hint.bucket, "key": hint.key, "size": hint.size}
        known.append(told | {"at": iso(hint.at)})
    running.write(place, {"unknown": known[-_MOST:]})
