"""What a run tells where nobody watches a terminal."""

from collections.abc import Iterator

import pytest

from portal.demo.show import plain_lines


def test_a_log_gets_a_line_every_ten_seconds_with_rate_and_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds: Iterator[float] = iter([0.0, 4.0, 10.0, 12.0, 20.0])
    tell = plain_lines(lambda: next(seconds))
    for done in (4, 10, 12, 40):
        tell(done, 40)
    output, told = capsys.readouterr()

    assert output == ""
    first, last = told.splitlines()
    assert ("10/40, 1.0/s" in first, "0:30" in first) == (True, True)
    assert ("40/40, 2.0/s" in last, "0:00" in last) == (True, True)
