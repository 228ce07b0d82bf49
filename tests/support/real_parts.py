"""
Fetch and build the real parts of the tests early: `python -m tests.support.real_parts`.

Runs beside the first tests; a fixture that needs a part waits for its lock. What cannot
be had is told here and again, loudly, by the tests that miss it.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.support import asyncapi_specs, c2sp, kafka_parts, s3_parts

PARTS: dict[str, Callable[[], object]] = {
    "Kafka": kafka_parts.archive,
    "MinIO": s3_parts.minio,
    "rclone": s3_parts.rclone,
    "C2SP tools": c2sp.verifier,
    "AsyncAPI schema": lambda: asyncapi_specs.official("3.0.0"),
}


def main() -> int:
    """Make each part; tells how long it took, and how many could not be had."""
    failed = 0
    with ThreadPoolExecutor(1) as pool:
        for name, make in PARTS.items():
            start = time.monotonic()
            error = pool.submit(make).exception()
            failed += error is not None
            took = f"{time.monotonic() - start:.0f} s"
            sys.stderr.write(f"{name}: {error or took}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
