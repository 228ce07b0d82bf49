"""
The loop of the way in: each record is decided once, answered, and ticked off.

    claim (source, id, digest) → steps → answer in the row → reply in Kafka → tick

- Killed between any two of these, the record comes again and goes the same way: the
  steps know its command id, the row its answer, the reader of replies its id.
- What is down (database, store, Kafka, a held journal) is waited for: nothing is ticked
  off. What is wrong with a message is told at once, and the next one is taken.
"""

import hashlib
import logging
import os
from collections.abc import Callable
from functools import partial
from threading import Event

from dossiers.crashpoints import crashpoint
from dossiers.dossier import Dossier
from dossiers.errors import (
    ConflictError,
    DossierError,
    FaultError,
    NotFoundError,
    TamperedError,
    UnavailableError,
)
from infra import running
from infra.house import House
from infra.intake_topic.deciding import Desk
from infra.intake_topic.message import read
from infra.intake_topic.refusing import Grounds, Name, NotTakenError, Reason, why
from infra.intake_topic.replies import Letters, accepted, not_taken, written
from infra.intake_topic.sealing import Keyring
from infra.kafka.inbound import Inbound, Letter, Line, line
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from infra.wire.messages import Reply, Verdict

STATE_FILE = "intake.json"
"""In HOME/run: whether messages are taken in, or what is waited for."""
TRIES = 5
"""So often a message may fail where others would not; then it is told as a fault."""
_ROOM = 256 * 1024 * 1024
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_AWAY = (UnavailableError, TamperedError)
_STUCK = (ConflictError, FaultError, OSError, MemoryError)
_UNFORESEEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
logger = logging.getLogger("nambuoc.intake")


def take_in(house: House, stopping: Event) -> None:
    """Take messages in until told to stop, where Kafka is configured."""
    kafka = house.settings.kafka
    if kafka is None:
        running.write(house.settings.run / STATE_FILE, {"state": "off"})
        return
    _WayIn(house, kafka).run(stopping)


class _WayIn:
    """One member of the group that takes messages in."""

    def __init__(self, house: House, kafka: KafkaSettings) -> None:
        self._house = house
        self._kafka = kafka
        source = f"//{house.meta.site()}/engine"
        now = house.office.clock.now
        self._letters = Letters(Topics(kafka.prefix), source, now)
        self._ticked = 0
        self._failing = ("", 0)

    def run(self, stopping: Event) -> None:
        """Join, work, and after a fault join again; a pause grows while none ends."""
        pause = _FIRST_PAUSE_S
        while not stopping.is_set():
            before = self._ticked
            try:
                self._work(stopping)
            except (*_AWAY, *_STUCK, DossierError) as error:
                grown = min(pause * 2, _LONGEST_PAUSE_S)
                pause = grown if self._ticked == before else _FIRST_PAUSE_S
                self._tell("waiting", error)
                stopping.wait(pause)
        self._tell("stopped")

    def _work(self, stopping: Event) -> None:
        keys = Keyring(self._house.settings.keys)
        with line(self._kafka) as open_line:
            is_told = False
            while not stopping.is_set():
                for record in open_line.poll():
                    self._take(open_line, keys, record)
                    if stopping.is_set():
                        return
                if not is_told:  # not before what it waited for is over
                    self._tell("running")
                is_told = True

    def _take(self, open_line: Line, keys: Keyring, record: Inbound) -> None:
        letters = self._letters_on(record, Desk(self._house, keys.keys()))
        open_line.tell(letters)
        crashpoint("intake-replied")
        open_line.tick(record)
        crashpoint("intake-ticked")
        self._ticked += 1

    def _letters_on(self, record: Inbound, desk: Desk) -> list[Letter]:
        """Decide on a record; gives what is to be said about it."""
        try:
            message = read(record.body)
        except NotTakenError as error:
            if error.name is None:
                return [self._letters.dead(record, error.grounds)]
            return self._once(record, error.name, partial(_raised, error))
        name = Name(message.source, message.id)
        return self._once(record, name, partial(desk.take, message))

    def _once(
        self, record: Inbound, name: Name, act: Callable[[], Dossier]
    ) -> list[Letter]:
        """Act unless these bytes were answered under this name, or others came."""
        digest = hashlib.sha256(record.body).digest()
        claimed = self._house.inbox.claim(name.source, name.id, digest)
        crashpoint("intake-claimed")
        if claimed.digest != digest:
            used = NotTakenError(Reason.ID_USED, name=name)
            verdict = not_taken(name, used.grounds, conflict=True)
            return [self._letters.reply(self._letters.answer(verdict, digest))]
        told = claimed.answer
        if told is None:
            verdict = self._verdict(record, name, act)
            crashpoint("intake-decided")
            answer = written(self._letters.answer(verdict, digest)).decode()
            told = self._house.inbox.settle(name.source, name.id, answer)
            crashpoint("intake-answered")
        return self._said(record, name, Reply.model_validate_json(told))

    def _verdict(
        self, record: Inbound, name: Name, act: Callable[[], Dossier]
    ) -> Verdict:
        try:
            return accepted(name, act())
        except _AWAY:
            raise
        except _STUCK as error:
            if not self._is_its_own_fault(record):
                raise
            found, kind = NotTakenError(Reason.FAULT, name=name), type(error).__name__
        except DossierError as error:
            return not_taken(name, why(error).grounds)
        except _UNFORESEEN as error:
            found = NotTakenError(Reason.UNFORESEEN, name=name)
            kind = type(error).__name__
        logger.error("%s: %s (%s)", record.place, found.rule, kind)
        return not_taken(name, found.grounds)

    def _said(self, record: Inbound, name: Name, answer: Reply) -> list[Letter]:
        letters, told = [self._letters.reply(answer)], answer.data
        if told.status == "refused":
            grounds = Grounds(told.reason or "", told.vi or "", told.en or "", name)
            letters.append(self._letters.dead(record, grounds))
        return letters

    def _is_its_own_fault(self, record: Inbound) -> bool:
        """Whether this record fails again and again while all else is well."""
        place, times = self._failing
        times = times + 1 if place == record.place else 1
        self._failing = (record.place, times)
        health = self._house.objects.health()
        room = health.free_bytes is None or health.free_bytes > _ROOM
        return times >= TRIES and health.ok and room

    def _tell(self, state: str, error: BaseException | None = None) -> None:
        """Show the state; of errors that may quote a message only the kind."""
        told: dict[str, object] = {"state": state, "pid": os.getpid()}
        if isinstance(error, UnavailableError | TamperedError | NotFoundError):
            told |= {"vi": error.vi, "en": error.en}
        elif error is not None:
            kind = type(error).__name__
            told |= {
                "vi": f"chưa ghi được ({kind}); chạy: nambuoc server doctor",
                "en": f"cannot be recorded yet ({kind}); run: nambuoc server doctor",
            }
        if error is not None:
            logger.warning("%s: %s", state, told["en"])
        running.write(self._house.settings.run / STATE_FILE, told)


def _raised(error: NotTakenError) -> Dossier:
    raise error
