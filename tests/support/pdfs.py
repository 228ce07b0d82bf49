"""Small tagged PDFs by typst, with places for two signatures."""

import json
from collections.abc import Sequence

import typst

from dossiers.ports import Slot
from signing.fields import add_fields

_PAGE = """
#set document(title: "Giấy phép", date: datetime(year: 2025, month: 1, day: 2))
#set page(width: 400pt, height: 300pt, margin: 30pt)
#set text(font: "Libertinus Serif", lang: "vi")
= QUYẾT ĐỊNH
Cấp giấy phép số {number} cho tổ chức đủ điều kiện theo quy định.
#let slot(name, width, height) = [
  #context [#metadata((
    name: name, page: here().page(), width: width, height: height,
    x: here().position().x.pt(), y: here().position().y.pt(),
  )) <slot>]
  #box(width: width * 1pt, height: height * 1pt)
]
{slots}
"""


def paper(number: str = "12/GP", slots: Sequence[str] = ("person", "seal")) -> bytes:
    """Return an unsigned PDF/A-2a with an empty field for each slot."""
    marks = "\n".join(f'#slot("{name}", 140, 50)' for name in slots)
    source = _PAGE.format(number=number, slots=marks).encode()
    pdf = typst.compile(
        source, format="pdf", ignore_system_fonts=True, pdf_standards="a-2a"
    )
    found = json.loads(typst.query(source, "<slot>", field="value"))
    return add_fields(pdf, [Slot(**place) for place in found]) if slots else pdf
