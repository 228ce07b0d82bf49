"""What the flows need of the house: the journal, the rows, one step's rest."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from dossiers.ports import Dossiers, Effects, Notices, Runs
from dossiers.values import Step


class Engine(Protocol):
    """What `infra.wiring.open_engine` hands out; one in each process."""

    @property
    def dossiers(self) -> Dossiers:
        """The event-sourced dossiers."""

    @property
    def runs(self) -> Runs:
        """Wake marks and leases."""

    @property
    def effects(self) -> Effects:
        """The outbox."""

    @property
    def notices(self) -> Notices:
        """The receiver of notices."""

    def settle(self, step: Step, dossier_id: str) -> None:
        """
        Do the automatic rest of a closed step and show it, in one transaction.

        A repeat changes nothing; raises DossierError, which says whether to retry.
        """


@dataclass(slots=True)
class Segment:
    """One stretch of a run between two waits, as its flow reports it back."""

    engine: Engine
    error: BaseException | None = None


SEGMENT: ContextVar[Segment] = ContextVar("segment")
