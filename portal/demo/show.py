"""The progress of a run on standard error: a bar, or plain lines without a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from portal.output import SPEECH, say

LINE_EVERY_S = 10.0
Tell = Callable[[int, int], None]


class SpeedColumn(ProgressColumn):
    """How many acts a second."""

    def render(self, task: Task) -> Text:
        """Write the speed; nothing before the first acts."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextmanager
def bar() -> Iterator[Tell]:
    """Show how many acts are done; silent when asked, plain without a terminal."""
    if SPEECH.quiet:
        yield lambda _, __: None
    elif not sys.stderr.isatty():
        yield plain_lines(time.monotonic)
    else:
        with Progress(
            TextColumn(say("việc", "acts")),
            BarColumn(),
            MofNCompleteColumn(),
            SpeedColumn(),
            TimeElapsedColumn(),
            TextColumn(say("còn", "left")),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            speed_estimate_period=60,
        ) as progress:
            task = progress.add_task("", total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)


def plain_lines(clock: Callable[[], float]) -> Tell:
    """Tell in a line of its own every ten seconds, and at the end."""
    began = told = clock()

    def tell(done: int, total: int) -> None:
        nonlocal told
        now = clock()
        if now - told < LINE_EVERY_S and done < total:
            return
        told = now
        speed = done / max(now - began, 0.001)
        left_s = round((total - done) / speed)
        left = f"{left_s // 60}:{left_s % 60:02}"
        text = say(
            f"việc {done}/{total}, {speed:.1f}/s, còn {left}",
            f"acts {done}/{total}, {speed:.1f}/s, {left} left",
        )
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    return tell
