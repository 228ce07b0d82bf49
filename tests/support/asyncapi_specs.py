"""The official JSON Schema of AsyncAPI: fetched once with npm, kept in ~/.cache."""

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from infra.wire.schema import Schema
from tests.support.kafka_parts import CACHE, locked

PACKAGE, VERSION = "@asyncapi/specs", "6.11.1"
FOLDER = CACHE / f"asyncapi-specs-{VERSION}"
LIMIT_S = 120


def official(version: str) -> Schema:
    """Read the schema for an AsyncAPI version; loudly absent without npm."""
    with locked("asyncapi-specs"):
        if not FOLDER.is_dir():
            _fetch()
    text = (FOLDER / "schemas" / f"{version}.json").read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


def _fetch() -> None:
    if shutil.which("npm") is None:
        pytest.skip("NO ASYNCAPI SCHEMA: npm is not installed; install npm")
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="asyncapi-part-") as part:
        done = subprocess.run(
            ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"],
            cwd=part,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"NO ASYNCAPI SCHEMA: npm could not fetch it: {done.stderr}")
        with tarfile.open(Path(part, done.stdout.strip())) as archive:
            archive.extractall(part, filter="data")
        Path(part, "package").replace(FOLDER)
