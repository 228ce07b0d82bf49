"""A real MinIO that is cut off, hangs, dawdles, or is not what answers."""

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pytest

from dossiers.errors import (
    RefusedError,
    TamperedError,
    UnavailableError,
)
from infra.clock import SystemClock
from storage.objects.s3 import S3Objects
from storage.objects.s3_client import S3Place
from tests.support.chaos_proxy import BUSY, ChaosProxy, Fault, chaos_proxy
from tests.support.s3_servers import S3Server, took

FORK = get_context("fork")
NOW = SystemClock().now
LARGE = bytes(20 << 20)
"""More than one part."""
NO_BODY = b"HTTP/1.1 {} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Site:
    """A bucket of a MinIO behind a proxy that does what a test wants."""

    objects: S3Objects
    proxy: ChaosProxy
    place: S3Place

    def put(self, key: str, content: bytes = b"giay") -> str | None:
        """Put through the proxy; the version."""
        return self.objects.put(key, io.BytesIO(content), len(content)).version_id

    def read(self, key: str) -> bytes:
        """Read all of it through the proxy."""
        with self.objects.open(key) as stream:
            return stream.read()


@pytest.fixture
def site(minio_server: S3Server) -> Iterator[Site]:
    with chaos_proxy(minio_server.port) as proxy:
        place = minio_server.place(endpoint=proxy.endpoint)
        objects = S3Objects(place, NOW)
        objects.provision()
        yield Site(objects, proxy, place)


@pytest.mark.parametrize(
    "fault", [Fault.RESET, Fault.CUT_REQUEST, Fault.CUT_ANSWER, Fault.LOST]
)
def test_one_broken_request_is_asked_again(site: Site, fault: Fault) -> None:
    site.proxy.break_next(fault, method="PUT")
    site.proxy.break_next(fault, method="HEAD")
    content = bytes(300_000)

    site.put("o/x", content)

    assert site.read("o/x") == content
    assert [found.key for found in site.objects.list()] == ["o/x"]


def test_an_answer_lost_for_good_leaves_nothing_that_a_new_key_meets(
    site: Site,
) -> None:
    site.proxy.break_next(*[Fault.LOST] * 2, method="PUT")

    with pytest.raises(UnavailableError):
        site.put("o/x/1")
    site.put("o/x/2")

    assert site.read("o/x/1") == site.read("o/x/2")
    site.objects.delete("o/x/1")
    assert [found.key for found in site.objects.list()] == ["o/x/2"]


def test_a_busy_store_is_asked_again_and_its_minute_is_not_waited(site: Site) -> None:
    site.proxy.break_next(BUSY, BUSY, method="PUT")

    seconds, failed = took(lambda: site.put("o/x"))

    assert failed is None
    assert seconds < 3


@pytest.mark.parametrize("fault", [BUSY, Fault.RESET], ids=["busy", "reset"])
def test_a_store_that_stays_broken_is_given_up_soon(
    site: Site, fault: Fault | bytes
) -> None:
    site.proxy.break_all(fault)

    seconds, failed = took(lambda: site.put("o/x"))

    assert isinstance(failed, UnavailableError)
    assert seconds < 4
    assert not site.objects.health().ok


def test_a_store_that_hangs_is_given_up_within_twelve_seconds(site: Site) -> None:
    site.put("o/x")
    site.proxy.break_next(*[Fault.HANG] * 6, method="PUT")
    with ThreadPoolExecutor() as threads:
        parts = threads.submit(took, lambda: site.put("o/large", LARGE))
        time.sleep(1)
        site.proxy.break_all(Fault.HANG)
        acts = (
            lambda: site.put("o/y"),
            lambda: site.read("o/x"),
            lambda: site.objects.delete("o/x"),
            lambda: list(site.objects.list()),
        )
        ends = [parts, *(threads.submit(took, act) for act in acts)]
        healthy = threads.submit(took, site.objects.health)

    for seconds, failed in (end.result() for end in ends):
        assert isinstance(failed, UnavailableError)
        assert seconds < 12
    assert healthy.result()[0] < 4


def test_a_slow_answer_is_waited_for(site: Site) -> None:
    content = bytes(range(250)) * 400
    site.put("o/x", content)

    site.proxy.break_all(Fault.SLOW)

    assert site.read("o/x") == content


def test_a_read_that_is_cut_never_ends_short(site: Site) -> None:
    site.put("o/x", bytes(500_000))
    site.proxy.break_next(Fault.CUT_ANSWER, method="GET")

    with site.objects.open("o/x") as stream, pytest.raises(UnavailableError):
        stream.read()
    assert site.read("o/x") == bytes(500_000)


def test_bytes_changed_on_their_way_are_not_acknowledged(
    site: Site, moto_server: S3Server
) -> None:
    with chaos_proxy(moto_server.port) as proxy:
        place = moto_server.place(endpoint=proxy.endpoint)
        trusting = Site(S3Objects(place, NOW), proxy, place)
        trusting.objects.provision()
        for store in (site, trusting):  # MinIO compares; moto takes anything
            store.proxy.break_next(Fault.FLIP, method="PUT")
            with pytest.raises(TamperedError):
                store.put("o/x", bytes(1000))


GARBAGE = {
    "a page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    b"Content-Length: 14\r\nConnection: close\r\n\r\n<h1>Login</h1>",
    "no http": b"\x00\x01\x02 this is no HTTP at all\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "nothing": b"",
    "bad xml": b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\n"
    b"Content-Length: 6\r\nConnection: close\r\n\r\n<Error",
    "no text": b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\n"
    b"Content-Length: 3\r\nConnection: close\r\n\r\n\xff\xfe\xfd",
    **{
        f"{status} without a body": NO_BODY.replace(b"{}", str(status).encode())
        for status in (204, 301, 307, 400, 403, 404, 405, 409, 411, 416, 500, 501)
    },
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE.keys())
def test_whatever_answers_instead_no_foreign_error_crosses(
    site: Site, answer: bytes
) -> None:
    version = site.put("o/x")
    site.proxy.break_all(answer)
    objects = site.objects

    for act in (
        lambda: site.put("o/y"),
        lambda: site.read("o/x"),
        lambda: objects.stat("o/x", version),
        lambda: list(objects.list("o/")),
        lambda: objects.delete("o/x"),
        lambda: objects.lock("o/x", version, NOW().replace(year=2999)),
        objects.probe,
        objects.provision,
        objects.health,
    ):
        took(act)  # anything but a DossierError would come through
    site.proxy.heal()
    assert site.objects.health().ok


def test_wrong_credentials_are_refused_with_a_clear_word(
    minio_server: S3Server,
) -> None:
    place = minio_server.place()
    wrong = S3Place(place.endpoint, place.access_key, "khong-phai", place.bucket)

    for act in (S3Objects(wrong, NOW).provision, S3Objects(wrong, NOW).probe):
        seconds, failed = took(act)
        assert type(failed) is RefusedError
        assert "NAMBUOC_S3_SECRET_KEY" in failed.vi
        assert seconds < 2


def put_in_child(objects: S3Objects, key: str) -> None:
    objects.put(key, io.BytesIO(b"con"), 3)


def test_a_forked_process_has_connections_of_its_own(site: Site) -> None:
    site.put("o/parent")

    children = [
        FORK.Process(target=put_in_child, args=(site.objects, f"o/{number}"))
        for number in range(4)
    ]
    for child in children:
        child.start()
    site.put("o/parent2")
    for child in children:
        child.join(30)

    assert [child.exitcode for child in children] == [0] * 4
    assert len(list(site.objects.list())) == 6
