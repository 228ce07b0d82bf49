"""`nambuoc store render`: a page image beside the original, which never changes."""

from infra.store_care import render as rendered
from portal.commands.store import app
from portal.house import opened, order
from portal.output import answer
from portal.verbs import verb


@verb(
    app,
    "render",
    "Vẽ trang đầu của một giấy tờ (và chữ, nếu có tesseract), cất cạnh bản gốc.",
    "Draw a paper's first page (and its words with tesseract), kept beside it.",
)
def render(document: str) -> None:
    """Draw a paper's first page, kept beside the original; the read is recorded."""
    with opened() as house:
        done = rendered(house, document, actor=order(house).actor)
    kinds = done["renditions"] if isinstance(done["renditions"], list) else []
    answer(done, [f"{document}  {', '.join(map(str, kinds))}"])
