"""All configuration, checked once at start; the one reader of the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from dossiers.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Where this installation lives and what it talks to.

    `home` is the state directory; `database_url` an SQLAlchemy address; `lookup` the
    public address in QR codes; `lang` the language of screens, vi or en; `crashpoint`
    where a test lets this process die (NAME[:COUNT]).
    """

    home: Path
    database_url: str
    lookup: str
    lang: str = "vi"
    prefect_url: str | None = None
    crashpoint: str | None = None

    @property
    def store(self) -> Path:
        """The directory store of encrypted objects."""
        return self.home / "store"

    @property
    def pki(self) -> Path:
        """The development PKI: root.pem, crl/, keys."""
        return self.home / "pki"

    @property
    def keys(self) -> Path:
        """Master keys; part of the backup."""
        return self.home / "keys"

    @property
    def run(self) -> Path:
        """Pids, ports, locks of the running processes."""
        return self.home / "run"

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
    )
