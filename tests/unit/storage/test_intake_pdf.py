"""The intake check of PDFs: the lawful pass, the hostile are refused or kept apart."""

import hashlib
import re
import time
import zlib

import pytest
import typst

from dossiers.ports import Slot
from signing.fields import add_fields
from storage.intake.checking import Claim, findings
from storage.intake.verdict import Kind, Verdict, reasons_of, verdict_of
from tests.support.scans import CATALOG, PAGE, packed, pdf, revision, stream

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
WEB = b"<</S/URI/URI(http://a.vn)>>"


def codes(content: bytes) -> set[Kind]:
    return findings(content, Claim("a.pdf"))


def verdict(content: bytes) -> Verdict:
    return verdict_of(reasons_of(findings(content)))


LAWFUL = {
    "plain": pdf(),
    "ends without newline": pdf().rstrip(),
    "ends with CRLF": pdf().rstrip() + b"\r\n",
    "later revision": revision(pdf(), [CATALOG % b"/Lang(vi)"]),
    "later revision in the same line": revision(pdf().rstrip(), [PAGE], first=3),
    "signature": revision(
        pdf(),
        [b"<</Type/Sig/ByteRange[0 9 99 9]/Contents<%b>>>" % (b"30ab" * 4000)],
        first=4,
    ),
    "place": pdf(catalog=b"/OpenAction[3 0 R /XYZ null null 0]"),
    "place by reference": pdf(b"[3 0 R/Fit]", catalog=b"/OpenAction 4 0 R"),
    "LaTeX": pdf(b"<</S/GoTo/D[3 0 R/Fit]>>", catalog=b"/OpenAction 4 0 R"),
    "place in an object stream": pdf(packed(CATALOG % b"/OpenAction[3 0 R/Fit]")),
    "nested place": pdf(packed(b"[3 0 R/Fit]"), catalog=b"/OpenAction 50 0 R"),
    "words in a string": pdf(b"<</Title(Why \\(/JavaScript (and /JS) is bad)>>"),
    "words in a comment": pdf(b"<<%/JS /Launch\n/A 1>>"),
    "words in a stream": pdf(stream(b"/JS /Launch << ( /AA 1 0 R")),
    "words in a packed string": pdf(packed(b"<</T(/JS (x) here)>>", b"[(a)]")),
    "font called AA": pdf(b"[/AA/JSON/Sounds/EF]"),
    "document checksum": pdf(trailer=b"/ID[<AB>(\\)>)]/DocChecksum /9F0A"),
    "web link": pdf(b"<</Subtype/Link/A%b>>" % WEB),
    "word obj in text": pdf(b"<</Title(an obj, a stream and endobj)>>"),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_accepts_a_lawful_pdf(name: str) -> None:
    assert codes(LAWFUL[name]) == set()


def paper() -> bytes:
    source = (
        '#set document(title: "Phiếu", date: datetime(year: 2025, month: 1, day: 2))'
    )
    source += '\n#set text(lang: "vi")\n= Giấy tiếp nhận\n' + "#lorem(400)\n" * 9
    return typst.compile(source.encode(), format="pdf", pdf_standards=["a-2a", "ua-1"])


def test_accepts_our_own_papers_and_their_later_revisions() -> None:
    revised = paper()
    assert codes(revised) == set()

    for name in ("person", "seal"):
        revised = add_fields(revised, [Slot(name, 0, 99, 99, 99, 59)])
        assert codes(revised) == set()


REJECTED = {
    "script": (pdf(SCRIPT), Kind.JAVASCRIPT),
    "escaped": (pdf(b"<</S/J#61vaScript/#4aS 9 0 R>>"), Kind.JAVASCRIPT),
    "name tree": (pdf(catalog=b"/Names<</JavaScript 9 0 R>>"), Kind.JAVASCRIPT),
    "packed": (pdf(packed(PAGE, SCRIPT)), Kind.JAVASCRIPT),
    "packed, escaped": (pdf(packed(b"<</#4a#53(x)>>")), Kind.JAVASCRIPT),
    "packed, untyped": (pdf(packed(SCRIPT, entries=b"")), Kind.JAVASCRIPT),
    "packed, plain": (
        pdf(stream(b"50 0 " + SCRIPT, b"/N 1/First 5")),
        Kind.JAVASCRIPT,
    ),
    "chain": (
        pdf(b"<</S/GoTo/D[3 0 R/Fit]/Next %b>>" % SCRIPT),
        Kind.JAVASCRIPT,
    ),
    "after a trick": (pdf(b"<</T(\\))/U(()())%(\n/JS(x)%)\n>>"), Kind.JAVASCRIPT),
    "old revision": (revision(pdf(SCRIPT), [b"null"], first=4), Kind.JAVASCRIPT),
    "in the trailer": (pdf(trailer=b"/X" + SCRIPT), Kind.JAVASCRIPT),
    "launch": (pdf(b"<</S/Launch/F(cmd.exe)>>"), Kind.LAUNCH),
    "page action": (pdf(b"<</AA<</O 9 0 R>>>>"), Kind.AUTOMATIC_ACTION),
    "far action": (pdf(b"<</AA%c\n9 0 R>>"), Kind.AUTOMATIC_ACTION),
    "rich media": (pdf(b"<</Subtype/RichMedia>>"), Kind.RICH_MEDIA),
    "solid": (pdf(b"<</Subtype/3D/3DD 9 0 R>>"), Kind.RICH_MEDIA),
    "script of a solid": (pdf(b"<</OnInstantiate 9 0 R>>"), Kind.JAVASCRIPT),
    "attachment": (pdf(catalog=b"/Names<</EmbeddedFiles 9 0 R>>"), Kind.ATTACHMENT),
    "associated file": (pdf(b"<</EF<</F 9 0 R>>>>"), Kind.ATTACHMENT),
    "pinned file": (pdf(b"<</Subtype/FileAttachment>>"), Kind.ATTACHMENT),
    "opens a page": (pdf(catalog=b"/OpenAction" + WEB), Kind.OPEN_ACTION),
    "opens by reference": (pdf(WEB, catalog=b"/OpenAction 4 0 R"), Kind.OPEN_ACTION),
    "opens packed": (
        pdf(packed(WEB), catalog=b"/OpenAction 50 0 R"),
        Kind.OPEN_ACTION,
    ),
    "opens in a chain": (
        pdf(catalog=b"/OpenAction<</S/GoTo/D[3 0 R]/Next%b>>" % WEB),
        Kind.OPEN_ACTION,
    ),
    "opens twice": (
        pdf(catalog=b"/OpenAction<</S/GoTo/S/URI/URI(http://a)>>"),
        Kind.OPEN_ACTION,
    ),
    "opens in an old revision": (
        revision(pdf(WEB, catalog=b"/OpenAction 4 0 R"), [b"[3 0 R/Fit]"], first=4),
        Kind.OPEN_ACTION,
    ),
    "blank after": (pdf() + b" ", Kind.BYTES_AFTER),
    "junk after": (pdf() + b"junk", Kind.BYTES_AFTER),
    "junk with a new end": (pdf() + b"junk" + pdf()[-30:], Kind.BYTES_AFTER),
    "junk on the last line": (pdf().rstrip() + b"junk\n%%EOF", Kind.BYTES_AFTER),
    "junk between": (revision(pdf() + b"\x7fELF", [b"null"]), Kind.BYTES_AFTER),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejects_active_content_and_foreign_bytes(name: str) -> None:
    content, expected = REJECTED[name]

    assert expected in codes(content)
    assert verdict(content) is Verdict.REJECT


NESTED = stream(zlib.compress(zlib.compress(bytes(9))), b"/Filter[/FlateDecode/Fl]")
HIDDEN = b"7 0 obj" + SCRIPT + b"endobj"
KEPT_APART = {
    "encrypted": (pdf(trailer=b"/Encrypt 9 0 R"), Kind.ENCRYPTED),
    "form": (pdf(catalog=b"/AcroForm<</XFA 9 0 R>>"), Kind.FORM_XFA),
    "sends": (pdf(b"<</S/SubmitForm/F(http://a)>>"), Kind.DOUBTFUL_ACTION),
    "no end": (pdf()[:-30], Kind.TRUNCATED),
    "cut in two": (pdf(stream(bytes(900)))[:600], Kind.TRUNCATED),
    "cut revision": (revision(pdf(), [PAGE] * 9)[:-250], Kind.TRUNCATED),
    "wrong table": (re.sub(rb"startxref\n\d+", b"startxref\n7", pdf()), Kind.DAMAGED),
    "open string": (pdf(b"<</T(a>>"), Kind.DAMAGED),
    "hidden behind an end": (
        pdf()[:15] + b"%%EOF(\n7 0 obj" + SCRIPT + b"endobj\n%)\n" + pdf()[15:],
        Kind.HIDDEN_OBJECT,
    ),
    "trick in hex": (pdf(b"<</T<(>/JS(x)/U<)>>>"), Kind.DAMAGED),
    "stream in a stream": (
        pdf(b"<</T<<>>stream\n/JS(x)\nendstream>>"),
        Kind.DAMAGED,
    ),
    "stream without dictionary": (pdf(b"[]stream\nx\nendstream"), Kind.DAMAGED),
    "hidden in a string": (pdf(b"(%b)" % HIDDEN), Kind.HIDDEN_OBJECT),
    "hidden in a comment": (pdf(b"[%%%b\n]" % HIDDEN), Kind.HIDDEN_OBJECT),
    "hidden in a stream": (pdf(stream(HIDDEN)), Kind.HIDDEN_OBJECT),
    "hidden tightly": (pdf(stream(b"7 0obj[]")), Kind.HIDDEN_OBJECT),
    "hidden by remarks": (
        pdf(stream(b"7%" + b"c" * 99 + b"\n0\n%" + b"c" * 99 + b"\nobj[]")),
        Kind.HIDDEN_OBJECT,
    ),
    "packed string": (
        pdf(stream(b"50 0 51 1 (" + SCRIPT + b")", b"/N 2/First 10")),
        Kind.DAMAGED,
    ),
    "packed twice in one place": (
        pdf(stream(b"50 0 51 0 " + SCRIPT, b"/N 2/First 10")),
        Kind.DAMAGED,
    ),
    "unknown packing": (
        pdf(stream(b"3c3e>", b"/Type/ObjStm/N 1/First 5/Filter/ASCIIHexDecode")),
        Kind.DAMAGED,
    ),
    "two beginnings": (
        pdf(stream(b"50 0 <<>>", b"/N 1/First 5/First 0")),
        Kind.DAMAGED,
    ),
    "pages": (pdf(*[PAGE] * 500), Kind.TOO_MANY_PAGES),
    "page count": (pdf(b"<</Type/Pages/Count 501>>"), Kind.TOO_MANY_PAGES),
    "packed pages": (pdf(packed(*[PAGE] * 501)), Kind.TOO_MANY_PAGES),
    "packed bomb": (pdf(packed(bytes(33 << 20))), Kind.BOMB),
    "bomb in a bomb": (pdf(NESTED), Kind.BOMB),
    "outsized": (pdf(stream(b"", b"/Width 60000/Height 60000")), Kind.BOMB),
    "too many parts": (pdf(b"()" * 400_000), Kind.TOO_COMPLEX),
    "too many actions": (pdf(b"/OpenAction[]" * 101), Kind.TOO_COMPLEX),
}


@pytest.mark.parametrize("name", KEPT_APART)
def test_keeps_apart_what_a_person_must_look_at(name: str) -> None:
    content, expected = KEPT_APART[name]

    assert expected in codes(content)
    assert verdict(content) is not Verdict.ACCEPT


def test_exactly_five_hundred_pages_are_lawful() -> None:
    assert codes(pdf(*[PAGE] * 499)) == set()


def test_a_bomb_is_found_without_unpacking_it() -> None:
    zeros = zlib.compressobj(9)
    bomb = b"".join(zeros.compress(bytes(1 << 20)) for _ in range(300)) + zeros.flush()
    started = time.process_time()

    assert codes(pdf(stream(bomb, b"/Filter/FlateDecode"))) == {Kind.BOMB}
    assert time.process_time() - started < 3


def test_a_large_compressed_picture_is_lawful_and_many_are_a_bomb() -> None:
    picture = stream(zlib.compress(bytes(26 << 20)), b"/Filter/FlateDecode")

    assert codes(pdf(*[picture] * 9, stream(bytes(300_000)))) == set()
    assert codes(pdf(*[picture] * 11)) == {Kind.BOMB}


@pytest.mark.parametrize("cut", range(0, 700, 23))
def test_no_beginning_of_a_file_is_accepted(cut: int) -> None:
    whole = revision(pdf(packed(PAGE), stream(b"q Q")), [PAGE], first=3)

    assert verdict(whole) is Verdict.ACCEPT
    assert verdict(whole[: len(whole) - 2 - cut]) is not Verdict.ACCEPT


HOSTILE = [b"(", b"()", b"%", b"<", b"<<", b"1 ", b"\n", b"obj", b"1 0 obj ", b"#41"]
HOSTILE += [b"stream ", b"endobj ", b"trailer<<", b"<</A 1>>stream\nendstream ", b"/"]
HOSTILE += [b"1 0 obj<<>>stream\nendstream ", b"%%EOF\n", b"/AA ", b"/Type ", b"\\"]
HOSTILE += [b"/OpenAction 1 0 R", b"PK\5\6", b"startxref 1 ", b"1%", b"%\n", b"[<"]


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_repeated_pieces_cost_linear_time(piece: bytes) -> None:
    content = pdf(piece * (2_000_000 // len(piece)))
    started = time.process_time()

    findings(content)

    assert time.process_time() - started < 3


def test_a_scan_costs_a_millisecond_and_a_large_one_thirty() -> None:
    noise = hashlib.shake_256(b"scan").digest
    image = b"/Subtype/Image/Width 9/Height 9/Filter/DCTDecode"
    for size, most in ((10_000, 0.001), (1_000_000, 0.030)):
        content, best = pdf(stream(noise(size), image)), 1.0
        for _ in range(5):
            started = time.process_time()
            findings(content)
            best = min(best, time.process_time() - started)
        assert best <= most
