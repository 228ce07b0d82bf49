"""House rules that a linter cannot hold, each with its reason."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.code import (
    PACKAGES,
    Function,
    modules,
    nodes,
    text,
    tracked,
)

MODULE_LINES, FUNCTION_LINES, EXCUSES = 300, 40, 4
# Whoever asks the machine's clock cannot be replayed: only the office's clock may.
CLOCKS = {
    Path("infra/clock.py"): {"datetime.now"},
    Path("storage/engine.py"): {"julianday('now')", "clock_timestamp"},
}
ASKS_THE_TIME = re.compile(
    r"datetime\.now|utcnow|date\.today|julianday\('now'\)|strftime\('%|func\.now"
    r"|clock_timestamp|current_timestamp|sysdate",
    re.IGNORECASE,
)
BANNED = {
    *("manager", "helper", "util", "utils", "handler", "processor", "service"),
    *("info", "data", "base", "common", "misc"),
}
# The law's own words: dịch vụ công, and the fee for a service (phí).
LEGAL = {"ServiceLevel", "service_level", "SERVICE"}
MACHINE = re.compile(rb"/(?:work|home/\w+|Users/\w+|mnt/\w+)/|[A-Z]:\\\\Users")


@pytest.mark.parametrize("module", modules(), ids=str)
def test_only_the_clock_asks_the_time(module: Path) -> None:
    asked = set(ASKS_THE_TIME.findall(text(module)))

    assert asked - CLOCKS.get(module, set()) == set()


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_module_is_read_in_one_sitting(module: Path) -> None:
    if "migrations" not in module.parts:
        assert len(text(module).splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_function_is_seen_at_once(package: str) -> None:
    long = [
        f"{module}:{node.lineno} {node.name}"
        for module, node in nodes(package)
        if isinstance(node, Function)
        and "migrations" not in module.parts
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]

    assert long == []


def names(package: str) -> set[str]:
    """List the public names: of classes, functions, parameters and fields."""
    found = set()
    for _, node in nodes(package):
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if not name.startswith("_")}


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


@pytest.mark.parametrize("package", ["dossiers", "steps"])
def test_a_name_says_what_it_is(package: str) -> None:
    empty = {name for name in names(package) if words(name) & BANNED} - LEGAL
    vague = {name for name in names(package) if re.match(r"do_|process_.", name)}

    assert empty | vague == set()


def test_nothing_knows_the_machine_it_was_written_on() -> None:
    # The rules themselves must name what they forbid.
    told = [path for path in tracked() if MACHINE.search(path.read_bytes())]

    assert [path for path in told if path.name != Path(__file__).name] == []


def test_excuses_from_the_checkers_are_few() -> None:
    excuse = re.compile(r"#\s*(?:noqa|type:\s*ignore)")
    own = Path(__file__).name
    found = [
        f"{path.name}:{number}"
        for path in tracked()
        if path.suffix == ".py" and path.name != own
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if excuse.search(line)
    ]

    assert len(found) <= EXCUSES, found
