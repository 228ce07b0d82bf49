"""What a command answers: one JSON document, or lines in the user's language."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from dossiers.errors import DossierError, IllegalTransitionError


@dataclass(slots=True)
class Speech:
    """How this process speaks (language, JSON, hints) and for whom it acts."""

    lang: str = "vi"
    as_json: bool = False
    quiet: bool = False
    actor: str | None = None
    command_id: str | None = None
    expect: int | None = None


SPEECH = Speech()


def say(vi: str, en: str) -> str:
    """Choose the sentence in the user's language."""
    return en if SPEECH.lang == "en" else vi


def answer(document: object, lines: Iterable[str]) -> None:
    """Print the one JSON document, or the lines, on standard output."""
    if SPEECH.as_json:
        text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
        sys.stdout.write(text + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def hint(vi: str, en: str) -> None:
    """Print a hint on standard error."""
    if not SPEECH.quiet:
        sys.stderr.write(say(vi, en) + "\n")
        sys.stderr.flush()


def complain(error: DossierError) -> int:
    """Tell what is wrong and what to do; returns the exit code."""
    if SPEECH.as_json:
        told: dict[str, object] = {
            "kind": type(error).__name__,
            "message": say(error.vi, error.en),
            "rule": error.rule,
            "exit": error.exit_code,
        }
        if isinstance(error, IllegalTransitionError):
            told["open"] = list(error.open_actions)
        answer({"error": told}, ())
    else:
        sys.stderr.write(say(f"Lỗi: {error.vi}", f"Error: {error.en}") + "\n")
    return error.exit_code
