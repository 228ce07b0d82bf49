"""`nambuoc bench …`: what the engine costs, measured side by side (benchmarks/)."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import portal
from dossiers.errors import FaultError, NotFoundError
from infra.settings import from_environment
from portal.output import SPEECH, answer, hint, say

app = typer.Typer(no_args_is_help=True, help=say("đo đạc", "benchmarks"))
SCRIPTS = Path(portal.__file__).parents[1] / "benchmarks"
BENCHES = {
    "engine": (
        "năm bước, sổ sự kiện, Prefect: tỉ số CPU so với mức nền",
        "five steps, journal, Prefect: CPU ratios against a floor",
    ),
    "events": (
        "nhật ký ra Kafka, đọc lại, kiểm tra",
        "the log to Kafka, replayed, verified",
    ),
    "documents": (
        "cất, đọc, tìm giấy tờ: tỉ số so với kho trần",
        "store, read and match papers: ratios against a bare store",
    ),
}
Name = Annotated[str, typer.Argument(help=", ".join(BENCHES))]


@app.command("list")
def list_() -> None:
    """Liệt kê các phép đo."""
    rows = [
        {"name": name, "about": say(*about), "here": _script(name).is_file()}
        for name, about in BENCHES.items()
    ]
    answer(rows, [f"{row['name']}  {row['about']}" for row in rows])


@app.command()
def run(
    name: Name,
    *,
    quick: Annotated[
        bool, typer.Option(help=say("đo ít, độ một phút", "less, about a minute"))
    ] = False,
) -> None:
    """Đo và so với mục tiêu; kết quả được giữ lại cho `bench card`."""
    _demand_known(name)
    script = _script(name)
    if not script.is_file():
        vi = f"không có {script}: phép đo chỉ chạy từ bản sao mã nguồn (git clone)"
        en = f"no {script}: benchmarks run from a checkout (git clone) only"
        raise NotFoundError(vi, en)
    hint(
        "đang đo, mất một đến sáu phút; tiến trình hiện bên dưới",
        "measuring, one to six minutes; progress below",
    )
    kept = _kept(name)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    words = [sys.executable, str(script), "--out", str(kept)]
    _perform(words + ["--quick"] * quick, kept.with_suffix(".log"))
    _tell(kept)


@app.command()
def card(name: Name = "engine") -> None:
    """In kết quả đo gần nhất."""
    _demand_known(name)
    kept = _kept(name)
    if not kept.is_file():
        vi = f"chưa đo {name} trên thư mục này; chạy: nambuoc bench run {name}"
        en = f"{name} was not measured on this home; run: nambuoc bench run {name}"
        raise NotFoundError(vi, en)
    _tell(kept)


def _demand_known(name: str) -> None:
    if name not in BENCHES:
        known = ", ".join(BENCHES)
        vi = f"không có phép đo «{name}»; có: {known}"
        raise NotFoundError(vi, f"no benchmark {name!r}; there are: {known}")


def _script(name: str) -> Path:
    return SCRIPTS / f"{name}.py"


def _kept(name: str) -> Path:
    return from_environment().home / "bench" / f"{name}.json"


def _perform(words: list[str], log: Path) -> None:
    """Run the script; its output is progress: on our standard error, or in the log."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    quiet = [(os.POSIX_SPAWN_OPEN, 2, str(log), flags, 0o600)] * SPEECH.quiet
    actions = [*quiet, (os.POSIX_SPAWN_DUP2, 2, 1)]
    child = os.posix_spawn(words[0], words, os.environ, file_actions=actions)
    _, status = os.waitpid(child, 0)
    if (code := os.waitstatus_to_exitcode(status)) != 0:
        where = str(log) if SPEECH.quiet else say("bên trên", "above")
        vi = f"phép đo dừng giữa chừng ({code}); xem {where} rồi chạy lại"
        raise FaultError(vi, f"the benchmark ended with {code}; see {where}, run again")


def _tell(kept: Path) -> None:
    document = json.loads(kept.read_text(encoding="utf-8"))
    answer(document, lines(document))


def lines(document: dict[str, object]) -> list[str]:
    """Write the report as a table: value, baseline, ratio, goal, spread."""
    machine, cases = document["machine"], document["cases"]
    if not isinstance(machine, dict) or not isinstance(cases, list):
        vi = "kết quả đo đã hỏng; hãy đo lại"
        raise FaultError(vi, "the kept result is damaged; measure again")
    load = f"{machine['load_before']} → {machine['load_after']}"
    head = f"{document['name']}  {document['at']}  {machine['cpus']} CPU  load {load}"
    heads = ("", "", say("nền", "base"), say("tỉ số", "ratio"), say("mục tiêu", "goal"))
    return [head, _row((*heads, "min … max")), *(_row(_cells(case)) for case in cases)]


def _row(cells: tuple[str, ...]) -> str:
    widths = (27, 26, 10, 8, 10, 18)
    return "".join(
        f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)
    ).rstrip()


def _cells(case: dict[str, object]) -> tuple[str, ...]:
    wants = "≤" if case["goal_wants"] == "at_most" else "≥"
    mark = {True: "✔", False: "✘", None: ""}
    met = case["met"] if isinstance(case["met"], bool) else None
    return (
        str(case["name"]),
        f"{case['value']} {case['unit']}",
        _shown(case["baseline"]),
        _shown(case["ratio"]),
        "" if case["goal"] is None else f"{wants} {case['goal']} {mark[met]}",
        f"{case['min']} … {case['max']}",
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)
