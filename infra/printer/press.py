"""
Print a paper: the same value gives the same bytes, on every machine.

Values reach typst as JSON, never as markup, so `#panic()` in a name is seven letters
and a bracket. Fonts are those inside the typst wheel; dates come from the value.
"""

import io
import json
import threading
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import segno
import typst

from dossiers.errors import MalformedError
from dossiers.outcome import Outcome
from dossiers.papers import AppointmentSlip, Paper
from dossiers.ports import Printed, Slot
from dossiers.values import Value, local

TEMPLATES = Path(__file__).parent / "templates"
STANDARD: Literal["a-2a"] = "a-2a"
"""Not PDF/UA-1, though the pages meet it: a visible signature field takes it away."""


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


class _Press(threading.local):
    """One compiler a thread, made when first used: typst refuses to share one."""

    @cached_property
    def compiler(self) -> typst.Compiler:
        return typst.Compiler(
            TEMPLATES / "main.typ",
            root=TEMPLATES,
            font_paths=_fonts(),
            ignore_system_fonts=True,
        )


_PRESS = _Press()


def print_paper(paper: Paper | Outcome, *, lang: Literal["vi", "en"] = "vi") -> Printed:
    """
    Print a paper as tagged PDF/A-2a with its signature slots.

    The bytes end in a line feed. Slots are `officer` on forms 01 to 03, `person` and
    `seal` on numbered papers; an English print is a translation and has none. Raises
    MalformedError when a letter of the value is not in the font.
    """
    compiler = _PRESS.compiler
    sheet = {"paper": _sheet(paper), "lang": lang}
    try:
        pdf = compiler.compile(
            sys_inputs=sheet,
            pdf_standards=STANDARD,
            timestamp=local(paper.issued_at).replace(microsecond=0),
        )
        places = compiler.query("<slot>", field="value")
    except typst.TypstError as error:
        raise _unprintable(paper.form, error) from error
    if not isinstance(pdf, bytes):
        raise TypeError(pdf)
    return Printed(
        pdf if pdf.endswith(b"\n") else pdf + b"\n",
        tuple(_slot(place) for place in json.loads(places)),
    )


class TypstPrinter:
    """The Printer of ports: Vietnamese papers by typst; safe in many threads."""

    def print(self, paper: Value) -> Printed:
        """Print a paper of dossiers.papers or an Outcome, always the same bytes."""
        if not isinstance(paper, Paper | Outcome):
            raise TypeError(paper)
        return print_paper(paper)


def _sheet(paper: Paper | Outcome) -> str:
    fields = paper.model_dump()
    if isinstance(paper, AppointmentSlip | Outcome):
        fields["qr"] = _qr(paper.lookup)
    return json.dumps(fields, default=_moment, ensure_ascii=False)


def _moment(at: datetime) -> list[int]:
    """Year, month, day, hour, minute of legal time: the template words them."""
    shown = local(at)
    return [shown.year, shown.month, shown.day, shown.hour, shown.minute]


def _qr(text: str) -> str:
    """Draw a QR code as SVG with error correction M."""
    drawing = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(drawing, kind="svg", xmldecl=False, border=0)
    return drawing.getvalue().decode()


def _slot(place: dict[str, str | int]) -> Slot:
    x, y, width, height = (
        float(str(place[side]).removesuffix("pt"))
        for side in ("x", "y", "width", "height")
    )
    name, page = str(place["name"]), int(place["page"])
    return Slot(name=name, page=page, x=x, y=y, width=width, height=height)


def _unprintable(form: str, error: typst.TypstError) -> MalformedError:
    return MalformedError(
        f"Không in được mẫu {form}: {error}; sửa ký tự lạ trong hồ sơ rồi in lại",
        f"form {form} cannot be printed: {error}; correct the field and print again",
    )
