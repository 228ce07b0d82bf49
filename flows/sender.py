"""Sends the outbox (D10): claim, hand over with the stable key, record the answer."""

import logging
import threading

from dossiers.crashpoints import crashpoint
from dossiers.ports import DueEffect
from flows.desk import Engine

BATCH = 20
LEASE_S = 30.0
LONGEST_PAUSE_S = 300.0
DOUBLINGS = 9
logger = logging.getLogger("nambuoc.sender")


def send_until(
    engine: Engine,
    owner: str,
    *,
    stop: threading.Event,
    poll_s: float,
    lease_s: float = LEASE_S,
) -> None:
    """Send what is due until told to stop; a failure of one harms no other."""
    while not stop.is_set():
        try:
            sent = send_due(engine, owner, lease_s=lease_s)
        except Exception:
            logger.exception("the outbox could not be read; trying again")
            sent = 0
        if not sent:
            stop.wait(poll_s)


def send_due(engine: Engine, owner: str, *, lease_s: float = LEASE_S) -> int:
    """Send one batch; tells how many were taken."""
    due = engine.effects.claim(owner, BATCH, lease_s)
    for effect in due:
        _send(engine, effect)
    return len(due)


def _send(engine: Engine, effect: DueEffect) -> None:
    crashpoint("after-claim")
    try:
        receipt = engine.notices.send(effect)
    except Exception as error:  # whatever it is, the rest of the batch goes on
        logger.warning("%s was not delivered", effect.key, exc_info=True)
        pause_s = min(2.0 ** min(effect.attempts, DOUBLINGS), LONGEST_PAUSE_S)
        engine.effects.failed(effect.key, error=str(error), pause_s=pause_s)
    else:
        crashpoint("after-delivery")
        engine.effects.done(effect.key, receipt)
        crashpoint("after-done")
