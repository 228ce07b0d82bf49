"""The only readers of the clock: real time, or the demo's virtual time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

AUTOMATIC = timedelta(seconds=1)
"""In virtual time an automatic event follows its cause after this fixed step."""


class SystemClock:
    """Real time in UTC."""

    def now(self) -> datetime:
        """Tell the present instant."""
        return datetime.now(UTC)

    def following(self, cause: datetime) -> datetime:
        """Tell the present instant, never before the cause."""
        return max(self.now(), cause)


class VirtualClock:
    """
    Virtual time: each thread's own instant, else the one that the database holds.

    `stored` reads the database, so that every process sees the same.
    """

    def __init__(self, stored: Callable[[], datetime | None]) -> None:
        """Take the reader of the stored instant."""
        self._stored = stored
        self._mine = threading.local()

    def turn(self, at: datetime) -> None:
        """Let this thread live at an instant."""
        self._mine.at = at

    def now(self) -> datetime:
        """Tell the virtual instant; real time while there is none."""
        mine: datetime | None = getattr(self._mine, "at", None)
        return mine or self._stored() or datetime.now(UTC)

    def following(self, cause: datetime) -> datetime:
        """Tell the cause's instant plus the fixed step."""
        return cause + AUTOMATIC
