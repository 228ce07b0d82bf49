"""A long look tells how far it came, and the first Ctrl-C only asks it to stop."""

import os
import signal

import pytest

from portal.output import SPEECH
from portal.progress import beats, stoppable


def test_a_short_look_says_nothing_and_a_long_one_every_two_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SPEECH, "lang", "en")
    monkeypatch.setattr(SPEECH, "quiet", False)
    times = iter((0.0, 1.9, 2.0, 2.0, 3.9, 4.0, 4.0))
    tell = beats(lambda: next(times))

    for count in (1, 2, 3, 4):
        tell("events", count)

    assert capsys.readouterr().err == "… 2 events\n… 4 events\n"


def test_the_first_ctrl_c_is_noted_and_the_second_interrupts() -> None:
    with stoppable() as stopped:
        assert not stopped()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
