"""
Apache Kafka itself for the tests: jars from Maven Central, kept under ~/.cache.

One process fetches while others wait; what is there is used without a network. Beside
the jars lies an archive of loaded classes, which halves the start of a broker.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "4.3.1"
CACHE = Path.home() / ".cache" / "nambuoc"
LIMIT_S = 300
_COPY = (
    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies",
    "-DincludeScope=runtime",
    "-DoutputDirectory=libs",
)
_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
 <modelVersion>4.0.0</modelVersion>
 <groupId>vn.nambuoc.tests</groupId><artifactId>kafka</artifactId>
 <version>1</version><packaging>pom</packaging>
 <dependencies>
  <dependency><groupId>org.apache.kafka</groupId>
   <artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
  <dependency><groupId>org.slf4j</groupId>
   <artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
 </dependencies>
</project>
"""


class KafkaMissingError(Exception):
    """Java or Maven is not there, or Kafka could not be fetched."""


def class_path() -> str:
    """
    Give the class path of Kafka, fetched at first use.

    Raises KafkaMissingError saying what to install.
    """
    jars = sorted(str(jar) for jar in _fetched().glob("*.jar"))
    return ":".join(jars)


def archive() -> Path:
    """Name the class-data archive of this Kafka and this Java; it may not be yet."""
    told = subprocess.run(["java", "-version"], capture_output=True, check=True).stderr
    return _folder() / f"classes-{hashlib.sha256(told).hexdigest()[:12]}.jsa"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock in the cache, so that one process builds and others wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _folder() -> Path:
    key = hashlib.sha256(_POM.encode()).hexdigest()[:12]
    return CACHE / f"kafka-{VERSION}-{key}"


def _fetched() -> Path:
    for program, package in (("java", "a JRE of 17 or later"), ("mvn", "maven")):
        if shutil.which(program) is None:
            text = f"NO KAFKA: {program} is not installed; install {package}"
            raise KafkaMissingError(text)
    libraries = _folder() / "libs"
    with locked("kafka"):
        if not libraries.is_dir():
            _fetch(_folder())
    return libraries


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="kafka-part-") as part:
        pom = Path(part, "pom.xml")
        pom.write_text(_POM, encoding="utf-8")
        command = ["mvn", "-q", "-B", "-f", str(pom), *_COPY]
        done = subprocess.run(
            command,
            cwd=part,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode:
            text = f"NO KAFKA: Maven could not fetch it: {done.stdout[-400:]}"
            raise KafkaMissingError(text)
        folder.mkdir(parents=True, exist_ok=True)
        Path(part, "libs").replace(folder / "libs")
