"""The parts outside that the settings name: do they answer, and what is missing."""

import tempfile
from importlib import import_module

from dossiers.errors import DossierError
from infra.antivirus import scan
from infra.clock import SystemClock
from infra.late import buckets
from infra.settings import KafkaSettings, S3Settings, Settings

_KAFKA = "infra.kafka.ready"
"""Only who has Kafka loads its client."""

Fault = tuple[str, str]
"""What is wrong, in Vietnamese and in English."""


def outside(settings: Settings) -> dict[str, Fault | None]:
    """Ask each configured part; None where it is well, absent where none is named."""
    found: dict[str, Fault | None] = {}
    if settings.kafka is not None:
        found["kafka"] = _kafka(settings.kafka)
    if settings.s3 is not None:
        found["s3"] = _s3(settings.s3)
    if settings.clamd is not None:
        found["clamd"] = _clamd(settings.clamd)
    return found


def _kafka(settings: KafkaSettings) -> Fault | None:
    try:
        import_module(_KAFKA).demand_ready(settings)
    except DossierError as error:
        return error.vi, error.en
    return None


def _s3(settings: S3Settings) -> Fault | None:
    for bucket in buckets(settings, SystemClock().now, short_locks=True):
        told = bucket.health()
        if not told.ok:
            return told.reason, told.reason
    return None


def _clamd(address: str) -> Fault | None:
    with tempfile.TemporaryFile() as nothing:
        told = scan(address, nothing.fileno(), patience_s=5.0)
    return None if told is None else (told[1], told[1])
