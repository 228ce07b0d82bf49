"""
Which SASL mechanism to use: asked of a broker, for kafka-python does not negotiate.

SCRAM proves the password without telling it. PLAIN tells it to whoever listens, so it
is used over TLS, or towards this machine, only: a broker that is not who it says cannot
talk us into it.
"""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from infra.kafka.errors import RejectedError
from infra.settings import KafkaSettings

_SCRAM = ("SCRAM-SHA-512", "SCRAM-SHA-256")
_HERE = {"127.0.0.1", "::1", "localhost"}
_LIMIT_S = 2.0
_HANDSHAKE = struct.pack(">hhih", 17, 1, 1, -1)  # SaslHandshake v1, no client id
_MOST_BYTES = 4096


class MechanismError(RejectedError):
    """The brokers take no mechanism that may be used here."""


def mechanism(settings: KafkaSettings) -> str:
    """
    Choose what the first broker that answers takes; SCRAM-SHA-512 when none does.

    Raises MechanismError naming what they take instead.
    """
    offered = _offered(settings)
    hosts = {address.rpartition(":")[0].strip("[]") for address in settings.bootstrap}
    plain = settings.security == "SASL_SSL" or hosts <= _HERE
    wanted = (*_SCRAM, "PLAIN") if plain else _SCRAM
    for name in wanted if offered else _SCRAM:
        if not offered or name in offered:
            return name
    where, names = ", ".join(settings.bootstrap), ", ".join(offered)
    vi = f"Kafka tại {where} chỉ nhận {names}; PLAIN chỉ dùng với SASL_SSL"
    en = f"Kafka at {where} takes {names} only; PLAIN is used with SASL_SSL alone"
    raise MechanismError(vi, en)


def _offered(settings: KafkaSettings) -> list[str]:
    for address in settings.bootstrap:
        try:
            with _line(address, settings) as line:
                name = _SCRAM[0].encode()
                request = _HANDSHAKE + struct.pack(">h", len(name)) + name
                line.sendall(struct.pack(">i", len(request)) + request)
                return _names(line)
        except (OSError, ValueError, struct.error):
            continue  # the client itself will say why
    return []


@contextmanager
def _line(address: str, settings: KafkaSettings) -> Iterator[socket.socket]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    with socket.create_connection((host, int(port)), timeout=_LIMIT_S) as bare:
        if settings.security != "SASL_SSL":
            yield bare
            return
        context = ssl.create_default_context(cafile=settings.ca)
        with context.wrap_socket(bare, server_hostname=host) as line:
            yield line


def _names(line: socket.socket) -> list[str]:
    """Read the answer: correlation id, error code, names of what is taken."""
    (size,) = struct.unpack(">i", _read(line, 4))
    answer = _read(line, min(size, _MOST_BYTES))
    (count,), at = struct.unpack_from(">i", answer, 6), 10
    names = []
    for _ in range(count):
        (length,) = struct.unpack_from(">h", answer, at)
        names.append(answer[at + 2 : at + 2 + length].decode())
        at += 2 + length
    return names


def _read(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = line.recv(size - len(found))
        if not part:
            raise ConnectionResetError
        found += part
    return found
