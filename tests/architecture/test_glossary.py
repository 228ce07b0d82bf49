"""The glossary and the classes of `dossiers` say the same, both ways."""

import ast
import re

from tests.architecture.code import ROOT, nodes

ROW = re.compile(r"^\| (?P<word>[^|]*[^| ][^|]*) \| `(?P<name>\w+)` \|", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
# Words of the machinery, not of the law: no officer needs them.
TECHNICAL = {
    *("Value", "Fact", "Event", "Cover", "KeyDependent", "Change", "Effect", "Private"),
    "PaperAct",
    *("Do", "Wait", "End"),
    # ports and what they hand over
    *("Dossiers", "Documents", "Procedures", "Calendars", "Offices", "Persons"),
    *("Journal", "Recorded", "Head", "Ids", "Runs", "RunRow", "Mark"),
    *("Effects", "DueEffect", "Notices", "Printer", "Printed", "Slot"),
    *("Signer", "SignedPdf", "Verifier"),
    # reading the catalogue, and answering the command line
    *("Draft", "Refused", "Reason", "Finding", "Kind", "Reader", "Original", "Coded"),
    "DueRequest",
    # shapes that several papers share
    *("Sheet", "CounterSheet", "OfficialSheet"),
}


def classes() -> set[str]:
    """List the public classes, without the tree of errors."""
    found = {
        node.name for _, node in nodes("dossiers") if isinstance(node, ast.ClassDef)
    }
    return {one for one in found if not one.startswith("_") and one[-5:] != "Error"}


def test_every_concept_of_the_law_has_its_vietnamese_word() -> None:
    assert classes() - TECHNICAL - {name for _, name in ROWS} == set()


def test_every_word_of_the_glossary_is_used() -> None:
    assert {name for _, name in ROWS} - classes() == set()


def test_the_list_of_technical_words_holds_nothing_else() -> None:
    assert TECHNICAL - classes() == set()
    assert TECHNICAL & {name for _, name in ROWS} == set()


def test_one_word_for_one_concept() -> None:
    words, names = zip(*ROWS, strict=True)

    assert len(set(words)) == len(words)
    assert len(set(names)) == len(names)
