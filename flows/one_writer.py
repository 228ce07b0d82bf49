"""
One writing request at a time to a Prefect server on SQLite.

Creating a run reads, then writes: any other commit in between is refused at once
("database is locked"). With one writer nothing of ours comes in between.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.base import PrefectHttpxSyncClient


@contextmanager
def one_writer() -> Iterator[None]:
    """Let every request of this process except GET take one lock."""
    lock = threading.Lock()
    send = PrefectHttpxSyncClient.send

    def sent(
        self: PrefectHttpxSyncClient,
        request: httpx.Request,
        *args: object,
        **options: object,
    ) -> httpx.Response:
        if request.method == "GET":
            return send(self, request, *args, **options)
        with lock:
            return send(self, request, *args, **options)

    with _replaced(PrefectHttpxSyncClient, "send", sent):
        yield


@contextmanager
def _replaced(owner: type, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
