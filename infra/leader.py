"""
One leader of many relays on a database.

It only spares the others their work: that nothing is published twice rests on Kafka's
fencing, not on this lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from storage.advisory import alone

RELAY_LOCK = 0x6E616D62_72656C79
"""The advisory lock's key: the letters "nambrely"."""
_TURN_S = 1.0


@contextmanager
def leading(url: str, stopping: Event) -> Iterator[bool]:
    """
    Wait for one's turn on this database; False when told to stop before it came.

    Raises UnavailableError when the database does not answer.
    """
    while not stopping.is_set():
        with alone(url, RELAY_LOCK) as mine:
            if mine:
                yield True
                return
        stopping.wait(_TURN_S)
    yield False
