"""Events as they come, without Kafka: the journal itself is followed."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.e2e.conftest import Submission
from tests.support.command_line import nambuoc

NAMBUOC = str(Path(sys.executable).with_name("nambuoc"))


@pytest.mark.usefixtures("home")
def test_tail_tells_each_event_in_a_line(submission: Submission) -> None:
    assert nambuoc("dossier", "submit", str(submission())).code == 0
    lines = nambuoc("events", "tail", "--from", "beginning", "--limit", "4", "--json")
    said = nambuoc("events", "tail", "--from", "beginning", "--limit", "4")

    told = [json.loads(line) for line in lines.out.splitlines()]
    assert [one["seq"] for one in told] == [1, 2, 3, 4]
    assert all(one["event"]["type"] == one["type"] for one in told)
    assert any("nộp hồ sơ" in line for line in said.out.splitlines())
    assert len(said.out.splitlines()) == 4


def _seq_of_submission(lines: Iterable[str]) -> int:
    told = map(json.loads, lines)
    return next(int(one["seq"]) for one in told if one["type"].endswith("submitted.v1"))


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("home")
def test_tail_waits_for_what_is_new_and_ends_by_ctrl_c(submission: Submission) -> None:
    assert nambuoc("dossier", "submit", str(submission())).code == 0
    words = [NAMBUOC, "events", "tail", "--from", "beginning", "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        seen = _seq_of_submission(told.stdout)
        assert nambuoc("dossier", "submit", str(submission())).code == 0
        later = _seq_of_submission(told.stdout)
        told.send_signal(signal.SIGINT)
        error = told.stderr.read()

    (last,) = re.findall(r"đã xem đến seq (\d+)", error)
    assert seen < later <= int(last)
    assert (told.returncode, "Traceback" in error) == (130, False)


@pytest.mark.timeout(90)
@pytest.mark.usefixtures("home")
def test_a_reader_that_has_seen_enough_ends_it(submission: Submission) -> None:
    assert nambuoc("dossier", "submit", str(submission())).code == 0
    words = [NAMBUOC, "events", "tail", "--from", "beginning"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        told.stdout.close()
        assert (told.stderr.read(), told.wait()) == (b"", 0)


def test_a_wrong_beginning_is_named() -> None:
    said = nambuoc("events", "tail", "--from", "yesterday")

    assert said.code == 2
    assert "yesterday" in said.err
