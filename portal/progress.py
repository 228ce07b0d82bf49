"""How far a long look came, on standard error; and stopping it without loss."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from portal.output import hint

EVERY_S = 2.0
_WORDS = {
    "events": "sự kiện",
    "documents": "giấy tờ",
    "signatures": "chữ ký",
    "dossiers": "hồ sơ",
}
Tell = Callable[[str, int], None]


def beats(clock: Callable[[], float] = time.monotonic) -> Tell:
    """Tell how many of what were looked at, every two seconds from the second on."""
    due = clock() + EVERY_S

    def tell(what: str, count: int) -> None:
        nonlocal due
        if clock() >= due:
            due = clock() + EVERY_S
            hint(f"… {count} {_WORDS.get(what, what)}", f"… {count} {what}")

    return tell


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C only be noted, and tell; the second one interrupts."""
    before = signal.getsignal(signal.SIGINT)
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        noted.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(noted)
    finally:
        signal.signal(signal.SIGINT, before)
