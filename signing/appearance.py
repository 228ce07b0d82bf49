"""
What a signature looks like: a small page by typst, laid over the field.

pyHanko's own text stamps break letter spacing and PDF/A. The layout is a template:
an officer's name in blue, an agency's seal in red (NĐ 30/2020/NĐ-CP, Annex I).
"""

import typst

_TEMPLATE = """
#let seal = sys.inputs.kind == "seal"
#let ink = if seal {{ rgb("#c8102e") }} else {{ rgb("#0b3d91") }}
#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)
#set text(font: "Libertinus Serif", size: 8pt, fill: ink, lang: "vi")
#set par(leading: 0.4em)
#align(center + horizon, rect(
  width: 100%, height: 100%, inset: 3pt, stroke: 0.8pt + ink,
  radius: if seal {{ 50% }} else {{ 2pt }},
)[
  #strong(sys.inputs.name) \\
  #text(size: 7pt, sys.inputs.detail)
])
"""


def stamp(kind: str, name: str, detail: str, size: tuple[float, float]) -> bytes:
    """Return a one-page PDF of that size (points); kind is person or seal."""
    width, height = size
    return typst.compile(
        _TEMPLATE.format(width=width, height=height).encode(),
        format="pdf",
        ignore_system_fonts=True,
        pdf_standards="a-2b",
        pdf_tags=False,
        sys_inputs={"kind": kind, "name": name, "detail": detail},
        timestamp=0,
    )
