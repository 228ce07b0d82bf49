"""The printer: the same value, the same bytes, every letter right."""

import hashlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dossiers.errors import MalformedError
from dossiers.papers import Contact, PaperComponent, printable
from dossiers.values import Value
from infra.printer import press
from infra.printer.press import TypstPrinter, print_paper
from tests.support.papers import appointment_slip, every_paper, outcome

ROOT = Path(__file__).parents[3]
FORMS = list(every_paper())
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="no poppler")

VOWELS = "aăâeêioôơuưy"
MARKS = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


def text_of(pdf: bytes, *options: str) -> str:
    command = ["pdftotext", *options, "-", "-"]
    return subprocess.run(
        command, input=pdf, capture_output=True, check=True
    ).stdout.decode()


@pytest.mark.parametrize("form", FORMS)
def test_paper_is_tagged_pdf_a_in_the_three_sound_styles(form: str) -> None:
    # Libertinus Bold and Bold Italic set the marks of Vietnamese capitals wrongly.
    sound = {b"Regular", b"Italic", b"Semibold", b"SemiboldItalic"}
    pdf = TypstPrinter().print(every_paper()[form]).pdf

    fonts = re.findall(rb"/BaseFont/\w+\+LibertinusSerif-(\w+)", pdf)
    assert set(fonts) <= sound
    assert len(fonts) == pdf.count(b"/BaseFont/")
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A<" in pdf
    assert b"/StructTreeRoot" in pdf
    assert pdf.endswith(b"%%EOF\n")


@pytest.mark.parametrize("form", FORMS)
def test_page_would_also_pass_as_pdf_ua(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "STANDARD", ["a-2a", "ua-1"])

    assert b"<pdfuaid:part>1<" in print_paper(every_paper()[form]).pdf


def test_another_process_prints_the_same_bytes() -> None:
    program = (
        "import hashlib; from infra.printer.press import print_paper\n"
        "from tests.support.papers import every_paper\n"
        "for p in reversed(every_paper().values()):\n"
        "    print(p.form, hashlib.sha256(print_paper(p).pdf).hexdigest())"
    )
    strange = {
        "TZ": "America/New_York",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
    }
    command = [sys.executable, "-c", program]
    lines = subprocess.run(
        command, cwd=ROOT, env=strange, capture_output=True, check=True, text=True
    ).stdout

    assert dict(line.split() for line in lines.splitlines()) == {
        form: hashlib.sha256(print_paper(paper).pdf).hexdigest()
        for form, paper in every_paper().items()
    }


def test_eight_threads_print_what_one_prints() -> None:
    slips = [appointment_slip(code=f"H49.12-250305-{n:04d}") for n in range(32)]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(print_paper, slips))

    assert together == [print_paper(slip) for slip in slips]


def test_date_of_the_file_is_the_paper_s_own() -> None:
    assert b"/CreationDate(D:20250305021200Z)" in print_paper(outcome()).pdf


def test_title_of_the_file_names_no_person() -> None:
    title = "Giấy tiếp nhận hồ sơ và hẹn trả kết quả \u2013 H49.12-250305-0017"
    utf16 = b"\xfe\xff" + title.encode("utf-16-be")

    assert b"/Title<%s>" % utf16.hex().upper().encode() in (
        print_paper(appointment_slip()).pdf
    )


@needs_poppler
def test_every_vietnamese_letter_is_on_the_page() -> None:
    letters = [printable(vowel + mark) for vowel in VOWELS for mark in MARKS] + ["đ"]
    words = [f"N{letter}i" for letter in letters] + ["₫", "№"]
    words += [word.upper() for word in words]
    name = " ".join(words)
    pdf = print_paper(outcome(holder=name, body=(name,), grounds=(name,))).pdf

    assert " ".join(text_of(pdf).split()).count(name) == 3


@needs_poppler
def test_markup_in_a_value_is_printed_letter_by_letter() -> None:
    name = r"""#panic() *x* _y_ @z <slot> $a$ \\ // /* ~ `r` [b] {c} " ' -- ..."""
    pdf = print_paper(appointment_slip(submitter=Contact(name=name))).pdf

    assert f"Người nộp hồ sơ: {name}" in " ".join(text_of(pdf).split())


@needs_poppler
def test_form_01_says_both_limits_the_counts_and_that_it_is_provisional() -> None:
    text = text_of(print_paper(appointment_slip(provisional=True)).pdf, "-layout")

    assert "theo quy định: 10 ngày làm việc" in text
    assert "cam kết: 7,5 ngày làm việc" in text
    assert "17 giờ 00 phút, ngày 19 tháng 3 năm 2025 (tạm tính)" in text
    assert "sớm hơn ngày hẹn" in text
    assert re.search("2 +Giấy tờ hợp pháp về đất đai +\u2013 +2 +1", text)


@needs_poppler
def test_number_and_date_are_written_as_the_decree_says() -> None:
    text = text_of(print_paper(outcome(issued_at="2025-02-01T01:00:00+00:00")).pdf)

    assert "Số: 07/GPXD-UBND" in text
    assert "ngày 01 tháng 02 năm 2025" in text


def test_numbered_papers_have_a_seal_over_the_left_third_of_the_signature() -> None:
    for form in ("04", "05", "outcome"):
        person, seal = print_paper(every_paper()[form]).slots

        assert (person.name, seal.name) == ("person", "seal")
        assert seal.x + seal.width == pytest.approx(
            person.x + person.width / 3, abs=0.1
        )
        assert seal.y + seal.height / 2 == pytest.approx(
            person.y + person.height / 2, abs=0.1
        )


@pytest.mark.parametrize("count", [1, 4, 9, 14, 24])
def test_the_officer_s_slot_lies_whole_on_one_page(count: int) -> None:
    many = tuple(PaperComponent(name=f"Giấy tờ {n}", original=1) for n in range(count))
    (slot,) = print_paper(appointment_slip(components=many)).slots

    assert slot.name == "officer"
    assert slot.y > 0
    assert slot.y + slot.height < 595.3
    assert slot.page == (1 if count <= 9 else 2)


def test_a_translation_has_no_place_for_a_signature() -> None:
    for paper in every_paper().values():
        assert print_paper(paper, lang="en").slots == ()


def test_a_letter_without_a_glyph_is_refused_and_the_next_paper_prints() -> None:
    with pytest.raises(MalformedError, match="漢"):
        print_paper(appointment_slip(submitter=Contact(name="Nguyễn 漢")))

    assert print_paper(appointment_slip()).slots


def test_what_is_no_paper_is_refused() -> None:
    class Note(Value):
        """Not a legal form."""

    with pytest.raises(TypeError):
        TypstPrinter().print(Note())
