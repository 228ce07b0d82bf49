"""A receiver of notices outside: acts on each of our keys once, counts every call."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dossiers.errors import UnavailableError
from dossiers.ports import DueEffect

KEY = "Idempotency-Key"


@dataclass
class Receiver:
    """What came in: calls by key, the acts it did; `lose` answers are not given."""

    url: str = ""
    lose: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    acts: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str) -> str | None:
        """Act when the key is new; the receipt, or None when the answer gets lost."""
        with self.lock:
            if not self.calls[key]:
                self.acts.append(key)
            self.calls[key] += 1
            self.lose -= 1
            return None if self.lose >= 0 else f"receipt-{self.acts.index(key)}"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port of this machine."""
    found = Receiver()

    class Door(BaseHTTPRequestHandler):
        """One call: the notice as the body, its key as a header."""

        def do_POST(self) -> None:
            """Take the notice; hang up without a word when the answer is lost."""
            self.rfile.read(int(self.headers["Content-Length"]))
            receipt = found.take(self.headers[KEY])
            if receipt is not None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(receipt.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        found.url = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            yield found
        finally:
            server.shutdown()


@dataclass(frozen=True, slots=True)
class HttpNotices:
    """The port `Notices` towards that receiver."""

    url: str

    def send(self, effect: DueEffect) -> str:
        """Deliver under the effect's key; UnavailableError when no answer comes."""
        connection = HTTPConnection(self.url, timeout=10)
        body = json.dumps({"kind": effect.kind, "recipient": effect.recipient})
        try:
            connection.request("POST", "/", body, {KEY: effect.key})
            return connection.getresponse().read().decode()
        except (OSError, HTTPException) as error:
            text = f"the receiver did not answer: {error}"
            raise UnavailableError(text, text) from error
        finally:
            connection.close()
