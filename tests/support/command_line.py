"""`nambuoc` in this process: words in; exit code, standard output and error out."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, fields

from portal import cli
from portal.output import SPEECH, Speech


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        """Read the one JSON document on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def error(self) -> str:
        """Read the sentence of the JSON error."""
        told = self.document["error"]
        assert isinstance(told, dict)
        return str(told["message"])


def nambuoc(*words: str) -> Said:
    """Run one command line as `main` does; unforeseen errors are raised."""
    for field in fields(Speech):
        setattr(SPEECH, field.name, field.default)
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    argv, hook, mask = sys.argv, sys.excepthook, os.umask(0o077)
    sys.argv = ["nambuoc", *words]
    code: object = None
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
    except SystemExit as exit_:
        code = exit_.code
    finally:
        sys.argv, sys.excepthook = argv, hook
        os.umask(mask)
    assert isinstance(code, int)
    return Said(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
