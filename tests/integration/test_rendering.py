"""Pages drawn by the machine's own poppler, bounded; a bad file harms nobody."""

import shutil
import time

import pytest

from dossiers.errors import RefusedError, UnavailableError
from infra import rendering
from tests.support.scans import pdf

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def poppler() -> None:
    if shutil.which("pdftoppm") is None:
        pytest.skip("NO POPPLER: no page is drawn; apt-get install poppler-utils")


def test_draws_the_first_page_as_an_image() -> None:
    assert rendering.first_page(pdf()).startswith(PNG)


@pytest.mark.parametrize("content", [b"", b"no pdf", pdf()[:200]])
def test_refuses_what_cannot_be_drawn(content: bytes) -> None:
    with pytest.raises(RefusedError, match="original is untouched"):
        rendering.first_page(content)


def test_a_child_that_never_ends_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_WALL_S", 0.3)
    monkeypatch.setattr(rendering, "_PAGE", ("60",))
    sleep = shutil.which("sleep") or ""
    real = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda tool: sleep if tool == "pdftoppm" else real(tool)
    )
    began = time.monotonic()

    with pytest.raises(RefusedError):
        rendering.first_page(pdf())

    assert time.monotonic() - began < 5


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(UnavailableError, match="tesseract"):
        rendering.words(PNG)
