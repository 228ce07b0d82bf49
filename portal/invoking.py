"""Give the words of a command to Typer; its complaints are told as all others are."""

import typer
from typer.main import get_command

from dossiers.errors import MalformedError


def invoke(app: typer.Typer, noun: str, words: list[str]) -> int:
    """Run one verb of a noun; returns its exit code, raises MalformedError."""
    command = get_command(app)
    try:
        code = command.main(
            args=words, prog_name=f"nambuoc {noun}", standalone_mode=False
        )
    except typer.TyperException as error:
        raise _misused(error, noun, words) from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    return code if isinstance(code, int) else 0


def _misused(
    error: typer.TyperException, noun: str, words: list[str]
) -> MalformedError:
    verb = "" if words[0].startswith("-") else f" {words[0]}"
    if str(error).startswith("No such command"):
        verb = ""
    what = getattr(error, "format_message", error.__str__)().rstrip(".")
    see = f"nambuoc {noun}{verb} --help"
    return MalformedError(f"sai cách gọi: {what}; xem: {see}", f"{what}; see: {see}")
