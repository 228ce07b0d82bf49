"""All configuration, checked once at start; the one reader of the environment."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dossiers.errors import MalformedError

Antivirus = Literal["required", "best_effort"]
SECURITY = ("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """
    Which Kafka cluster carries the events.

    `bootstrap` are HOST:PORT addresses; `prefix` stands before each topic's name, with
    a dot; `security` is a Kafka security protocol; the password is read from its file
    at each connection; `ca` is a PEM file of the brokers' authority.
    """

    bootstrap: tuple[str, ...]
    prefix: str = ""
    security: str = "PLAINTEXT"
    user: str | None = None
    password_file: Path | None = None
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class S3Settings:
    """
    Which S3-compatible store keeps the documents.

    `endpoint` is http(s)://HOST:PORT; presigned links are made for `public_endpoint`.
    """

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    public_endpoint: str | None = None
    bucket: str = "nambuoc"

    @property
    def locked(self) -> str:
        """The bucket of signed outcomes, with object lock."""
        return f"{self.bucket}-locked"


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Where this installation lives and what it talks to.

    `home` is the state directory; `database_url` an SQLAlchemy address; `lookup` the
    public address in QR codes; `lang` the language of screens, vi or en; `crashpoint`
    where a test lets this process die (NAME[:COUNT]). Without `kafka` the journal is
    read itself, without `s3` papers lie in the home. `clamd` is a socket's path or
    HOST:PORT; with `antivirus` "required" a file that nobody could scan waits.
    """

    home: Path
    database_url: str
    lookup: str
    lang: str = "vi"
    prefect_url: str | None = None
    crashpoint: str | None = None
    kafka: KafkaSettings | None = None
    s3: S3Settings | None = None
    clamd: str | None = None
    antivirus: Antivirus = "best_effort"

    @property
    def store(self) -> Path:
        """The directory store of encrypted objects."""
        return self.home / "store"

    @property
    def pki(self) -> Path:
        """The development PKI: root.pem, crl/, keys."""
        return self.home / "pki"

    @property
    def log(self) -> Path:
        """The log's signing key and what its signer keeps beside it."""
        return self.pki / "log"

    @property
    def keys(self) -> Path:
        """Master keys; part of the backup."""
        return self.home / "keys"

    @property
    def run(self) -> Path:
        """Pids, ports, locks of the running processes."""
        return self.home / "run"

    @property
    def spool(self) -> Path:
        """What came so far of uploads in parts; not part of the backup."""
        return self.home / "spool"

    @property
    def outbox(self) -> Path:
        """Where the embedded receiver of notices counts them."""
        return self.home / "outbox"


def from_environment(home: Path | None = None) -> Settings:
    """Read NAMBUOC_*; unset means embedded. Raises MalformedError."""
    where = home or Path(
        os.environ.get("NAMBUOC_HOME") or Path.home() / ".local" / "share" / "nambuoc"
    )
    where = where.expanduser().absolute()
    if where.exists() and not where.is_dir():
        text = f"NAMBUOC_HOME={where} không phải thư mục; hãy chọn một thư mục"
        raise MalformedError(text, f"NAMBUOC_HOME={where} is not a directory")
    url = os.environ.get("NAMBUOC_DATABASE_URL") or f"sqlite:///{where}/nambuoc.db"
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith(("sqlite://", "postgresql+psycopg://")):
        kind = url.partition(":")[0]
        text = f"NAMBUOC_DATABASE_URL: không hỗ trợ {kind}; dùng sqlite hay postgresql"
        raise MalformedError(text, f"NAMBUOC_DATABASE_URL: {kind} is not supported")
    port = os.environ.get("NAMBUOC_PORTAL_PORT", "8080")
    return Settings(
        home=where,
        database_url=url,
        lookup=f"http://127.0.0.1:{port}/tra-cuu",
        lang=os.environ.get("NAMBUOC_LANG", "vi"),
        prefect_url=os.environ.get("PREFECT_API_URL") or None,
        crashpoint=os.environ.get("NAMBUOC_CRASHPOINT") or None,
        kafka=_kafka(),
        s3=_s3(),
        clamd=os.environ.get("NAMBUOC_CLAMD") or None,
        antivirus=_antivirus(),
    )


def _kafka() -> KafkaSettings | None:
    addresses = os.environ.get("NAMBUOC_KAFKA_BOOTSTRAP", "").replace(" ", "")
    if not addresses:
        return None
    bootstrap = tuple(filter(None, addresses.split(",")))
    for address in bootstrap:
        host, _, port = address.rpartition(":")
        right = bool(host) and port.isdecimal()
        _demand(right, "KAFKA_BOOTSTRAP", address, "HOST:PORT[,HOST:PORT…]")
    security = os.environ.get("NAMBUOC_KAFKA_SECURITY") or "PLAINTEXT"
    _demand(security in SECURITY, "KAFKA_SECURITY", security, ", ".join(SECURITY))
    prefix = os.environ.get("NAMBUOC_KAFKA_PREFIX", "")
    named = _PREFIX.fullmatch(prefix) is not None
    _demand(named, "KAFKA_PREFIX", prefix, _PREFIX.pattern)
    password = os.environ.get("NAMBUOC_KAFKA_PASSWORD_FILE")
    ca = os.environ.get("NAMBUOC_KAFKA_CA")
    user = os.environ.get("NAMBUOC_KAFKA_USER") or None
    known = bool(user and password) or not security.startswith("SASL")
    _demand(known, "KAFKA_USER", user or "", "NAMBUOC_KAFKA_USER + _PASSWORD_FILE")
    return KafkaSettings(
        bootstrap=bootstrap,
        prefix=prefix,
        security=security,
        user=user,
        password_file=Path(password) if password else None,
        ca=Path(ca) if ca else None,
    )


def _s3() -> S3Settings | None:
    endpoint = os.environ.get("NAMBUOC_S3_ENDPOINT")
    if not endpoint:
        return None
    public = os.environ.get("NAMBUOC_S3_PUBLIC_ENDPOINT") or None
    for address in filter(None, (endpoint, public)):
        parts = urlsplit(address)
        right = parts.scheme in ("http", "https") and bool(parts.hostname)
        _demand(right, "S3_ENDPOINT", address, "http(s)://HOST[:PORT]")
    access = os.environ.get("NAMBUOC_S3_ACCESS_KEY", "")
    secret = os.environ.get("NAMBUOC_S3_SECRET_KEY", "")
    both = "NAMBUOC_S3_ACCESS_KEY + _SECRET_KEY"
    _demand(bool(access and secret), "S3_ACCESS_KEY", "", both)
    return S3Settings(
        endpoint=endpoint.rstrip("/"),
        access_key=access,
        secret_key=secret,
        public_endpoint=public and public.rstrip("/"),
        bucket=os.environ.get("NAMBUOC_S3_BUCKET") or "nambuoc",
    )


def _antivirus() -> Antivirus:
    asked = os.environ.get("NAMBUOC_ANTIVIRUS", "best_effort")
    known = asked in ("required", "best_effort")
    _demand(known, "ANTIVIRUS", asked, "required, best_effort")
    return "required" if asked == "required" else "best_effort"


def _demand(right: object, name: str, found: str, wanted: str) -> None:
    if not right:
        vi = f"NAMBUOC_{name}={found}: cần {wanted}"
        raise MalformedError(vi, f"NAMBUOC_{name}={found}: wants {wanted}")
