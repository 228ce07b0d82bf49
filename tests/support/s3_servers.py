"""
S3 servers for the tests: a real MinIO, and two that need pip alone.

`python -m tests.support.s3_servers build` makes the programs early; the fixtures wait
for whoever builds. A server that cannot be had is a loud skip, and a failure in CI.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from minio import Minio
from minio.error import MinioException
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from dossiers.errors import DossierError
from storage.objects.s3_client import S3Place
from tests.support.kafka_node import HOST, TIED, free_port
from tests.support.s3_parts import S3MissingError, minio, rclone

LIMIT_S = 60.0
ACCESS, SECRET = "thu-kho", "mat-khau-thu"
_QUIET = {
    "MINIO_ROOT_USER": ACCESS,
    "MINIO_ROOT_PASSWORD": SECRET,
    "MINIO_BROWSER": "off",
    "MINIO_UPDATE": "off",
    "MINIO_CI_CD": "1",
}


@dataclass
class S3Server:
    """
    One server on its own port and folder, which may be killed and started again.

    `kind` is minio, rclone or moto; `settings` more of the server's environment;
    `certificates` (MinIO) a folder with private.key and public.crt: it speaks HTTPS.
    """

    kind: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    certificates: Path | None = None

    @property
    def endpoint(self) -> str:
        """Where clients find it."""
        scheme = "https" if self.certificates else "http"
        return f"{scheme}://{HOST}:{self.port}"

    def place(self, bucket: str = "", endpoint: str | None = None) -> S3Place:
        """Name a bucket, a fresh one when none is said; `endpoint`: through a proxy."""
        name = bucket or f"t{secrets.token_hex(6)}"
        return S3Place(endpoint or self.endpoint, ACCESS, SECRET, name)

    def start(self) -> None:
        """Start on the same port and folder; returns when it answers signed calls."""
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", TIED, *self._command()],
                env={**os.environ, **_QUIET, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def kill(self) -> None:
        """SIGKILL, as a power cut of the program."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def client(self) -> Minio:
        """Give a bare client: one try, no patience."""
        return Minio(
            endpoint=f"{HOST}:{self.port}",
            access_key=ACCESS,
            secret_key=SECRET,
            secure=self.certificates is not None,
            region="us-east-1",
            http_client=PoolManager(
                timeout=Timeout(connect=2, read=10),
                retries=Retry(total=0),
                ca_certs=self.certificates and str(self.certificates / "public.crt"),
            ),
        )

    def _command(self) -> Sequence[str]:
        address, folder = f"{HOST}:{self.port}", str(self.folder)
        match self.kind:
            case "minio":
                more = ("--certs-dir", str(self.certificates or self.folder / "none"))
                quiet = ("server", "--quiet", *more)
                return (str(minio()), *quiet, "--address", address, folder)
            case "rclone":
                keys = ("--auth-key", f"{ACCESS},{SECRET}")
                return (str(rclone()), "serve", "s3", *keys, "--addr", address, folder)
            case _:
                port = str(self.port)
                return (sys.executable, "-m", "moto.server", "-H", HOST, "-p", port)

    def _wait(self) -> None:
        # Ready is a signed call that is answered: a port answers earlier.
        client, deadline = self.client(), time.monotonic() + LIMIT_S
        while True:
            try:
                client.list_buckets()
            except (MinioException, HTTPError) as error:
                running = self.process is not None and self.process.poll() is None
                if not running or time.monotonic() > deadline:
                    text = f"NO {self.kind.upper()}: it does not start: {error}"
                    raise S3MissingError(text) from error
                time.sleep(0.05)
            else:
                return

    def _end(self, order: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(order)
            self.process.wait(30)


@contextmanager
def s3_server(
    kind: str, *, certificates: Path | None = None, **settings: str
) -> Iterator[S3Server]:
    """Run a server of this kind in a folder of its own, deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="nambuoc-s3-") as place:
        folder = Path(place, "objects")
        folder.mkdir()
        server = S3Server(kind, folder, settings, certificates=certificates)
        try:
            server.start()
            yield server
        finally:
            server.kill()


def _session(kind: str) -> Iterator[S3Server]:
    try:
        running = s3_server(kind)
        server = running.__enter__()
    except S3MissingError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    yield server
    running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def minio_server() -> Iterator[S3Server]:
    """Start one MinIO for the session; tests take buckets of their own."""
    yield from _session("minio")


@pytest.fixture(scope="session")
def rclone_server() -> Iterator[S3Server]:
    """Start one rclone: signatures are checked, no versions, no locks."""
    yield from _session("rclone")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[S3Server]:
    """Start one moto: versions, no signatures."""
    yield from _session("moto")


def took(act: Callable[[], object]) -> tuple[float, DossierError | None]:
    """Do it; how many seconds it took and how it failed."""
    start, failed = time.monotonic(), None
    try:
        act()
    except DossierError as error:
        failed = error
    return time.monotonic() - start, failed


def main(words: Sequence[str]) -> int:
    """Make the programs: `build`; 1 and the reason when one cannot be had."""
    if list(words) != ["build"]:
        return 2
    try:
        rclone()
        minio()
    except S3MissingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
