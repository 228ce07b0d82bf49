"""Thousands of broken files in the sandbox: no check breaks off, none is fooled."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from infra.sandbox.asking import Sandbox
from storage.intake.checking import NOTHING_CLAIMED
from storage.intake.verdict import Kind, Verdict, reasons_of, verdict_of
from tests.support.hostile import ACTIVE, LAWFUL
from tests.support.mutations import mutations

ALL = ACTIVE | LAWFUL
COUNT = 2_000
BROKEN = {Kind.CHECK_BROKE_OFF, Kind.CHECK_TOO_LARGE, Kind.CHECK_TOO_SLOW}
ACTS = {"/JavaScript", "/JS", "/Launch", "/AA", "/EmbeddedFiles", "/EmbeddedFile"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def found(sandbox: Sandbox, content: bytes) -> frozenset[Kind]:
    place = os.memfd_create("file")
    with os.fdopen(place, "rb"):
        os.write(place, content)
        return sandbox.findings(place, NOTHING_CLAIMED).kinds


def reached(start: generic.PdfObject) -> Iterator[str]:
    """Walk a PDF as a reader does; gives the names on the way."""
    seen, waiting = set[object](), [start]
    while waiting:
        one = waiting.pop()
        if isinstance(one, generic.IndirectObject):
            if one.reference in seen:
                continue
            seen.add(one.reference)
            one = one.get_object()
        if isinstance(one, generic.DictionaryObject):
            yield from map(str, one)
            waiting += [one.raw_get(key) for key in one]
        elif isinstance(one, generic.ArrayObject):
            waiting += [one.raw_get(number) for number in range(len(one))]
        elif isinstance(one, generic.NameObject):
            yield str(one)


def acts(content: bytes) -> set[str]:
    """Ask another reader of PDFs what acts by itself in a file that it can read."""
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        return ACTS & set(reached(reader.root_ref.get_object()))
    except (PdfError, ValueError, KeyError, IndexError, TypeError):
        return set()


def test_the_other_reader_sees_what_acts() -> None:
    reachable = ["script at opening", "script in a name tree", "launch", "attachment"]

    assert [name for name in reachable if not acts(ACTIVE[name])] == []
    assert [name for name in LAWFUL if acts(LAWFUL[name])] == []


def test_no_mutation_breaks_the_check_or_gets_active_content_past_it(
    sandbox: Sandbox,
) -> None:
    each = COUNT // len(ALL) + 1
    files = [m for name, one in ALL.items() for m in mutations(one, name, each)]
    with ThreadPoolExecutor(4) as pool:
        kinds = list(pool.map(lambda one: found(sandbox, one), files))

    assert len(files) >= COUNT
    assert [one for one, k in zip(files, kinds, strict=True) if k & BROKEN] == []
    accepted = [
        one
        for one, k in zip(files, kinds, strict=True)
        if verdict_of(reasons_of(k)) is Verdict.ACCEPT
    ]
    assert len(accepted) > 0
    assert [one for one in accepted if acts(one)] == []
