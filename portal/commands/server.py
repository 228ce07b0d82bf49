"""`nambuoc server …`: start, stop, see and check the engine's processes."""

import shutil
import sys

import typer

from dossiers.errors import DossierError
from infra import supervisor
from infra.alarm import alarm
from infra.outside import outside
from infra.settings import from_environment
from portal.alarms import TAMPERED, warnings
from portal.house import opened
from portal.output import answer, hint, say
from portal.verbs import noun, verb

app = noun("bật, tắt, xem máy chủ", "the engine")
DOWN = 7
LEAST_FREE = 500_000_000


@verb(
    app,
    "start",
    "Bật máy chủ Prefect và bộ chạy luồng (chạy nền).",
    "Start Prefect's server and the worker, detached.",
)
def start() -> None:
    """Start Prefect's server and the worker, detached."""
    with opened() as house:
        settings = house.settings
    hint(
        "đang bật Prefect, lần đầu có thể mất khoảng nửa phút…",
        "starting Prefect, the first time may take half a minute…",
    )
    found = supervisor.start(settings.home, prefect_url=settings.prefect_url)
    answer(found, _lines(found))


@verb(
    app,
    "stop",
    "Tắt mọi tiến trình của thư mục này.",
    "Stop every process of this home.",
)
def stop() -> None:
    """Stop every process of this home."""
    stopped = supervisor.stop(from_environment().home)
    text = (
        say("đã tắt", "stopped") if stopped else say("không có gì chạy", "nothing ran")
    )
    answer({"stopped": stopped}, [text])


@verb(
    app,
    "status",
    "Xem tiến trình nào đang chạy, từ lúc nào, có khỏe không.",
    "Which processes run, since when, and are they well.",
)
def status() -> None:
    """Tell which processes run, since when, and whether they are well."""
    settings = from_environment()
    found = supervisor.status(settings.home)
    audited = alarm(settings.run)
    answer(found | {"auditor": audited}, [*_lines(found), *warnings(audited)])
    if audited["alarm"]:
        raise typer.Exit(TAMPERED)


@verb(
    app,
    "migrate",
    "Nâng lược đồ cơ sở dữ liệu lên phiên bản của chương trình.",
    "Bring the database to this program's schema.",
)
def migrate() -> None:
    """Bring the database to this program's schema."""
    with opened() as house:
        version = house.schema_version
    answer({"schema": version}, [version])


@verb(
    app,
    "doctor",
    "Kiểm tra những gì máy này cần và đang thiếu gì.",
    "Check what this machine needs and lacks.",
)
def doctor() -> None:
    """Check what this machine needs and lacks; exit 7 when it cannot work."""
    settings = from_environment()
    free = shutil.disk_usage(
        next(p for p in (settings.home, *settings.home.parents) if p.exists())
    ).free
    house = _house()
    engine = supervisor.status(settings.home)
    parts = outside(settings)
    checks: dict[str, object] = {
        "python": sys.version.split()[0],
        "home": str(settings.home),
        "disk_free_bytes": free,
        "disk": free > LEAST_FREE,
        "house": house is None,
        "engine": engine["healthy"],
        "pdfsig": shutil.which("pdfsig") is not None,
        **{name: fault is None for name, fault in parts.items()},
    }
    notes = {
        "disk": say("ổ đĩa gần đầy", "the disk is nearly full"),
        "house": house or "",
        "engine": say("chạy: nambuoc server start", "run: nambuoc server start"),
        "pdfsig": say("tùy chọn: poppler-utils", "optional: poppler-utils"),
        **{name: say(*fault) for name, fault in parts.items() if fault},
    }
    answer(
        checks | {"notes": [notes[name] for name in notes if not checks[name]]},
        [
            f" {'✔' if value else '✘'} {name}: {value}"
            + (f"  → {notes[name]}" if not value and name in notes else "")
            for name, value in checks.items()
        ],
    )
    if not (checks["disk"] and checks["house"] and checks.get("s3", True)):
        raise typer.Exit(DOWN)


def _house() -> str | None:
    """Open the home as every command does; what was in the way, or None."""
    try:
        with opened() as house:
            house.journal.head()
    except DossierError as error:
        return say(error.vi, error.en)
    except OSError as error:
        return str(error)
    return None


def _lines(found: dict[str, object]) -> list[str]:
    return [f" {name}: {value}" for name, value in found.items()]
