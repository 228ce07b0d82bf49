"""The timeline of an evidence pack as tagged PDF/A by typst."""

import json
import re
from dataclasses import asdict
from unicodedata import normalize

import typst

from dossiers.values import local
from infra.printer.press import STANDARD, TEMPLATES
from infra.timeline import Timeline, shown

_RARE = re.compile(r"[^\x20-\x7e\u00a1-\u024f\u1ea0-\u1ef9]")
"""Letters that the font may lack, as Vietnamese never does."""


def print_timeline(timeline: Timeline) -> bytes:
    """
    Print the timeline; the same one gives the same bytes.

    A letter that the font lacks is printed as a question mark: evidence does not wait
    for a font, and the page of HTML beside it shows every letter.
    """
    sheet = asdict(timeline) | {"last_at": shown(timeline.last_at)}
    try:
        return _printed(sheet, timeline)
    except typst.TypstError:
        sheet["lines"] = [
            {name: _plain(value) for name, value in asdict(line).items()}
            for line in timeline.lines
        ]
        return _printed(sheet, timeline)


def _printed(sheet: dict[str, object], timeline: Timeline) -> bytes:
    compiler = typst.Compiler(
        TEMPLATES / "timeline.typ",
        root=TEMPLATES,
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
    )
    pdf = compiler.compile(
        sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
        pdf_standards=STANDARD,
        timestamp=local(timeline.last_at).replace(microsecond=0),
    )
    if not isinstance(pdf, bytes):
        raise TypeError(pdf)
    return pdf


def _plain(value: object) -> object:
    return _RARE.sub("?", normalize("NFC", value)) if isinstance(value, str) else value
