"""
Connections to Kafka with the settings that were measured, and with an end to each wait.

- A constructor of kafka-python asks ONE of the bootstrap servers, drawn at random, and
  waits for it alone: short waits, asked again, find one that lives.
- One that fails leaves its thread and sockets behind and does not say why: both are put
  right here, so wrong credentials are told as such and a long outage leaks nothing.
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
from infra.kafka.sasl import mechanism
from infra.settings import KafkaSettings

T = TypeVar("T")
Client = Callable[..., KafkaNetClient]
BOOTSTRAP_MS = 2_000
LIMIT_S = 6.0
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


def connection(settings: KafkaSettings) -> dict[str, object]:
    """
    Make the options of an address and of who we are; the password is read now.

    Raises FaultError when a file of ours cannot be read, RejectedError when the brokers
    take no safe mechanism.
    """
    options: dict[str, object] = {
        "bootstrap_servers": list(settings.bootstrap),
        "security_protocol": settings.security,
    }
    if settings.security.endswith("SSL") and settings.ca is not None:
        options["ssl_cafile"] = str(settings.ca)
        _read(settings, "ca")
    if settings.security.startswith("SASL"):
        options["sasl_mechanism"] = mechanism(settings)
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
    until = time.monotonic() + limit_s
    while True:
        known = {"bootstrap_timeout_ms": BOOTSTRAP_MS, **connection(settings)}
        try:
            return _attempt(kind, settings, _Watch(client), {**known, **options})
        except UnavailableError as error:
            if not error.retryable or time.monotonic() > until:
                raise
        time.sleep(_PAUSE_S)


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
    watch.end()
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
    """
    Makes the inner client of kafka-python and sees why its connections fail.

    A refusal ends the bootstrap at once: asking again would not change it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._made: list[KafkaNetClient] = []
        self._last: Exception | None = None

    def __call__(self, **configs: object) -> KafkaNetClient:
        """Make it, watched."""
        made = self._client(**configs)
        self._made.append(made)
        manager: KafkaConnectionManager = vars(made)["_manager"]
        connect = manager.get_connection

        def watched(*words: object, **named: object) -> KafkaConnection:
            if self._last is not None and _is_refusal(self._last):
                raise self._last
            found = connect(*words, **named)
            found.init_future.add_errback(self._see)
            return found

        manager.get_connection = watched
        return made

    def _see(self, error: Exception) -> None:
        self._last = error

    def cause(self, error: Exception) -> Exception:
        """Choose what tells most: why the last connection failed."""
        return error if self._last is None or _is_refusal(error) else self._last

    def end(self) -> None:
        """Watch no longer: the client is made."""
        for made in self._made:
            vars(vars(made)["_manager"]).pop("get_connection", None)

    def release(self) -> None:
        """Let go of the thread and sockets that a failed constructor leaves behind."""
        for made in self._made:
            with suppress(kafka.KafkaError, OSError, RuntimeError):
                made.close()


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, REJECTED) or _untrusted(error)


def _untrusted(error: Exception) -> bool:
    return "certificate verify failed" in str(error).lower()


def _told(cause: Exception, settings: KafkaSettings) -> DossierError:
    where = ", ".join(settings.bootstrap)
    if isinstance(cause, kafka.SaslAuthenticationFailedError):
        vi = f"sai người dùng hoặc mật khẩu Kafka tại {where}; xem NAMBUOC_KAFKA_USER"
        en = f"wrong user or password for Kafka at {where}; see NAMBUOC_KAFKA_USER"
        return RejectedError(vi, en)
    if _untrusted(cause):
        vi = f"chứng thư của Kafka tại {where} không được tin; xem NAMBUOC_KAFKA_CA"
        en = f"the certificate of Kafka at {where} is not trusted; see NAMBUOC_KAFKA_CA"
        return RejectedError(vi, en)
    return translated(cause, where)
