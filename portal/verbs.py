"""How a module of commands names its verbs, in both languages."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from portal.output import say

P = ParamSpec("P")
R = TypeVar("R")

ACTING = say(
    "chung cho mọi việc: --as CÁN_BỘ  --expect PHIÊN_BẢN  --command-id MÃ",
    "every act takes: --as OFFICER  --expect VERSION  --command-id ID",
)


def noun(vi: str, en: str, *, acts: bool = False) -> typer.Typer:
    """Open a noun; `acts`: its verbs change something and need `--as`."""
    return typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help=say(vi, en),
        epilog=ACTING if acts else None,
    )


def verb(
    app: typer.Typer, name: str, vi: str, en: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Add a verb to a noun, with its help in the user's language."""
    return app.command(name, help=say(vi, en))
