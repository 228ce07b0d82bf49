"""The antivirus at the intake: a real clamd, and all the ways in which one fails."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.antivirus import scan
from infra.intake import Check, Claim, Intake
from infra.sandbox.asking import Sandbox
from storage.intake.verdict import Kind, Verdict
from tests.support.clamd import FILE_LIMIT, NAME, STREAM_LIMIT, clamd
from tests.support.hostile import EICAR, attached, flate, zipped
from tests.support.scans import jpeg, pdf, stream

Act = Callable[[socket.socket], None]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with clamd() as address:
        yield address


def checked(intake: Intake, content: bytes, name: str = "") -> Check:
    place = os.memfd_create("file")
    with os.fdopen(place, "rb") as file:
        os.write(place, content)
        return intake.check(file, Claim(name))


def codes(found: Check) -> list[Kind]:
    return [reason.code for reason in found.reasons]


def test_a_clean_file_is_accepted_without_a_word(sandbox: Sandbox, real: str) -> None:
    for required in (False, True):
        found = checked(Intake(sandbox, real, required), pdf(), "a.pdf")

        assert (found.verdict, found.reasons) == (Verdict.ACCEPT, ())


DISGUISES = {
    "plain": (EICAR, Verdict.REJECT, Kind.TYPE_NOT_ALLOWED),
    "in an archive": (zipped("a.com", EICAR), Verdict.REJECT, Kind.ARCHIVE),
    "in a stream": (pdf(stream(EICAR)), Verdict.QUARANTINE, Kind.INFECTED),
    "in a packed stream": (pdf(flate(EICAR)), Verdict.QUARANTINE, Kind.INFECTED),
    "attached to a PDF": (attached(EICAR), Verdict.REJECT, Kind.ATTACHMENT),
    "behind a picture": (jpeg(trailer=EICAR), Verdict.QUARANTINE, Kind.INFECTED),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_the_test_virus_is_found_in_every_disguise(
    sandbox: Sandbox, real: str, name: str
) -> None:
    content, verdict, expected = DISGUISES[name]
    found = checked(Intake(sandbox, real), content)

    assert found.verdict is verdict
    assert {expected, Kind.INFECTED} <= set(codes(found))
    (said,) = (r.en for r in found.reasons if r.code is Kind.INFECTED)
    assert said.endswith(f"({NAME})")


@pytest.mark.parametrize("size", [FILE_LIMIT + 9_000, STREAM_LIMIT + 900_000])
@pytest.mark.parametrize("required", [False, True])
def test_what_is_over_the_antivirus_limits_waits(
    sandbox: Sandbox, real: str, size: int, *, required: bool
) -> None:
    scan_page = pdf(stream(bytes(size), b"/Subtype/Image/Width 9/Height 9"))
    found = checked(Intake(sandbox, real, required), scan_page)

    assert codes(found) == [Kind.ANTIVIRUS_LIMIT]
    assert found.verdict is Verdict.QUARANTINE


@contextmanager
def false_clamd(act: Act) -> Iterator[str]:
    """Lend the address of a server that lets `act` treat each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                with server.accept()[0] as caller:
                    if not done.is_set():
                        act(caller)

        serving = threading.Thread(target=serve)
        serving.start()
        port = server.getsockname()[1]
        try:
            yield f"127.0.0.1:{port}"
        finally:
            done.set()
            socket.create_connection(("127.0.0.1", port)).close()
            serving.join()


def answering(answer: bytes) -> Act:
    def act(caller: socket.socket) -> None:
        content = b""
        while not content.endswith(bytes(4)):
            content += caller.recv(1 << 20)
        caller.sendall(answer)

    return act


def dripping(caller: socket.socket) -> None:
    answering(b"stream:")(caller)
    for _ in range(40):
        time.sleep(0.05)
        try:
            caller.sendall(b" ")
        except OSError:
            return


def hanging(caller: socket.socket) -> None:
    while caller.recv(1 << 20):
        pass


def cutting(caller: socket.socket) -> None:
    linger = struct.pack("ii", 1, 0)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


FAILURES = {
    "hangs": (hanging, Kind.ANTIVIRUS_SILENT),
    "drips": (dripping, Kind.ANTIVIRUS_SILENT),
    "cuts": (cutting, Kind.ANTIVIRUS_DOWN),
    "closes": (lambda _: None, Kind.ANTIVIRUS_DOWN),
    "says nothing": (answering(b""), Kind.ANTIVIRUS_DOWN),
    "speaks HTTP": (answering(b"HTTP/1.1 400 No\r\n\r\n"), Kind.ANTIVIRUS_GARBLED),
    "says only OK": (answering(b"OK\0"), Kind.ANTIVIRUS_GARBLED),
    "goes on": (answering(b"stream: OK\0stream: OK\0"), Kind.ANTIVIRUS_GARBLED),
    "fails": (answering(b"stream: Out of memory ERROR\0"), Kind.ANTIVIRUS_GARBLED),
    "floods": (answering(b"x" * 100_000), Kind.ANTIVIRUS_GARBLED),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_usable_answer_is_said_and_waits_where_one_is_required(
    sandbox: Sandbox, name: str
) -> None:
    act, expected = FAILURES[name]
    with false_clamd(act) as address:
        allowed = Intake(sandbox, address, patience_s=0.3)
        strict = Intake(sandbox, address, required=True, patience_s=0.3)

        assert codes(checked(allowed, pdf())) == [expected]
        assert checked(allowed, pdf()).verdict is Verdict.ACCEPT
        assert codes(checked(strict, pdf())) == [Kind.ANTIVIRUS_REQUIRED, expected]
        assert checked(strict, pdf()).verdict is Verdict.QUARANTINE


def test_an_antivirus_that_is_not_there_is_said(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for address in (str(tmp_path / "none.sock"), f"127.0.0.1:{free}"):
        found = checked(Intake(sandbox, address), pdf())

        assert codes(found) == [Kind.ANTIVIRUS_DOWN]
        assert found.reasons[0].en.startswith("No antivirus looked")


def test_none_configured_waits_only_where_one_is_required(sandbox: Sandbox) -> None:
    allowed = checked(Intake(sandbox), pdf())
    strict = checked(Intake(sandbox, required=True), pdf())

    assert codes(allowed) == [Kind.NO_ANTIVIRUS]
    assert allowed.verdict is Verdict.ACCEPT
    assert codes(strict) == [Kind.ANTIVIRUS_REQUIRED, Kind.NO_ANTIVIRUS]
    assert strict.verdict is Verdict.QUARANTINE


def test_a_hanging_antivirus_costs_no_more_than_the_patience(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(20 << 20))
    with false_clamd(hanging) as address, (tmp_path / "a").open("rb") as file:
        started = time.monotonic()
        found = scan(address, file.fileno(), patience_s=0.5)

    assert found == (Kind.ANTIVIRUS_SILENT, "0.5 s")
    assert time.monotonic() - started < 2


def test_reads_a_file_from_its_start_wherever_it_was_left(
    real: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(EICAR)
    with (tmp_path / "a").open("rb") as file:
        file.seek(0, os.SEEK_END)

        assert scan(real, file.fileno()) == (Kind.INFECTED, NAME)
        assert file.tell() == len(EICAR)
