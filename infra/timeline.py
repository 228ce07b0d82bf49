"""A dossier's events for people to read: one page of HTML (as PDF: infra.printer)."""

import html
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from dossiers.values import local

_PAGE = Path(__file__).parent / "printer" / "templates" / "timeline.html"


@dataclass(frozen=True, slots=True)
class Line:
    """One event: its numbers, legal time, who, what in two languages, short leaf."""

    version: int
    seq: int
    at: str
    actor: str
    position: str
    agency: str
    vi: str
    en: str
    leaf: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A dossier's events in order, and the signed head of the log they lie in."""

    code: str
    dossier: str
    procedure: str
    origin: str
    size: int
    root: str
    last_at: datetime
    lines: tuple[Line, ...]


def shown(at: datetime) -> str:
    """Write an instant in legal time, to the second."""
    return f"{local(at):%H:%M:%S %d/%m/%Y}"


def as_html(timeline: Timeline) -> bytes:
    """Write one page without scripts or links, fit for the screen and for paper."""
    rows = "".join(_row(line) for line in timeline.lines)
    told = {
        name: html.escape(str(value))
        for name, value in (
            *(("code", timeline.code), ("dossier", timeline.dossier)),
            *(("procedure", timeline.procedure), ("count", len(timeline.lines))),
            *(("origin", timeline.origin), ("size", timeline.size)),
            ("root", timeline.root),
        )
    }
    page = _PAGE.read_text("utf-8")
    for name, value in told.items():
        page = page.replace(f"[[{name}]]", value)
    return page.replace("[[rows]]", rows).encode()


def _row(line: Line) -> str:
    told = {name: html.escape(str(value)) for name, value in asdict(line).items()}
    who = f"{told['position']}, {told['agency']}"
    return (
        f'<tr><td class="n">{told["version"]}</td>'
        f"<td>{told['at'].replace(' ', '<br>')}</td>"
        f"<td>{told['actor']}<small>{who}</small></td>"
        f'<td>{told["vi"]}<small lang="en">{told["en"]}</small></td>'
        f'<td class="leaf">{told["seq"]}<small>{told["leaf"]}</small></td></tr>\n'
    )
