"""The timeline for people: nothing in an event can break, or break out of, a page."""

import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from infra.printer.timeline import print_timeline
from infra.timeline import Line, Timeline, as_html

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="no poppler")
ROOT = "ab" * 32


def timeline(told: str, count: int = 1) -> Timeline:
    """Make a timeline whose events all tell the same."""
    lines = [
        Line(
            version=number,
            seq=number * 7,
            at="09:00:00 03/03/2025",
            actor="cv1",
            position="Chuyên viên",
            agency="H49.99.01",
            vi=told,
            en="worked",
            leaf="0f" * 16,
        )
        for number in range(1, count + 1)
    ]
    at = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
    return Timeline("H49-1", "d1", "1.004194", "o/log", 700, ROOT, at, tuple(lines))


def text_of(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_markup_in_an_event_stays_text_in_html() -> None:
    page = as_html(timeline("<script>alert(1)</script> & [[root]]")).decode()

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; [[root]]" in page
    assert page.count(ROOT) == 1


@needs_poppler
def test_every_page_of_the_print_has_its_number_and_the_head_of_the_log() -> None:
    pages = text_of(print_timeline(timeline("xử lý xong", 60))).split("\f")[:-1]

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"{number}/{len(pages)}" in page
        assert ROOT in page
        assert "o/log · cỡ 700" in page
    assert sum(page.count("xử lý xong") for page in pages) == 60


@needs_poppler
@pytest.mark.parametrize("odd", ["漢", "😀", "\x07", "ﬁ"])
def test_a_letter_that_the_font_lacks_does_not_stop_the_print(odd: str) -> None:
    printed = text_of(print_timeline(timeline(f"lý do {odd} #panic() thiếu")))

    assert "lý do ? #panic() thiếu" in printed
    assert f"lý do {odd}" in as_html(timeline(f"lý do {odd}")).decode()


def test_the_same_timeline_is_the_same_print() -> None:
    assert print_timeline(timeline("nộp")) == print_timeline(timeline("nộp"))
