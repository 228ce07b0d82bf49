"""The progress bar of a run: rate and remaining time, on standard error."""

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


class SpeedColumn(ProgressColumn):
    """How many acts a second."""

    def render(self, task: Task) -> Text:
        """Write the speed; nothing before the first acts."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def _silent(_: int, __: int) -> None:
    return None


@contextmanager
def bar() -> Iterator[Callable[[int, int], None]]:
    """Show how many acts are done; silent when asked, plain without a terminal."""
    if SPEECH.quiet:
        yield _silent
        return
    with Progress(
        TextColumn(say("việc", "acts")),
        BarColumn(),
        MofNCompleteColumn(),
        SpeedColumn(),
        TimeElapsedColumn(),
        TextColumn(say("còn", "left")),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield tell
