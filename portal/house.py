"""Open the house for one command: settings from the environment, wiring once."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from infra.house import House
from infra.settings import from_environment
from infra.wiring import open_house
from portal.options import required
from portal.output import SPEECH
from steps.act import Order


@contextmanager
def opened(*, suspect: bool = False) -> Iterator[House]:
    """Open the home of NAMBUOC_HOME, made at first use; `suspect`: to audit it."""
    with open_house(from_environment(), suspect=suspect) as house:
        yield house


def order(
    house: House, *, actor: str | None = None, command: str | None = None
) -> Order:
    """
    Make the order of `--as`, `--command-id` and `--expect`.

    `actor` and `command` stand in when the options are missing; without a command id
    each call is a new command. MalformedError lists who could act.
    """
    officers = house.office.offices.current().officers[:8]
    known = ", ".join(officer.id for officer in officers)
    who = required(SPEECH.actor or actor, "--as", known)
    return Order(who, SPEECH.command_id or command or f"cli-{uuid4()}", SPEECH.expect)
