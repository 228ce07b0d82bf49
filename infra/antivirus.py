"""Ask clamd about a file: zINSTREAM over a Unix socket (a path) or TCP (HOST:PORT)."""

import os
import socket
import struct
import time
from contextlib import suppress

from storage.intake.verdict import Kind

_PIECE = 1 << 16
_LONGEST_ANSWER = 4096
_CONNECT_S = 2.0
_STREAM, _CLEAN, _FOUND = "stream: ", "OK", " FOUND"
_TOO_LONG = "size limit exceeded"
_OVER_A_LIMIT = "Heuristics.Limits.Exceeded"


def scan(
    address: str, file: int, *, patience_s: float = 30.0
) -> tuple[Kind, str] | None:
    """Scan an open file from its start: None when clean, else what and why."""
    until = time.monotonic() + patience_s
    try:
        with _connected(address) as clamd:
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(clamd, file, until)  # cut short: its answer says why
            return _judged(_answer(clamd, until))
    except TimeoutError:
        return Kind.ANTIVIRUS_SILENT, f"{patience_s:g} s"
    except OSError as error:
        return Kind.ANTIVIRUS_DOWN, error.strerror or type(error).__name__


def _connected(address: str) -> socket.socket:
    if "/" not in address:
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S)
    clamd = socket.socket(socket.AF_UNIX)
    clamd.settimeout(_CONNECT_S)
    try:
        clamd.connect(address)
    except OSError:
        clamd.close()
        raise
    return clamd


def _send(clamd: socket.socket, file: int, until: float) -> None:
    clamd.sendall(b"zINSTREAM\0")
    place, piece = 0, b"-"
    while piece:
        piece = os.pread(file, _PIECE, place)
        place += len(piece)
        clamd.settimeout(_left(until))
        clamd.sendall(struct.pack(">I", len(piece)) + piece)


def _answer(clamd: socket.socket, until: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        clamd.settimeout(_left(until))
        piece = clamd.recv(_LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("ascii", "replace")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _judged(answer: str) -> tuple[Kind, str] | None:
    if not answer:
        return Kind.ANTIVIRUS_DOWN, "closed without an answer"
    said = answer.removeprefix(_STREAM)
    told = "".join(filter(str.isprintable, said))[:80]
    if said == _CLEAN and said != answer:
        return None
    if said.endswith(_FOUND) and said != answer:
        name = told.removesuffix(_FOUND)
        over = name.startswith(_OVER_A_LIMIT)
        return (Kind.ANTIVIRUS_LIMIT if over else Kind.INFECTED), name
    if _TOO_LONG in said:
        return Kind.ANTIVIRUS_LIMIT, told
    return Kind.ANTIVIRUS_GARBLED, told
