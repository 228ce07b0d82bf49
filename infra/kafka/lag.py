"""How far Kafka is behind the journal, as anybody may ask; Kafka itself is not."""

from dataclasses import dataclass
from datetime import datetime

from infra import running
from infra.house import House
from infra.kafka.relay import MARK, STATE_FILE

_ABSENT = (
    "không có tiến trình relay nào chạy; hãy: nambuoc server start",
    "no relay runs; do: nambuoc server start",
)


@dataclass(frozen=True, slots=True)
class Lag:
    """
    What is relayed and what is not.

    `seconds` is the age of the oldest event that is not relayed, since it was recorded;
    `reason` is in Vietnamese and English; `leader` is a pid of this home.
    """

    head: int
    relayed: int
    seconds: float
    state: str
    reason: tuple[str, str] | None
    leader: int | None

    @property
    def behind(self) -> int:
        """Count the events that are not relayed yet."""
        return max(self.head - self.relayed, 0)


def lag(house: House, now: datetime) -> Lag:
    """Look at the journal, the relay's mark and what it says of itself."""
    state, reason, leader, known = _state(house)
    mark = house.marks.get(MARK)
    relayed = max(mark.seq if mark else 0, known)
    waiting = next(house.journal.read(relayed + 1, relayed + 1), None)
    age = (now - waiting.recorded_at).total_seconds() if waiting else 0.0
    head = house.journal.head().size
    return Lag(head, relayed, round(max(age, 0.0), 3), state, reason, leader)


def _state(house: House) -> tuple[str, tuple[str, str] | None, int | None, int]:
    settings = house.settings
    living = running.running(settings.home / running.RELAY)
    told = running.read(settings.run / STATE_FILE)
    if living is None:
        off = settings.kafka is None
        return ("off", None, None, 0) if off else ("waiting", _ABSENT, None, 0)
    if told.get("pid") != living.pid:  # it has only just started
        return "waiting", None, living.pid, 0
    reason = (str(told["vi"]), str(told["en"])) if told.get("en") else None
    relayed = told.get("relayed")
    known = relayed if isinstance(relayed, int) else 0
    return str(told["state"]), reason, living.pid, known
