"""The fast level: a small broker from PyPI that speaks Kafka and starts in 10 ms."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from infra.settings import KafkaSettings
from tests.support.kafka_node import HOST, TIED, free_port

_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Noida:
    """A running noida-db; killed within a second of a write it loses that write."""

    port: int

    @property
    def bootstrap(self) -> tuple[str, ...]:
        """The address for clients."""
        return (f"{HOST}:{self.port}",)

    def settings(self, prefix: str | None = None) -> KafkaSettings:
        """Give settings under a prefix: of its own when none is said."""
        name = prefix if prefix is not None else f"t{uuid4().hex[:10]}"
        return KafkaSettings(bootstrap=self.bootstrap, prefix=name)


@pytest.fixture(scope="module")
def noida() -> Iterator[Noida]:
    """Run one for the module; loudly absent when it will not start here."""
    package = find_spec("noida_db")
    if package is None or package.origin is None:
        pytest.skip("NO FAST BROKER: noida-db is not installed; see CONTRIBUTING.md")
    program = Path(package.origin).with_name("noida-db")
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-noida-"))
    port = free_port()
    tied = (sys.executable, "-c", TIED, str(program))
    words = ("start", "--only", "kafka", "--kafka-port", str(port))
    with (folder / "out").open("wb") as output:
        process = subprocess.Popen(
            [*tied, *words, "--data-dir", str(folder / "data")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        if not _answers(process, port):
            told = (folder / "out").read_text(errors="replace")[-300:]
            pytest.skip(f"NO FAST BROKER: noida-db does not start here: {told}")
        yield Noida(port)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection((HOST, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.02)
    return False
