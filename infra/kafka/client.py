"""
Connections to Kafka with the settings that were measured, and with an end to each wait.

- A constructor of kafka-python asks ONE of the bootstrap servers, drawn at random, and
  waits for it alone: short waits, asked again, find one that lives.
- One that fails leaves its thread and sockets behind and does not say why: both are put
  right here, so wrong credentials are told as such and a long outage leaks nothing.
- SCRAM is tried first. PLAIN gives the password away to whoever listens, so it is used
  over TLS or on this machine only.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from kafka import KafkaAdminClient, KafkaConsumer
from kafka import errors as kafka
from kafka.net.compat import KafkaNetClient
from kafka.net.connection import KafkaConnection
from kafka.net.manager import KafkaConnectionManager

from dossiers.errors import DossierError, FaultError, UnavailableError
from infra.kafka.errors import REJECTED, RejectedError, translated
from infra.settings import KafkaSettings

T = TypeVar("T")
Client = Callable[..., KafkaNetClient]
BOOTSTRAP_MS = 2_000
LIMIT_S = 6.0
_MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
_PAUSE_S = 0.1
_CLOSE = "close"
_PATIENCE: dict[str, object] = {
    "request_timeout_ms": 5_000,
    "retry_backoff_ms": 10,
    "reconnect_backoff_max_ms": 500,
}
_CONSUMER: dict[str, object] = {
    **_PATIENCE,
    "isolation_level": "read_committed",
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "fetch_max_wait_ms": 250,
    "fetch_max_bytes": 8 * 1024 * 1024,
    "max_partition_fetch_bytes": 1024 * 1024,
}

# What it says on its own goes to a log that a program sets up, never to a terminal.
logging.getLogger("kafka").addHandler(logging.NullHandler())


class MechanismError(RejectedError):
    """The brokers take no mechanism that may be used here."""


def connection(
    settings: KafkaSettings, mechanism: str = _MECHANISMS[0]
) -> dict[str, object]:
    """
    Make the options of an address and of who we are; the password is read now.

    Raises FaultError when a file of ours cannot be read.
    """
    options: dict[str, object] = {
        "bootstrap_servers": list(settings.bootstrap),
        "security_protocol": settings.security,
    }
    if settings.security.endswith("SSL") and settings.ca is not None:
        options["ssl_cafile"] = str(settings.ca)
        _read(settings, "ca")
    if settings.security.startswith("SASL"):
        options["sasl_mechanism"] = mechanism
        options["sasl_plain_username"] = settings.user
        options["sasl_plain_password"] = _read(settings, "password_file")
    return options


def _read(settings: KafkaSettings, name: str) -> str:
    path = getattr(settings, name)
    try:
        return str(path.read_text(encoding="utf-8")).strip("\r\n")
    except (AttributeError, OSError, UnicodeDecodeError) as error:
        what = f"NAMBUOC_KAFKA_{name.upper()}={path}: {error}"
        vi = f"không đọc được {what}"
        raise FaultError(vi, f"cannot read {what}") from error


def consumer(settings: KafkaSettings, **options: object) -> KafkaConsumer:
    """Open a consumer of what is committed; UnavailableError, RejectedError."""
    return connected(KafkaConsumer, settings, {**_CONSUMER, **options})


def admin(settings: KafkaSettings) -> KafkaAdminClient:
    """Open an admin client; UnavailableError, RejectedError."""
    return connected(KafkaAdminClient, settings, _PATIENCE)


def connected(
    kind: Callable[..., T],
    settings: KafkaSettings,
    options: Mapping[str, object],
    *,
    client: Client = KafkaNetClient,
    limit_s: float = LIMIT_S,
) -> T:
    """
    Make a client of a kind, asking again until a limit; its `close` never raises.

    Raises UnavailableError, RejectedError (credentials, rights, trust), FaultError.
    """
    words: dict[str, object] = {"bootstrap_timeout_ms": BOOTSTRAP_MS, **options}
    until = time.monotonic() + limit_s
    left = _mechanisms(settings)
    while True:
        known = {**connection(settings, left[0]), **words}
        try:
            return _attempt(kind, settings, _Watch(client), known)
        except MechanismError:
            left = left[1:]
            if not left:
                raise
        except UnavailableError as error:
            if not error.retryable or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)


def _mechanisms(settings: KafkaSettings) -> tuple[str, ...]:
    hosts = {address.rpartition(":")[0].strip("[]") for address in settings.bootstrap}
    here = hosts <= {"127.0.0.1", "::1", "localhost"}
    safe = here or settings.security.endswith("SSL")
    return _MECHANISMS if safe else _MECHANISMS[:2]


def _attempt(
    kind: Callable[..., T],
    settings: KafkaSettings,
    watch: "_Watch",
    words: dict[str, object],
) -> T:
    try:
        made = kind(**words, kafka_client=watch)
    except (kafka.KafkaError, OSError, ValueError) as error:
        cause = watch.cause(error)
        watch.release()
        raise _told(cause, settings) from cause
    watch.seen = None
    return _quiet(made)


def _quiet(made: T) -> T:
    """Let `close` never raise: what it could not send was not acknowledged either."""
    close: Callable[..., None] = getattr(made, _CLOSE)

    def quietly(*words: object, **named: object) -> None:
        with suppress(kafka.KafkaError, OSError, RuntimeError):
            close(*words, **named)

    setattr(made, _CLOSE, quietly)
    return made


class _Watch:
    """Makes the inner client of kafka-python and sees why its connections fail."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._made: list[KafkaNetClient] = []
        self.seen: list[Exception] | None = []

    def __call__(self, **configs: object) -> KafkaNetClient:
        """Make it, watched."""
        made = self._client(**configs)
        self._made.append(made)
        manager: KafkaConnectionManager = vars(made)["_manager"]
        connect = manager.get_connection

        def watched(*words: object, **named: object) -> KafkaConnection:
            found = connect(*words, **named)
            found.init_future.add_errback(self._see)
            return found

        manager.get_connection = watched
        return made

    def _see(self, error: Exception) -> None:
        if self.seen is not None:
            self.seen.append(error)

    def cause(self, error: Exception) -> Exception:
        """Choose what tells most: a refusal of a broker, else the last failure."""
        found: list[Exception] = [error, *(self.seen or ())]
        refusals = [
            one for one in found if isinstance(one, REJECTED) or _untrusted(one)
        ]
        return refusals[0] if refusals else found[-1]

    def release(self) -> None:
        """Let go of the thread and sockets that a failed constructor leaves behind."""
        for made in self._made:
            with suppress(kafka.KafkaError, OSError, RuntimeError):
                made.close()


def _untrusted(error: Exception) -> bool:
    return "certificate verify failed" in str(error).lower()


def _told(cause: Exception, settings: KafkaSettings) -> DossierError:
    where = ", ".join(settings.bootstrap)
    if isinstance(cause, kafka.SaslAuthenticationFailedError):
        vi = f"sai người dùng hoặc mật khẩu Kafka tại {where}; xem NAMBUOC_KAFKA_USER"
        en = f"wrong user or password for Kafka at {where}; see NAMBUOC_KAFKA_USER"
        return RejectedError(vi, en)
    if isinstance(cause, kafka.UnsupportedSaslMechanismError):
        vi = f"Kafka tại {where} không nhận SCRAM; PLAIN chỉ dùng với SASL_SSL"
        en = f"Kafka at {where} does not take SCRAM; PLAIN is used with SASL_SSL only"
        return MechanismError(vi, en)
    if _untrusted(cause):
        vi = f"chứng thư của Kafka tại {where} không được tin; xem NAMBUOC_KAFKA_CA"
        en = f"the certificate of Kafka at {where} is not trusted; see NAMBUOC_KAFKA_CA"
        return RejectedError(vi, en)
    return translated(cause, where)
