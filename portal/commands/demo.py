"""`nambuoc demo …`: the main job on real records, and a served home to look at."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import NotFoundError
from infra import supervisor
from infra.settings import from_environment
from portal.demo.engine import engine, serve
from portal.demo.figures import figures
from portal.demo.report import lines
from portal.demo.run import (
    SAMPLE,
    Input,
    Script,
    claim,
    load,
    only_demo,
    play,
)
from portal.demo.show import bar
from portal.house import opened
from portal.output import answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("chạy thử", "the demo"))
PARTLY = 8


@app.command()
def run(
    *,
    arrivals: Annotated[Path | None, typer.Option(help="CSV")] = None,
    procedures: Annotated[Path | None, typer.Option(help="JSONL.GZ")] = None,
    dossiers: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[str, typer.Option()] = "nambuoc",
    concurrency: Annotated[int, typer.Option(min=1, max=8)] = 1,
    shift_weeks: Annotated[int, typer.Option()] = 731,
) -> None:
    """Đưa hồ sơ thật qua năm bước trên đồng hồ ảo, rồi báo cáo."""
    script = Script(
        arrivals=_file(arrivals, "arrivals.csv"),
        procedures=_file(procedures, "procedures.jsonl.gz"),
        dossiers=dossiers,
        seed=seed,
        shift_weeks=shift_weeks,
        concurrency=concurrency,
    )
    began = time.monotonic()
    home = from_environment().home
    found = load(script)
    with _leaving_in_order(), only_demo(home):
        with opened() as house:
            fresh = claim(house, script, found)
        if fresh:
            supervisor.stop(home)  # an engine started before knows nothing of the seed
        document = _played(script, found, began)
    answer(document, lines(document, home))
    if document["broken_rows"] or document["refused_lines"]:
        raise typer.Exit(PARTLY)


def _played(script: Script, found: Input, began: float) -> dict[str, object]:
    spent = supervisor.cpu_seconds(from_environment().home)
    with opened() as house:
        hint("đang bật Prefect và bộ chạy luồng…", "starting Prefect and the worker…")
        with engine(house):
            with bar() as tell:
                play(house, script, found, tell)
            hint("đang đối soát và lập báo cáo…", "reconciling and reporting…")
            document = figures(house, found, engine_before_s=spent)
    return document | {"wall_s": round(time.monotonic() - began, 1)}


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """Let TERM and a closed terminal end the engine too, as Ctrl-C does."""
    orders = (signal.SIGTERM, signal.SIGHUP)
    old = [signal.signal(one, lambda got, _: sys.exit(128 + got)) for one in orders]
    try:
        yield
    finally:
        for one, before in zip(orders, old, strict=True):
            signal.signal(one, before)


def _file(given: Path | None, name: str) -> Path:
    path = given or SAMPLE / name
    if not path.is_file():
        vi = f"không có tệp {path}"
        raise NotFoundError(vi, f"no file {path}")
    return path


@app.command()
def up() -> None:
    """Bật máy chủ của thư mục chạy thử để xem bằng trình duyệt."""
    hint("đang bật Prefect và bộ chạy luồng…", "starting Prefect and the worker…")
    with opened() as house:
        serve(house, ours=False)
        home = house.settings.home
        url = house.settings.prefect_url or supervisor.prefect_url(home) or ""
    page = url.removesuffix("/api")
    shown = [
        f"Prefect: {page}/runs",
        say("tắt: nambuoc demo down", "end it: nambuoc demo down"),
    ]
    answer(supervisor.status(home) | {"url": page}, shown)


@app.command()
def down() -> None:
    """Tắt máy chủ; dữ liệu vẫn còn."""
    stopped = supervisor.stop(from_environment().home)
    text = (
        say("đã tắt", "stopped") if stopped else say("không có gì chạy", "nothing ran")
    )
    answer({"stopped": stopped}, [text])
