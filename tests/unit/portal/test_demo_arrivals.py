"""Arrivals: real rows in, broken rows named, nothing else lost."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest

from dossiers.errors import MalformedError, NotFoundError
from dossiers.values import LOCAL
from portal.demo.activities import ACTIVITIES
from portal.demo.arrivals import COLUMNS, Arrivals, read
from portal.demo.sample.make_arrivals import choose, sample, traits
from tests.support.shared import ABSENT, SHARED

SAMPLE = Path(__file__).parents[3] / "portal/demo/sample/arrivals.csv"
WHOLE = SHARED / "receipt.csv"
RECEIPT = {
    "case:channel": "Desk",
    "case:concept:name": "case-1",
    "case:deadline": "2011-12-06 00:00:00+01:00",
    "case:department": "General",
    "case:enddate": "",
    "case:enddate_planned": "2011-12-06 00:00:00+01:00",
    "case:group": "",
    "case:responsible": "Resource21",
    "case:startdate": "2011-10-11 13:42:22.688000+02:00",
    "concept:instance": "task-1",
    "concept:name": "Confirmation of receipt",
    "lifecycle:transition": "complete",
    "org:group": "Group 1",
    "org:resource": "Resource21",
    "time:timestamp": "2011-10-11 13:45:40.276000+02:00",
}
CHECK = RECEIPT | {
    "concept:instance": "task-2",
    "concept:name": "T02 Check confirmation of receipt",
    "time:timestamp": "2011-10-30 02:30:00+01:00",
}
NAMES = ",".join(COLUMNS)


class Reader(Protocol):
    """Writes lines to a file and reads them."""

    def __call__(
        self, *lines: bytes, header: str = NAMES, shift_weeks: int = 731
    ) -> Arrivals:
        """Write the header and the lines, and read them."""


def line(row: dict[str, str]) -> bytes:
    return ",".join(row[name] for name in COLUMNS).encode()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    def read_lines(
        *lines: bytes, header: str = NAMES, shift_weeks: int = 731
    ) -> Arrivals:
        path = tmp_path / "arrivals.csv"
        path.write_bytes(b"\n".join((header.encode(), *lines)))
        return read(path, shift_weeks=shift_weeks)

    return read_lines


def test_wall_clock_is_kept_and_moved_by_whole_weeks(reader: Reader) -> None:
    (case,) = reader(line(RECEIPT), line(CHECK)).cases

    assert case.start == datetime(2025, 10, 14, 13, 42, 22, 688000, tzinfo=LOCAL)
    assert case.events[1].at == datetime(2025, 11, 2, 2, 30, tzinfo=LOCAL)
    assert case.start.weekday() == datetime(2011, 10, 11, tzinfo=LOCAL).weekday()
    assert case.days == 56


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (line(CHECK | {"time:timestamp": "yesterday"}), "ISO 8601"),
        (line(CHECK | {"time:timestamp": "9990-01-01 00:00:00"}), "ISO 8601"),
        (line(CHECK | {"time:timestamp": "1999-01-01 00:00:00"}), "year 2013"),
        (line(CHECK | {"concept:name": "T99 Dance"}), "concept:name"),
        (line(CHECK | {"concept:instance": "task-1"}), "earlier line"),
        (line(RECEIPT | {"concept:instance": "task-9"}), "received before"),
        (line(CHECK | {"org:resource": ""}), "org:resource"),
        (line(CHECK | {"case:channel": "Fax"}), "case:channel"),
        (line(CHECK | {"lifecycle:transition": "start"}), "lifecycle"),
        (line(CHECK | {"case:enddate_planned": "2011-10-11"}), "enddate_planned"),
        (line(CHECK | {"case:concept:name": "Nguyễn Văn A"}), "case:concept:name"),
        (line(CHECK) + b",more", "16 fields instead of 15"),
        (b"Desk,case-1", "2 fields instead of 15"),
        (b'"' + line(CHECK), "CSV"),
        (line(CHECK).replace(b"General", b"G\xe9n\xe9ral"), "UTF-8"),
        (b"\0" * 200_000, "CSV"),
    ],
)
def test_broken_line_is_named_and_the_rest_goes_on(
    reader: Reader, broken: bytes, reason: str
) -> None:
    last = line(CHECK | {"concept:instance": "task-3"})

    found = reader(line(RECEIPT), broken, b"", last)

    (row,) = found.broken
    assert row.line == 3
    assert reason in row.en
    assert [e.instance for e in found.cases[0].events] == ["task-1", "task-3"]


def test_case_without_a_receipt_is_left_out_by_name(reader: Reader) -> None:
    other = CHECK | {"case:concept:name": "case-2"}

    found = reader(line(RECEIPT), line(other))

    assert [case.id for case in found.cases] == ["case-1"]
    assert found.left_out == ("case-2",)


def test_receipt_comes_first_then_time_then_file_order(reader: Reader) -> None:
    early = CHECK | {"time:timestamp": "2011-10-10 08:00:00+02:00"}
    same = early | {"concept:instance": "task-3"}

    (case,) = reader(line(same), line(RECEIPT), line(early)).cases

    assert [e.instance for e in case.events] == ["task-1", "task-3", "task-2"]
    assert case.arrived_at == case.events[1].at


@pytest.mark.parametrize(
    "header", ["", "case:channel", NAMES + ",org:resource", "\0", '"']
)
def test_file_without_usable_header_is_malformed(reader: Reader, header: str) -> None:
    with pytest.raises(MalformedError, match="line 1"):
        reader(line(RECEIPT), header=header)


def test_header_may_have_a_mark_and_columns_of_its_own(reader: Reader) -> None:
    found = reader(line(RECEIPT) + b",x", header="\ufeff" + NAMES + ",extra")

    assert len(found.cases) == 1


def test_missing_file_and_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read(tmp_path / "none.csv")
    with pytest.raises(MalformedError, match="directory"):
        read(tmp_path)


def test_absurd_shift_is_malformed(reader: Reader) -> None:
    with pytest.raises(MalformedError, match="too large"):
        reader(line(RECEIPT), shift_weeks=10**12)


def test_sample_shows_every_activity_and_every_end() -> None:
    found = read(SAMPLE)

    shown = {trait for case in found.cases for trait in traits(case)}

    assert (found.broken, found.left_out) == ((), ())
    assert set(ACTIVITIES) <= shown
    assert {
        "supplement 1",
        "supplement 2",
        "suspended, then supplemented",
        "ends with a supplement",
        "open, plain, 1",
        "open, plain, 2",
        "open, suspended, 2",
        "solved, suspended, in time",
        "solved, plain, late",
        "withdrawn",
        "an activity after the end",
        "an activity before the start",
    } <= shown
    assert len(found.cases) == 60
    assert SAMPLE.stat().st_size <= 150_000


def test_choice_leaves_no_trait_out_that_has_room() -> None:
    cases = read(SAMPLE).cases

    assert choose(cases) == {case.id for case in cases}


@pytest.mark.skipif(not WHOLE.exists(), reason=ABSENT)
def test_sample_is_what_the_script_makes_of_the_whole_log() -> None:
    assert sample(WHOLE) == SAMPLE.read_bytes()


@pytest.mark.skipif(not WHOLE.exists(), reason=ABSENT)
def test_whole_log_is_read_without_loss() -> None:
    found = read(WHOLE)

    assert (found.broken, found.left_out) == ((), ())
    assert len(found.cases) == 1434
    assert sum(len(case.events) for case in found.cases) == 8577
    assert sum(case.end is None for case in found.cases) == 105


def test_the_reference_page_names_every_activity() -> None:
    page = (SAMPLE.parents[3] / "docs/reference/demo-log.md").read_text("utf-8")

    assert [name for name in ACTIVITIES if name not in page] == []
