"""A catalogue file is read line by line; a bad line stands alone."""

import gzip
import io
import json

import pytest

from dossiers.catalogue import lines
from dossiers.catalogue.findings import Kind, Reason, Refused
from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.catalogue.report import report
from tests.support.catalogue import SAMPLE, record
from tests.support.shared import ABSENT, SHARED

GOOD = json.dumps(record()).encode() + b"\n"
REAL = SHARED / "dvcqg" / "procedures.jsonl.gz"


def reasons(content: bytes) -> list[str]:
    answers = import_lines(io.BytesIO(content))
    return [a.reason.slug if isinstance(a, Refused) else "drafted" for a in answers]


def test_a_bad_line_harms_no_other() -> None:
    mixed = b"\xef\xbb\xbf" + GOOD + b"oops\n\n" + GOOD[:-1]

    assert reasons(mixed) == ["drafted", "not-json", "empty-line", "drafted"]


def test_a_line_beyond_the_limit_is_skipped_whole() -> None:
    huge = b'{"code":"' + b"1" * (3 << 20) + b'"}\n'

    assert reasons(GOOD + huge + GOOD) == ["drafted", "too-long", "drafted"]


def test_a_gzip_cut_midway_keeps_what_was_readable() -> None:
    whole = gzip.compress(b"".join(b"%s" % GOOD for _ in range(400)), 0)

    found = reasons(whole[: len(whole) // 2])

    assert len(found) > 100
    assert set(found[:-1]) == {"drafted"}
    assert found[-1] == "compression"


@pytest.mark.parametrize("content", [b"\x1f\x8bnot gzip", gzip.compress(GOOD)[:12]])
def test_broken_gzip_is_one_refusal(content: bytes) -> None:
    assert reasons(content) == ["compression"]


def test_a_file_beyond_all_measure_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_TOTAL", 2 * len(GOOD))

    assert reasons(GOOD * 5) == ["drafted", "drafted", "too-large"]


def test_an_empty_file_gives_nothing() -> None:
    assert reasons(b"") == []


def test_a_procedure_seen_twice_is_said() -> None:
    answers = list(import_lines(io.BytesIO(GOOD + GOOD)))

    last = answers[-1]
    assert isinstance(last, Draft)
    assert last.findings[-1].kind is Kind.RECORD_REPEATED
    assert last.findings[-1].value.endswith("line 1, same content")


def test_the_report_adds_up_in_both_languages() -> None:
    answers = list(import_lines(io.BytesIO(GOOD + b"oops\n")))

    found = report(answers, "en")

    assert (found["read"], found["drafted"]) == (2, 1)
    assert found["refused"] == [
        {
            "line": 2,
            "code": "",
            "reason": "not-json",
            "text": "not JSON: Expecting value, char 0",
        }
    ]
    assert all(kind.value[0] and kind.value[1] for kind in (*Kind, *Reason))


def test_the_sample_imports_whole_and_always_the_same() -> None:
    with SAMPLE.open("rb") as file:
        first = list(import_lines(file))
        file.seek(0)
        second = list(import_lines(file))

    digests = [a.procedure.digest for a in first if isinstance(a, Draft)]
    assert len(digests) == len(first) == 20
    assert digests == [a.procedure.digest for a in second if isinstance(a, Draft)]
    assert SAMPLE.stat().st_size <= 60_000


@pytest.mark.skipif(not REAL.exists(), reason=ABSENT)
def test_every_real_record_becomes_a_draft_with_its_dirt_counted() -> None:
    with REAL.open("rb") as file:
        answers = list(import_lines(file))
    drafts = [answer for answer in answers if isinstance(answer, Draft)]
    found = [finding.kind for draft in drafts for finding in draft.findings]

    assert len(drafts) == len(answers) == 262
    counted = {Kind.COMPONENT_NOTE: 400, Kind.FEE_MISSING: 398, Kind.LIMIT_SAME_DAY: 3}
    counted |= {Kind.CASE_REPEATED: 5, Kind.CASE_MISSING: 84, Kind.GROUP_EMPTY: 36}
    assert {kind: found.count(kind) for kind in counted} == counted
