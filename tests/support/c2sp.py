"""A verifier that is not ours: Go's sumdb and torchwood behind a small program."""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from tests.support.kafka_parts import CACHE, locked
from tests.support.s3_parts import S3MissingError, go

SOURCE = Path(__file__).parents[1] / "assets" / "c2sp"


class C2spMissingError(Exception):
    """The verifier could neither be found nor built."""


def verifier() -> Path:
    """Give the program, built at first use, kept in the cache; C2spMissingError."""
    sources = sorted(SOURCE.glob("*.*"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    binary = CACHE / f"c2sp-{digest.hexdigest()[:12]}" / "c2sp"
    if not binary.exists():
        with locked("c2sp"):
            if not binary.exists():
                _build(binary)
    return binary


def _build(binary: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            _compile(go(Path(folder)), binary)
        except S3MissingError as error:
            text = f"NO C2SP TOOLS: {error}"
            raise C2spMissingError(text) from error


def _compile(compiler: str, binary: Path) -> None:
    binary.parent.mkdir(parents=True, exist_ok=True)
    part = binary.with_name(f"{binary.name}.{os.getpid()}.part")
    done = subprocess.run(
        [compiler, "build", "-trimpath", "-buildvcs=false", "-o", str(part), "."],
        cwd=SOURCE,
        env=os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if done.returncode:
        text = f"NO C2SP TOOLS: they could not be built: {done.stderr[-400:]}"
        raise C2spMissingError(text)
    part.replace(binary)
