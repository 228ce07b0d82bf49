"""`nambuoc server …`: start, stop, see and check the engine's processes."""

import shutil
import sys

import typer

from infra import supervisor
from infra.settings import from_environment
from portal.house import opened
from portal.output import answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("máy chủ", "the engine"))
DOWN = 7
LEAST_FREE = 500_000_000


@app.command()
def start() -> None:
    """Bật máy chủ Prefect và bộ chạy luồng (chạy nền)."""
    with opened() as house:
        settings = house.settings
    hint(
        "đang bật Prefect, lần đầu có thể mất khoảng nửa phút…",
        "starting Prefect, the first time may take half a minute…",
    )
    found = supervisor.start(settings.home, prefect_url=settings.prefect_url)
    answer(found, _lines(found))


@app.command()
def stop() -> None:
    """Tắt mọi tiến trình của thư mục này."""
    stopped = supervisor.stop(from_environment().home)
    text = (
        say("đã tắt", "stopped") if stopped else say("không có gì chạy", "nothing ran")
    )
    answer({"stopped": stopped}, [text])


@app.command()
def status() -> None:
    """Xem tiến trình nào đang chạy, từ lúc nào, có khỏe không."""
    found = supervisor.status(from_environment().home)
    answer(found, _lines(found))


@app.command()
def migrate() -> None:
    """Nâng lược đồ cơ sở dữ liệu lên phiên bản của chương trình."""
    with opened() as house:
        version = house.schema_version
    answer({"schema": version}, [version])


@app.command()
def doctor() -> None:
    """Kiểm tra những gì máy này cần và đang thiếu gì."""
    settings = from_environment()
    free = shutil.disk_usage(
        next(p for p in (settings.home, *settings.home.parents) if p.exists())
    ).free
    engine = supervisor.status(settings.home)
    checks = {
        "python": sys.version.split()[0],
        "home": str(settings.home),
        "disk_free_bytes": free,
        "disk": free > LEAST_FREE,
        "engine": engine["healthy"],
        "pdfsig": shutil.which("pdfsig") is not None,
    }
    notes = {
        "engine": say("chạy: nambuoc server start", "run: nambuoc server start"),
        "disk": say("ổ đĩa gần đầy", "the disk is nearly full"),
        "pdfsig": say("tùy chọn: poppler-utils", "optional: poppler-utils"),
    }
    answer(
        checks,
        [
            f" {'✔' if value else '✘'} {name}: {value}"
            + (f"  → {notes[name]}" if not value and name in notes else "")
            for name, value in checks.items()
        ],
    )
    if not checks["disk"]:
        raise typer.Exit(DOWN)


def _lines(found: dict[str, object]) -> list[str]:
    return [f" {name}: {value}" for name, value in found.items()]
