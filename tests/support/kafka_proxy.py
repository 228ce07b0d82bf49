"""A proxy before one broker that cuts lines, hangs, and loses answers."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread

from tests.support.kafka_node import HOST

_SIZE = struct.Struct(">i")
_REQUEST = struct.Struct(">hhi")
_LIMIT_S = 30.0


class Api(IntEnum):
    """The requests of Kafka's protocol whose answers may be lost here."""

    PRODUCE = 0
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS = 24
    ADD_OFFSETS = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


class KafkaProxy:
    """
    Passes whole requests and answers between clients and a broker.

    `lost` counts the answers that were lost: the broker did what it was asked, the
    client never hears of it and its line is cut.
    """

    def __init__(self, upstream: Callable[[], int]) -> None:
        """Listen before a broker whose port is asked for at each connection."""
        self._upstream = upstream
        self._lose: list[Api] = []
        self._lines: set[socket.socket] = set()
        self._lock = Lock()
        self._open = Event()
        self._open.set()
        self.lost = 0
        self._server = ThreadingTCPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        """Where clients connect; the broker advertises it."""
        return int(self._server.server_address[1])

    def lose(self, *apis: Api) -> None:
        """Lose the next answer to each of these requests, in this order."""
        with self._lock:
            self._lose += apis

    def cut(self) -> None:
        """Cut every line that is open now."""
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            _end(line)

    def hang(self) -> None:
        """Pass nothing on until healed; new lines are taken and hang too."""
        self._open.clear()

    def heal(self) -> None:
        """Pass everything on again."""
        with self._lock:
            self._lose.clear()
        self._open.set()

    def close(self) -> None:
        """Stop listening and cut every line."""
        self.heal()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.cut()

    def serve(self, client: socket.socket) -> None:
        """Pass one line's traffic until either side ends."""
        with socket.create_connection((HOST, self._upstream()), _LIMIT_S) as broker:
            broker.settimeout(None)
            asked: dict[int, int] = {}
            with self._lock:
                self._lines |= {client, broker}
            back = Thread(target=self._answers, args=(broker, client, asked))
            back.start()
            try:
                self._requests(client, broker, asked)
            finally:
                _end(client)
                _end(broker)
                back.join()
                with self._lock:
                    self._lines -= {client, broker}

    def _requests(
        self, client: socket.socket, broker: socket.socket, asked: dict[int, int]
    ) -> None:
        while frame := _frame(client):
            api, _, number = _REQUEST.unpack_from(frame, _SIZE.size)
            asked[number] = api
            self._open.wait()
            broker.sendall(frame)

    def _answers(
        self, broker: socket.socket, client: socket.socket, asked: dict[int, int]
    ) -> None:
        with suppress(OSError):
            while frame := _frame(broker):
                (number,) = _SIZE.unpack_from(frame, _SIZE.size)
                if self._loses(asked.pop(number, -1)):
                    _end(client)
                    return
                self._open.wait()
                client.sendall(frame)
        _end(client)

    def _loses(self, api: int) -> bool:
        with self._lock:
            if not self._lose or self._lose[0] != api:
                return False
            self._lose.pop(0)
            self.lost += 1
            return True


def _frame(line: socket.socket) -> bytes:
    """Read one request or answer with its length; empty at the end."""
    head = _exactly(line, _SIZE.size)
    return head + _exactly(line, _SIZE.unpack(head)[0]) if head else b""


def _exactly(line: socket.socket, size: int) -> bytes:
    came = bytearray()
    while len(came) < size:
        piece = line.recv(size - len(came))
        if not piece:
            return b""
        came += piece
    return bytes(came)


def _end(line: socket.socket) -> None:
    # close() alone sends nothing while another thread waits in recv().
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _handler(proxy: KafkaProxy) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # either side may go away at any time
                proxy.serve(self.request)

    return Handler


@contextmanager
def kafka_proxy(upstream: Callable[[], int]) -> Iterator[KafkaProxy]:
    """Run a proxy before a broker."""
    proxy = KafkaProxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
