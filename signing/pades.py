"""
PAdES baseline signatures with a time stamp, B-T (ETSI EN 319 142-1).

Synchronous from end to end: pyHanko places the field, the placeholder and the
ByteRange; the CMS comes from `signing.cms`. Nothing is shared between calls but
immutable values, so any number of threads may sign at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO

from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name
from pyhanko.pdf_utils.misc import PdfReadError, PdfWriteError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import (
    PdfCMSEmbedder,
    SigIOSetup,
    SigMDPSetup,
    SigObjSetup,
)
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from dossiers.errors import MalformedError, RefusedError
from signing.cms import SigningKey, sign_detached
from signing.fields import Revision

LEGAL_TIME = timezone(timedelta(hours=7))
RESERVED = 8192  # hex digits, so 4096 bytes: ours take about 2,300

Look = Callable[[tuple[float, float]], bytes]
"""Gives the one-page PDF laid over a field of that width and height (points)."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, and as what: a certifying person or an approving agency."""

    key: SigningKey
    look: Look
    certify: bool
    reason: str = ""
    location: str = ""


def sign_field(
    pdf: bytes,
    *,
    field: str,
    signatory: Signatory,
    at: datetime,
    timestamp: Callable[[bytes, datetime], bytes],
) -> bytes:
    """
    Return the file with that empty field signed at level B-T.

    The old bytes are a prefix of the new ones. A certifying signature allows form
    filling only (DocMDP P=2), so that the agency's seal can follow it. Raises
    RefusedError when the field is missing or filled, MalformedError when the file
    cannot be read, TamperedError when the time stamp is not ours.
    """
    try:
        return _signed(pdf, field, signatory, at, timestamp)
    except SigningError as error:
        vi = f"Không ký được ô '{field}': ô không có hoặc đã ký; hãy đọc lại hồ sơ."
        en = f"Field '{field}' is missing or signed ({error}); read the dossier again."
        raise RefusedError(vi, en, rule="one signature per slot") from error
    except (PdfReadError, PdfWriteError) as error:
        vi = "Tệp không phải PDF đọc được; hãy in lại văn bản."
        en = f"The file is not a readable PDF ({error}); print the paper again."
        raise MalformedError(vi, en) from error


def _signed(
    pdf: bytes,
    field: str,
    signatory: Signatory,
    at: datetime,
    timestamp: Callable[[bytes, datetime], bytes],
) -> bytes:
    writer = Revision(BytesIO(pdf))
    steps = PdfCMSEmbedder().write_cms(field, writer, existing_fields_only=True)
    widget = next(steps).get_object()
    _appear(writer, widget, signatory)
    permission = MDPPerm.FILL_FORMS if signatory.certify else None
    steps.send(
        SigObjSetup(
            sig_placeholder=SignatureObject(
                timestamp=at.astimezone(LEGAL_TIME).replace(microsecond=0),
                subfilter=SigSeedSubFilter.PADES,
                reason=signatory.reason,
                location=signatory.location,
                bytes_reserved=RESERVED,
            ),
            mdp_setup=SigMDPSetup(
                "sha256", certify=signatory.certify, docmdp_perms=permission
            ),
        )
    )
    prepared, output = steps.send(SigIOSetup("sha256"))
    steps.send(
        sign_detached(
            signatory.key,
            prepared.document_digest,
            stamp=lambda imprint: timestamp(imprint, at),
        )
    )
    return bytes(output.getvalue())


def _appear(writer: Revision, widget: DictionaryObject, signatory: Signatory) -> None:
    left, bottom, right, top = (float(edge) for edge in widget["/Rect"])
    stamp = signatory.look((right - left, top - bottom))
    page = writer.import_page_as_xobject(PdfFileReader(BytesIO(stamp)))
    widget[pdf_name("/AP")] = DictionaryObject({pdf_name("/N"): page})
