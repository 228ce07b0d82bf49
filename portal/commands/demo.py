"""`nambuoc demo …`: the main job on real records, and a served home to look at."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import ConflictError, NotFoundError
from infra import supervisor
from infra.settings import from_environment
from infra.wiring import SEED
from portal.demo.figures import figures, lines
from portal.demo.run import SAMPLE, Script, play, served
from portal.demo.show import bar
from portal.house import opened
from portal.output import answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("chạy thử", "the demo"))


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
    _claim(seed)
    with opened() as house:
        hint("đang bật Prefect và bộ chạy luồng…", "starting Prefect and the worker…")
        started = served(house)
        try:
            with bar() as tell:
                finished = play(house, script, tell)
            document = figures(house, finished)
        finally:
            if started:
                supervisor.stop(house.settings.home)
        answer(document, lines(document, house.settings.home))


def _file(given: Path | None, name: str) -> Path:
    path = given or SAMPLE / name
    if not path.is_file():
        vi = f"không có tệp {path}"
        raise NotFoundError(vi, f"no file {path}")
    return path


def _claim(seed: str) -> None:
    """Make the home a demo home: its ids and its clock follow the seed from now on."""
    with opened() as house:
        if house.meta.get(SEED) is None and house.journal.head().size:
            home = house.settings.home
            vi = f"{home} có hồ sơ thật, không chạy thử ở đây; đặt NAMBUOC_HOME khác"
            raise ConflictError(vi, f"{home} holds real dossiers; use another home")
        there = house.meta.settle(SEED, seed)
        if there != seed:
            vi = f"thư mục này đã chạy thử với --seed {there}; dùng thư mục khác"
            raise ConflictError(vi, f"this home ran with --seed {there}; use another")


@app.command()
def up() -> None:
    """Bật máy chủ của thư mục chạy thử để xem bằng trình duyệt."""
    with opened() as house:
        served(house)
        found = supervisor.status(house.settings.home)
    url = str(supervisor.prefect_url(from_environment().home) or "")
    answer(found, [say("Prefect: ", "Prefect: ") + url.removesuffix("/api")])


@app.command()
def down() -> None:
    """Tắt máy chủ; dữ liệu vẫn còn."""
    stopped = supervisor.stop(from_environment().home)
    text = (
        say("đã tắt", "stopped") if stopped else say("không có gì chạy", "nothing ran")
    )
    answer({"stopped": stopped}, [text])
