"""
Places with a name where a process may die, so that tests can kill it exactly there.

Each lies at a commit edge: what was done before it stays, what comes after is not done.
Nothing happens unless the process was started with NAMBUOC_CRASHPOINT=NAME[:COUNT].
"""

import os
import signal
import threading
from dataclasses import dataclass, field

from dossiers.errors import MalformedError

POINTS = frozenset(
    {
        "after-claim",  # an effect is leased, nothing sent
        "after-condemn",  # the store's GC owns an intent, its object is still there
        "after-decision",  # a person's act is decided, its files stored, no event
        "after-delivery",  # the receiver has the notice, we have no answer
        "after-document",  # the document is committed, its caller has no id
        "after-done",  # the answer is recorded
        "after-intent",  # the intent is committed, no object
        "after-mark",  # a wake mark is leased, no run touched
        "after-notice",  # the embedded receiver holds the notice, no receipt
        "after-object",  # the object is durable, no row
        "after-removal",  # a condemned object is gone, its intent is not
        "after-rest",  # an automatic rest is decided, its files stored, no event
        "after-run",  # Prefect has the run, the journal's row does not know it
        "after-seal",  # sealed in memory, nothing stored
        "after-segment",  # a stretch of the run is over, its lease is not given back
        "after-settle",  # the rest is committed, Prefect's task is not ended
        "after-signature",  # signed in memory, nothing stored
        "after-append",  # the events are committed, their caller has no answer
        "after-checkpoint-state",  # signed and remembered, nobody has the note
        "before-key-file",  # a changed key file is written, the old one is in place
        "after-key-batch",  # some keys are wrapped anew, others are not
        "before-checkpoint-state",  # the tree has grown on disk, nothing is signed
        "intake-claimed",  # a message is known by its bytes, nothing is done
        "intake-decided",  # what it asks for is done, it has no answer
        "intake-answered",  # the answer is in its row, nobody was told
        "intake-replied",  # the answer is in Kafka, the record is not ticked off
        "intake-ticked",  # all is done
        "relay-begun",  # a Kafka transaction is open, nothing sent
        "relay-sent",  # its records are handed to the client
        "relay-flushed",  # its records are in Kafka, not committed
        "relay-offsets",  # its cursor too
        "relay-committed",  # committed, the relay does not know it as done
        "relay-marked",  # the mark in SQL says so
        "before-commit",  # events and rows are written, not committed
    }
)


@dataclass(slots=True)
class _Armed:
    """Which point kills this process, and how often it may still be passed."""

    name: str = ""
    left: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_ARMED = _Armed()


def arm(order: str | None) -> None:
    """
    Let this process die at `NAME[:COUNT]`, when it is there for the COUNT-th time.

    None disarms. Raises MalformedError for an unknown name or a count below 1.
    """
    name, _, count = (order or "").partition(":")
    times = int(count) if count.isascii() and count.isdecimal() else int(not count)
    if name and (name not in POINTS or times < 1):
        known = ", ".join(sorted(POINTS))
        vi = f"NAMBUOC_CRASHPOINT={order}: cần TÊN[:SỐ LẦN]; các tên: {known}"
        raise MalformedError(vi, f"NAMBUOC_CRASHPOINT={order}: NAME[:COUNT] of {known}")
    with _ARMED.lock:
        _ARMED.name, _ARMED.left = name, times


def crashpoint(name: str) -> None:
    """Die here (SIGKILL: nothing is closed, nothing flushed) when armed for it."""
    if name != _ARMED.name:
        return
    with _ARMED.lock:
        _ARMED.left -= 1
        if _ARMED.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
