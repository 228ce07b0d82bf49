"""What one act adds to a dossier: facts, private fields, effects, in one piece."""

from dataclasses import dataclass
from datetime import datetime

from dossiers.dossier import Dossier
from dossiers.envelope import Event, known
from dossiers.events import PaperFact
from dossiers.fold import after
from dossiers.values import Actor, Fact, digest


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to do outside the database, exactly once by its key (D10)."""

    kind: str
    recipient: str
    about: str

    def key(self, dossier: str, event: str) -> str:
        """Name it for ever: `dossier:event:kind:recipient`."""
        return f"{dossier}:{event}:{self.kind}:{self.recipient}"


@dataclass(frozen=True, slots=True)
class Private:
    """A private field; the event carries only `digest`."""

    name: str
    plaintext: bytes
    salt: bytes

    @property
    def digest(self) -> str:
        """SHA-256(salt ‖ canonical plaintext), lower-case hex."""
        return digest(self.salt, self.plaintext)


@dataclass(frozen=True, slots=True)
class PaperAct:
    """One act on a document's own stream: its mark is set, or its state changes."""

    document: str
    fact: PaperFact
    actor: Actor
    command: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """
    One act on one dossier, to be appended in one transaction.

    `expected` is the version the decision was made on, 0 for a new dossier; `shown`
    raises the run's shown steps in the same transaction (None: untouched). `papers`
    are acts on documents that stand or fall with it.
    """

    dossier_id: str
    expected: int
    actor: Actor
    command: str
    at: datetime
    facts: tuple[Fact, ...]
    cause: str | None = None
    effects: tuple[Effect, ...] = ()
    private: tuple[Private, ...] = ()
    shown: int | None = None
    procedure_version: str | None = None
    papers: tuple[PaperAct, ...] = ()

    def events(self, ids: "tuple[str, ...]") -> tuple[Event, ...]:
        """Put the facts under their covers; one id for each fact."""
        return tuple(
            Event.model_construct(
                id=event_id,
                stream=f"dossier:{self.dossier_id}",
                version=self.expected + index,
                occurred_at=self.at,
                actor=self.actor,
                command=self.command,
                cause=self.cause,
                procedure_version=self.procedure_version,
                fact=known(fact),
            )
            for index, (event_id, fact) in enumerate(
                zip(ids, self.facts, strict=True), start=1
            )
        )


def apply(dossier: Dossier | None, events: tuple[Event, ...]) -> Dossier | None:
    """Fold new events onto a state; every illegal one is refused."""
    for event in events:
        dossier = after(dossier, event)
    return dossier
