"""A proxy before an HTTP server that cuts, hangs, dawdles, answers 503 or loses."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.support.kafka_node import HOST

_PIECE = 1 << 16
_DAWDLES = 6
_RESET = struct.pack("ii", 1, 0)
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\n"
    b"Content-Type: application/xml\r\nContent-Length: 46\r\nConnection: close\r\n\r\n"
    b"<Error><Code>SlowDown</Code><Message/></Error>"
)


class Fault(StrEnum):
    """What goes wrong with one request."""

    RESET = "the connection is reset before anything is read"
    CUT_REQUEST = "the connection is reset in the middle of the request's body"
    CUT_ANSWER = "the connection is reset in the middle of the answer"
    HANG = "the request is read and never answered"
    SLOW = "the answer comes in pieces, 0.4 s apart"
    LOST = "the request is carried out, its answer never comes"
    FLIP = "the last byte of the body is changed on its way"


class ChaosProxy:
    """
    One request a connection, each with the fault that is next.

    `seen` holds the first line of every request, whatever became of it.
    """

    def __init__(self, upstream: int) -> None:
        """Listen on a port of its own before a port of this machine."""
        self.seen: list[str] = []
        self._upstream = upstream
        self._next: list[tuple[str, Fault | bytes]] = []
        self._always: Fault | bytes | None = None
        self._healed = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingTCPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """The address for clients."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def break_next(self, *faults: Fault | bytes, method: str = "") -> None:
        """Give the next requests (of this method) a fault each; bytes: the answer."""
        with self._lock:
            self._next += [(method, fault) for fault in faults]

    def break_all(self, fault: Fault | bytes) -> None:
        """Give every request the fault until it is healed."""
        self._always = fault

    def heal(self) -> None:
        """Let everything through again; what hangs is dropped."""
        with self._lock:
            self._next.clear()
        self._always = None
        self._healed.set()
        self._healed = threading.Event()

    def close(self) -> None:
        """Stop listening."""
        self.heal()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, client: socket.socket) -> None:
        """Serve one request."""
        healed = self._healed
        head, body = _read_head(client)
        line = head.split(b"\r\n", 1)[0].decode("latin-1")
        self.seen.append(line)
        fault = self._fault(line)
        if fault in {Fault.RESET, Fault.CUT_REQUEST}:
            if fault is Fault.CUT_REQUEST and not line.startswith(("GET", "HEAD")):
                client.recv(_PIECE)
            _reset(client)
            return
        body = _read_body(client, head, body)
        if fault is Fault.HANG:
            healed.wait(60)
        elif isinstance(fault, bytes):
            client.sendall(fault)
        else:
            sent = _flipped(body) if fault is Fault.FLIP else body
            self._pass(client, fault, self._ask(head, sent))

    def _pass(
        self, client: socket.socket, fault: Fault | bytes | None, answer: bytes
    ) -> None:
        """Pass the answer of the server on, whole or as the fault wants."""
        if fault is Fault.CUT_ANSWER:
            client.sendall(answer[: len(answer) - len(answer) // 3 - 1])
        elif fault is Fault.SLOW:
            _dawdle(client, answer)
        elif fault is not Fault.LOST:
            client.sendall(answer)
        if fault in {Fault.CUT_ANSWER, Fault.LOST}:
            _reset(client)

    def _fault(self, line: str) -> Fault | bytes | None:
        with self._lock:
            for number, (method, fault) in enumerate(self._next):
                if line.startswith(method):
                    del self._next[number]
                    return fault
        return self._always

    def _ask(self, head: bytes, body: bytes) -> bytes:
        """Carry the request out upstream; the whole answer."""
        once = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with socket.create_connection((HOST, self._upstream), 30) as server:
            server.sendall(once + body)
            return b"".join(iter(lambda: server.recv(_PIECE), b""))


def _handler(proxy: ChaosProxy) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # either side may go away at any time
                proxy.serve(self.request)

    return Handler


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """Read the head of a request and what came of its body."""
    came = b""
    while b"\r\n\r\n" not in came:
        piece = client.recv(_PIECE)
        if not piece:
            raise ConnectionResetError
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", body


def _read_body(client: socket.socket, head: bytes, came: bytes) -> bytes:
    size = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    pieces, left = [came], size - len(came)
    while left > 0:
        piece = client.recv(min(left, _PIECE))
        if not piece:
            raise ConnectionResetError
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _flipped(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1]) if body else body


def _dawdle(client: socket.socket, answer: bytes) -> None:
    step = len(answer) // _DAWDLES + 1
    for start in range(0, len(answer), step):
        time.sleep(0.4)
        client.sendall(answer[start : start + step])


def _reset(client: socket.socket) -> None:
    """Close so that the other side sees a reset, not an end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    client.close()


@contextmanager
def chaos_proxy(upstream: int) -> Iterator[ChaosProxy]:
    """Run a proxy before a port of this machine."""
    proxy = ChaosProxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
