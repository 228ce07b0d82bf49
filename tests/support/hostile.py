"""Files that attack whoever reads them, made from their parts at run time."""

import io
import zipfile
import zlib

from storage.intake.verdict import LARGEST
from tests.support.scans import PAGE, jpeg, packed, pdf, png, revision, stream, tiff

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The industry's harmless test virus; never in one piece in the repository."""


def filled(piece: bytes, size: int = LARGEST) -> bytes:
    """Fill a PDF's object with a piece, up to a size in bytes."""
    return pdf(piece * ((size - 1000) // len(piece)))


def zipped(name: str, content: bytes) -> bytes:
    """Put a file into a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, content)
    return file.getvalue()


def flate(content: bytes, entries: bytes = b"") -> bytes:
    """Make a compressed stream object."""
    return stream(zlib.compress(content), b"/Filter/FlateDecode" + entries)


def attached(content: bytes) -> bytes:
    """Attach a file to a PDF, compressed."""
    file = flate(content, b"/Type/EmbeddedFile")
    about = b"<</Type/Filespec/F(a.com)/EF<</F 4 0 R>>>>"
    return pdf(file, about, catalog=b"/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>")


ACTIVE = {
    "script": pdf(SCRIPT),
    "script at opening": pdf(SCRIPT, catalog=b"/OpenAction 4 0 R"),
    "script in a name tree": pdf(
        SCRIPT, catalog=b"/Names<</JavaScript<</Names[(a)4 0 R]>>>>"
    ),
    "packed script": pdf(packed(PAGE, SCRIPT), catalog=b"/OpenAction 51 0 R"),
    "chain": pdf(b"<</S/GoTo/D[3 0 R/Fit]/Next 5 0 R>>", SCRIPT),
    "launch": pdf(b"<</S/Launch/F(cmd.exe)>>", catalog=b"/OpenAction 4 0 R"),
    "page action": pdf(b"<</AA<</O 5 0 R>>>>", SCRIPT),
    "attachment": attached(b"MZ"),
    "later revision": revision(pdf(), [SCRIPT], first=4),
}
LAWFUL = {
    "pdf": pdf(),
    "packed": pdf(packed(PAGE), stream(b"q Q")),
    "revised": revision(pdf(), [PAGE], first=3),
    "jpeg": jpeg(),
    "png": png(),
    "tiff": tiff(pages=3),
}
