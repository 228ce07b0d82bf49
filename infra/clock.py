"""The only readers of the clock: real time, or the demo's virtual time."""

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
    """Virtual time as the database holds it, so that every process sees the same."""

    def __init__(self, read: Callable[[], datetime]) -> None:
        """Take the reader of the stored instant."""
        self._read = read

    def now(self) -> datetime:
        """Tell the stored instant."""
        return self._read()

    def following(self, cause: datetime) -> datetime:
        """Tell the cause's instant plus the fixed step."""
        return cause + AUTOMATIC
