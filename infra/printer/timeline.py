"""The timeline of an evidence pack as tagged PDF/A by typst."""

import json
from dataclasses import asdict

import typst

from dossiers.errors import MalformedError
from dossiers.values import local
from infra.printer.press import STANDARD, TEMPLATES
from infra.timeline import Timeline, shown


def print_timeline(timeline: Timeline) -> bytes:
    """Print the timeline; the same one gives the same bytes. MalformedError."""
    compiler = typst.Compiler(
        TEMPLATES / "timeline.typ",
        root=TEMPLATES,
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
    )
    sheet = asdict(timeline) | {"last_at": shown(timeline.last_at)}
    try:
        pdf = compiler.compile(
            sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
            pdf_standards=STANDARD,
            timestamp=local(timeline.last_at).replace(microsecond=0),
        )
    except typst.TypstError as error:
        vi = f"không in được dòng thời gian: {error}; báo người vận hành"
        en = f"the timeline cannot be printed: {error}; tell the operator"
        raise MalformedError(vi, en) from error
    if not isinstance(pdf, bytes):
        raise TypeError(pdf)
    return pdf
