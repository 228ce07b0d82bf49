"""What a command answers: one JSON document, or lines in the user's language."""

import json
import os
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
    text = written(document) + "\n" if SPEECH.as_json else _joined(lines)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def written(document: object) -> str:
    """Write a document as JSON for people and programs."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=str)


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def hint(vi: str, en: str) -> None:
    """Print a hint on standard error."""
    if not SPEECH.quiet:
        _murmur(say(vi, en))


def _murmur(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


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
        _murmur(say(f"Lỗi: {error.vi}", f"Error: {error.en}"))
    return error.exit_code
