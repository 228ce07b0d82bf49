"""What the auditor says, for those who only look: read from its file, at no cost."""

from pathlib import Path

from infra import running

STATE = "auditor.json"
"""Where in HOME/run the auditor tells how far it came and what it found."""


def alarm(run: Path) -> dict[str, object]:
    """
    Tell how far the auditor came, when, and what stands against the log.

    `alarm` lists its findings, each a kind with its place; empty when all is well or
    when it never ran (then `at` is None).
    """
    found = running.read(run / STATE)
    findings = found.get("findings")
    listed = findings if isinstance(findings, list) else []
    return {
        "checked_seq": found.get("checked_seq", 0),
        "at": found.get("at"),
        "alarm": [one for one in listed if isinstance(one, dict)],
    }
