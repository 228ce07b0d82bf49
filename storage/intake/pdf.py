"""
What a PDF may not be or do.

- Nothing before its header or after its last `%%EOF`; later revisions are lawful.
- No JavaScript, Launch, automatic action, rich media, attachment; an OpenAction may
  only name a place in the document (LibreOffice and LaTeX write one).
- Encrypted, XFA, cut short, malformed, more than 500 pages, a bomb: a person looks.
"""

import re
from collections.abc import Iterable

from storage.intake.images import WIDEST
from storage.intake.pdf_skeleton import (
    NAME_END,
    WHITE,
    Skeleton,
    W,
    has_stray_bracket,
    skeleton_of,
    unescaped,
)
from storage.intake.pdf_streams import ObjectStream, bombs, object_streams
from storage.intake.verdict import MOST_PAGES, Kind

_NAMED = {
    b"JavaScript": Kind.JAVASCRIPT,
    b"JS": Kind.JAVASCRIPT,
    b"Launch": Kind.LAUNCH,
    b"RichMedia": Kind.RICH_MEDIA,
    b"RichMediaContent": Kind.RICH_MEDIA,
    b"3DD": Kind.RICH_MEDIA,
    b"OnInstantiate": Kind.JAVASCRIPT,
    b"EmbeddedFiles": Kind.ATTACHMENT,
    b"EmbeddedFile": Kind.ATTACHMENT,
    b"FileAttachment": Kind.ATTACHMENT,
    b"XFA": Kind.FORM_XFA,
    b"SubmitForm": Kind.DOUBTFUL_ACTION,
    b"ImportData": Kind.DOUBTFUL_ACTION,
    b"GoToE": Kind.DOUBTFUL_ACTION,
    b"Movie": Kind.DOUBTFUL_ACTION,
    b"Sound": Kind.DOUBTFUL_ACTION,
    b"Rendition": Kind.DOUBTFUL_ACTION,
    b"AA": Kind.AUTOMATIC_ACTION,
    b"EF": Kind.ATTACHMENT,
    b"Encrypt": Kind.ENCRYPTED,
}
# Short words also name fonts and the like; as keys a dictionary or reference follows.
_SUSPECT = re.compile(
    rb"/(?:(JavaScript|JS|Launch|RichMedia(?:Content)?|EmbeddedFiles?|FileAttachment|XFA"
    rb"|SubmitForm|ImportData|GoToE|Movie|Sound|Rendition|3DD|OnInstantiate)"
    + NAME_END
    + rb"|(AA|EF|Encrypt)(?="
    + W
    + rb"*(?:<<|[0-9])))"
)
_MOST_REVISIONS = 100
_OPEN_ACTION = re.compile(rb"/OpenAction" + NAME_END + W + rb"*")
_WORTH_A_LOOK = re.compile(
    rb"/(?:JavaScript|JS|Launch|RichMedia|Embedded|FileAtt|XFA|SubmitForm|ImportData"
    rb"|GoToE|Movie|Sound|Rendition|3DD|OnInst|AA|EF|Encrypt|OpenAction)"
)
_PAGE = re.compile(rb"/Type" + W + rb"*/Page" + NAME_END)
_COUNT = re.compile(rb"/Count" + W + rb"+([0-9]{3,9})")
_SIDE = re.compile(rb"/(?:Width|Height)" + W + rb"+([0-9]{5,9})")
_TAIL = re.compile(rb"startxref" + W + rb"+([0-9]{1,10})" + W + rb"+%%EOF[\r\n]*\Z")
_TABLE = re.compile(W + rb"*(?:xref|[0-9]{1,10}" + W + rb"+[0-9]+" + W + rb"+obj)")
_VERSION = re.compile(rb"%PDF-[12]\.[0-9]")
_REFERENCE = re.compile(rb"([0-9]{1,10})" + W + rb"+[0-9]{1,10}" + W + rb"+R")
_ARRAY = re.compile(rb"\[[^\[\]<>]*+\]")
_BRACKETS = re.compile(rb"<<|>>")
_KIND_OF_ACTION = re.compile(rb"/S" + NAME_END + W + rb"*(/GoTo" + NAME_END + rb")?")
_NEXT = re.compile(rb"/Next" + NAME_END)


def check_pdf(content: bytes) -> set[Kind]:
    """Find everything that speaks against a PDF; bounded in time and memory."""
    skeleton = skeleton_of(content)
    packed, flaws = object_streams(content, skeleton.streams)
    found = _envelope(content) | skeleton.flaws | flaws
    found |= bombs(content, skeleton.streams)
    direct = [body for _, body in skeleton.objects]
    texts = direct + [unescaped(text) for text in skeleton.between]
    for stream in packed:
        if _WORTH_A_LOOK.search(unescaped(stream.content)):
            objects = stream.objects()
            if objects is None or has_stray_bracket(b"\n".join(b for _, b in objects)):
                found.add(Kind.DAMAGED)
            texts += [body for _, body in objects or ()]
    found |= _active(b"\n".join(texts), skeleton, packed)
    return found | _oversize([*direct, *(stream.content for stream in packed)])


def _envelope(content: bytes) -> set[Kind]:
    """Judge the first and last bytes; the last cross-reference must be there."""
    found = set() if _VERSION.match(content) else {Kind.DAMAGED}
    tail = _TAIL.search(content, max(0, len(content) - 100))
    if tail:
        table = _TABLE.match(content, int(tail[1]))
        return found if table else found | {Kind.DAMAGED}
    end = content.rfind(b"%%EOF")
    rest = content[end + 5 :].strip(WHITE) if end >= 0 else b""
    cut = end < 0 or not content[end + 5 :].strip(b"\r\n") or _TABLE.match(rest)
    return found | {Kind.TRUNCATED if cut else Kind.BYTES_AFTER}


def _active(whole: bytes, skeleton: Skeleton, packed: list[ObjectStream]) -> set[Kind]:
    """Find names of what acts by itself, wherever in the structure they stand."""
    found = {_NAMED[name[1] or name[2]] for name in _SUSPECT.finditer(whole)}
    actions = list(_OPEN_ACTION.finditer(whole))
    if len(actions) > _MOST_REVISIONS:
        return found | {Kind.TOO_COMPLEX}
    for action in actions:
        if not _opens_a_place(whole, action.end(), skeleton, packed):
            found.add(Kind.OPEN_ACTION)
    return found


def _opens_a_place(
    whole: bytes, start: int, skeleton: Skeleton, packed: list[ObjectStream]
) -> bool:
    """Whether an OpenAction names only a place; a reference: in every revision."""
    reference = _REFERENCE.match(whole, start)
    if not reference:
        return _is_place(whole, start)
    number = int(reference[1])
    sources: list[Iterable[tuple[int, bytes]]] = [skeleton.objects]
    sources += [stream.objects() or () for stream in packed]
    return all(
        _is_place(body.lstrip(WHITE), 0)
        for source in sources
        for known, body in source
        if known in (number, -1)
    )


def _is_place(text: bytes, start: int) -> bool:
    """Whether a value is a destination, or a GoTo that leads nowhere else."""
    if not text.startswith(b"<<", start):
        named = text.startswith((b"/", b"(", b"<", b"null"), start)
        return named or _ARRAY.match(text, start) is not None
    depth = 0
    for bracket in _BRACKETS.finditer(text, start):
        depth += 1 if bracket[0] == b"<<" else -1
        if not depth:
            action = text[start : bracket.end()]
            kinds = _KIND_OF_ACTION.findall(action)
            return len(kinds) == 1 and bool(kinds[0]) and not _NEXT.search(action)
    return False


def _oversize(texts: list[bytes]) -> set[Kind]:
    """Count pages and measure images as the file declares them."""
    found = set[Kind]()
    pages = sum(len(_PAGE.findall(text)) for text in texts)
    counts = (int(n[1]) for text in texts for n in _COUNT.finditer(text))
    if max([pages, *counts]) > MOST_PAGES:
        found.add(Kind.TOO_MANY_PAGES)
    sides = (int(n[1]) for text in texts for n in _SIDE.finditer(text))
    if max([0, *sides]) > WIDEST:
        found.add(Kind.BOMB)
    return found
