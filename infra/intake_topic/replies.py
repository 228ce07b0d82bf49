"""What is said about a message: an answer to its sender, a dead letter to operators."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dossiers.dossier import Dossier
from infra.intake_topic.refusing import Grounds, Name
from infra.kafka.inbound import Inbound, Letter
from infra.kafka.topics import Topics
from infra.wire.messages import DeadLetter, Place, Reply, Verdict


def accepted(name: Name, dossier: Dossier) -> Verdict:
    """Tell which dossier a message made or went into."""
    return Verdict(
        source=name.source,
        id=name.id,
        status="accepted",
        code=dossier.code,
        dossier=dossier.id,
    )


def not_taken(name: Name, grounds: Grounds, *, conflict: bool = False) -> Verdict:
    """Tell why a message was refused."""
    return Verdict(
        source=name.source,
        id=name.id,
        status="conflict" if conflict else "refused",
        reason=grounds.reason,
        vi=grounds.vi,
        en=grounds.en,
    )


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes letters of one installation; the same thing said again has its old id."""

    topics: Topics
    source: str
    now: Callable[[], datetime]

    def answer(self, verdict: Verdict, digest: bytes) -> Reply:
        """Word the answer to the message of this digest (SHA-256 of its bytes)."""
        told = f"{verdict.source}\x1f{verdict.id}\x1f{digest.hex()}"
        return Reply(id=_id(told), source=self.source, time=self.now(), data=verdict)

    def reply(self, answer: Reply) -> Letter:
        """Address an answer to the sender."""
        return Letter(self.topics.replies, answer.data.source, written(answer))

    def dead(self, record: Inbound, grounds: Grounds) -> Letter:
        """Tell operators where a message lies that was not taken, and why."""
        key = f"{record.topic}/{record.partition}/{record.offset}"
        sha256 = hashlib.sha256(record.body).hexdigest()
        place = Place(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            sha256=sha256,
            reason=grounds.reason,
            vi=grounds.vi,
            en=grounds.en,
            source=grounds.name and grounds.name.source,
            id=grounds.name and grounds.name.id,
        )
        told = DeadLetter(
            id=_id(f"{key}/{sha256}"), source=self.source, time=self.now(), data=place
        )
        return Letter(self.topics.dead_letters, key, written(told))


def written(told: Reply | DeadLetter) -> bytes:
    """Write what is said as one line of JSON."""
    return told.model_dump_json(exclude_none=True).encode()


def _id(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:32]
