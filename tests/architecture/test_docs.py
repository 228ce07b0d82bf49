"""The docs say what is there: commands exist, links resolve, both READMEs agree."""

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from portal.cli import NOUNS, application

ROOT = Path(__file__).parents[2]
README, TWIN = ROOT / "README.md", ROOT / "README.vi.md"
PAGES = (README, TWIN, *ROOT.glob("[CS]*.md"), *sorted(ROOT.glob("docs/**/*.md")))
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(rf"{FENCE.pattern}|`[^`\n]+`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?<![\w./:-])(?:\.venv/bin/)?nambuoc ([a-z]+) ([a-z-]+)")
TARGET = re.compile(r"""\]\(([^)\s]+)\)|\bsrc="([^"]+)\"""")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[tuple[str, str]]:
    shown = "\n".join(CODE.findall(page.read_text(encoding="utf-8")))
    return COMMAND.findall(shown)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_a_page_exists(page: Path) -> None:
    for noun, verb in commands(page):
        assert noun in NOUNS, f"{name_of(page)}: nambuoc {noun}"
        group = get_command(application(noun))
        assert isinstance(group, TyperGroup)
        assert verb in group.commands, f"{name_of(page)}: nambuoc {noun} {verb}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    found = TARGET.findall(FENCE.sub("", page.read_text(encoding="utf-8")))

    for target in (link or image for link, image in found):
        if not target.startswith(("https://", "http://", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("command", ["make demo", "make test"])
@pytest.mark.parametrize("page", [README, TWIN], ids=name_of)
def test_both_readmes_name_the_two_commands(page: Path, command: str) -> None:
    blocks = "\n".join(FENCE.findall(page.read_text(encoding="utf-8")))

    assert command in blocks


def test_the_twin_names_the_same_commands_in_the_same_order() -> None:
    assert len(commands(README)) > 10
    assert commands(README) == commands(TWIN)


def test_decision_records_are_short_and_have_their_four_parts() -> None:
    records = sorted((ROOT / "docs/decisions").glob("*.md"))

    assert [page.name[:4] for page in records] == [
        f"{number:04}" for number in range(1, len(records) + 1)
    ]
    for page in records:
        text = page.read_text(encoding="utf-8")
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert parts == ["Context", "Options", "Decision", "Consequences"], page.name
        assert len(text.splitlines()) <= 40, page.name
