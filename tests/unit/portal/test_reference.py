"""docs/reference/cli.md says what `--help` says: every verb and every option."""

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from dossiers.fold import HANDLED
from dossiers.transitions import ACTIONS
from portal import competence, sentences
from portal.cli import NOUNS, application

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"
ROW = re.compile(r"\| `(\w+) ([\w-]+)[^`]*` \| (?:`([^`]*)`)? ?\|")
ELSEWHERE = {"demo", "bench"}


def documented() -> dict[tuple[str, str], set[str]]:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {(noun, verb): set(options.split()) for noun, verb, options in rows}


def offered(noun: str) -> dict[tuple[str, str], set[str]]:
    group = get_command(application(noun))
    assert isinstance(group, TyperGroup)
    return {
        (noun, name): {
            max(parameter.opts, key=len)
            for parameter in command.params
            if parameter.param_type_name == "option" and parameter.name != "help"
        }
        for name, command in group.commands.items()
    }


@pytest.mark.parametrize("noun", sorted(set(NOUNS) - ELSEWHERE))
def test_every_verb_and_option_is_documented(noun: str) -> None:
    rows = {key: options for key, options in documented().items() if key[0] == noun}

    assert rows == offered(noun)


def test_every_open_act_has_a_command_and_every_event_a_sentence() -> None:
    short = {fact.model_fields["type"].default.split(".")[-2] for fact in HANDLED}

    assert set(ACTIONS) == competence.KNOWN
    assert short == sentences.KNOWN
