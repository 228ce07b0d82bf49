"""
Signature fields: all of them stand in the file before the first signature.

A field added after the certifying signature would break it, and so would a file
whose last line has no end: typst writes none, and PDF/A (6.1.9) asks for one.
"""

from collections.abc import Sequence
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from dossiers.errors import MalformedError
from dossiers.ports import Slot


class Revision(IncrementalPdfFileWriter):
    """
    A revision that leaves the file's own dates alone.

    pyHanko would write the present moment into Info and XMP at each signature:
    wrong in virtual time, and a fifth of the cost.
    """

    def _update_meta(self) -> None:
        """Keep Info and XMP as the printer wrote them."""


def add_fields(pdf: bytes, slots: Sequence[Slot]) -> bytes:
    """
    Return the file with an empty signature field at each slot.

    Raises MalformedError for a file that is not built as a PDF must be.
    """
    try:
        return _with_fields(pdf, slots)
    except (PdfError, LookupError, TypeError, ValueError) as error:
        vi = f"không thêm được chỗ ký vào tệp PDF này ({error}); hãy in lại tệp"
        en = f"this PDF takes no signature ({error}); print it anew"
        raise MalformedError(vi, en) from error


def _with_fields(pdf: bytes, slots: Sequence[Slot]) -> bytes:
    ended = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    writer: IncrementalPdfFileWriter = Revision(BytesIO(ended))
    for slot in slots:
        page = writer.find_page_for_modification(slot.page - 1)[0].get_object()
        height = float(page["/MediaBox"][3])
        box = (
            round(slot.x),
            round(height - slot.y - slot.height),
            round(slot.x + slot.width),
            round(height - slot.y),
        )
        append_signature_field(
            writer,
            SigFieldSpec(
                slot.name,
                on_page=slot.page - 1,
                box=box,
                readable_field_name=slot.name,
            ),
        )
    output = BytesIO()
    writer.write(output)
    return output.getvalue()
