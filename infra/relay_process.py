"""
`python -m infra.relay_process --home H`: what goes on behind the officers' backs.

Signs checkpoints, publishes to Kafka, and whatever else LOOPS names, each in a thread
of its own. One process leads on a database; the others wait. A loop that dies takes the
process with it, and the supervisor starts it again.
"""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread

from dossiers.errors import DossierError, TamperedError
from infra import running
from infra.auditor import audit_continuously
from infra.house import House
from infra.intake_topic.taking import take_in
from infra.kafka.relay import STATE_FILE, Relay, Source, Told
from infra.kafka.store_hints import watch_store
from infra.leader import leading
from infra.settings import from_environment
from infra.wiring import open_house

Loop = Callable[[House, Event], None]
CHECKPOINT_S = 1.0
CHECKPOINT_EVENTS = 1000
_LOOK_S = 0.25
_LEAVE_S = 8.0
logger = logging.getLogger("nambuoc.relay")


def sign_continuously(house: House, stopping: Event) -> None:
    """Sign the head when it moved: after a second, or a thousand events."""
    signed, due = house.checkpoints.signed_size(), 0.0
    while not stopping.wait(_LOOK_S):
        try:
            grown = house.journal.head().size - signed
            if grown >= CHECKPOINT_EVENTS or (grown and time.monotonic() >= due):
                signed = house.checkpoints.sign().size
                due = time.monotonic() + CHECKPOINT_S
        except TamperedError as error:  # the log shrank or forked
            logger.warning("checkpoints: %s", error.en)
            house.journal.hold(error.en.partition(";")[0])
            return
        except DossierError as error:
            logger.warning("checkpoints: %s", error.en)


def relay_continuously(house: House, stopping: Event) -> None:
    """Publish the journal when Kafka is configured; raises FencedError."""
    place = house.settings.run / STATE_FILE
    kafka = house.settings.kafka
    if kafka is None:
        running.write(place, asdict(Told("off", os.getpid())))
        return
    source = Source(
        house.journal, house.marks, house.meta.site(), house.checkpoints.latest
    )
    Relay(source, kafka, place).run(stopping)


LOOPS: tuple[tuple[str, Loop], ...] = (
    ("checkpoints", sign_continuously),
    ("relay", relay_continuously),
    ("auditor", audit_continuously),
    ("intake", take_in),
    ("store", watch_store),
)
"""Each gets the house and returns when the event is set, or when it may not go on."""


def serve(house: House, stopping: Event) -> int:
    """Lead when it is our turn, until told to stop; tells the exit code."""
    waits = Told(
        "waiting",
        os.getpid(),
        vi="một tiến trình khác đang phát sự kiện",
        en="another process leads",
    )
    running.write(house.settings.run / STATE_FILE, asdict(waits))
    codes: list[int] = []
    with leading(house.settings.database_url, stopping) as mine:
        if not mine:
            return 0
        threads = [
            Thread(target=_run, args=(loop, house, stopping, codes), name=name)
            for name, loop in LOOPS
        ]
        for thread in threads:
            thread.daemon = True
            thread.start()
        stopping.wait()
        until = time.monotonic() + _LEAVE_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
    return max(codes, default=0)


def _run(loop: Loop, house: House, stopping: Event, codes: list[int]) -> None:
    code = 1
    try:
        loop(house, stopping)
        code = 0
    except DossierError as error:
        logger.warning("%s ended: %s", threading.current_thread().name, error.en)
        code = error.exit_code
    finally:
        if code:
            codes.append(code)
            stopping.set()


def main() -> int:
    """Work for one home until SIGTERM; tells the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.relay_process")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home.absolute()
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with (
            running.hold(home / running.RELAY, "relay"),
            open_house(from_environment(home)) as house,
        ):
            return serve(house, stopping)
    except DossierError as error:
        logger.warning("%s", error.en)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
