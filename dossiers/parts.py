"""
What comes next for a dossier: a pure function of (history, shown steps), D11.

`shown` counts the steps whose automatic rest is done, 0 to 5; it stands in the run's
row. A step that is closed and not shown has an automatic rest due; else a person must
act, or the run is over. A draft that is processed again after it was sent back is put
on paper again, though its step is shown already. An end before an outcome (refused at
reception, withdrawn, stopped) ends the run at once: nothing begun is finished for it.
"""

from dataclasses import dataclass

from dossiers.dossier import Dossier, Status
from dossiers.values import STEPS, Step


@dataclass(frozen=True, slots=True)
class Do:
    """The automatic rest of this step is due."""

    step: Step


@dataclass(frozen=True, slots=True)
class Wait:
    """A person must act; the reason is shown on the run's page."""

    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The run is over; the name is the business end."""

    name: str


Part = Do | Wait | End

_WAITS = {
    Status.SUBMITTED: "receive: counter officer decides",
    Status.RECEIVED: "transfer: counter officer hands over",
    Status.OFFERED: "transfer: officer accepts",
    Status.IN_PROCESS: "process: officer decides",
    Status.SUSPENDED: "process: suspended",
    Status.PREPARED: "sign: competent person signs",
    Status.PERSON_SIGNED: "sign: records clerk seals",
    Status.SEALED: "sign: records clerk seals",
    Status.SIGNED: "return: counter hands over",
    Status.ISSUED: "return: counter hands over",
}
_ENDS = {
    Status.RETURNED: "Returned",
    Status.REFUSED: "Refused",
    Status.WITHDRAWN: "Withdrawn",
    Status.STOPPED: "Stopped",
}


def next_part(dossier: Dossier, shown: int) -> Part:
    """Decide what the run does next; `shown` is 0 to 5."""
    if dossier.status in _ENDS and dossier.status is not Status.RETURNED:
        return End(_ENDS[dossier.status])
    if dossier.reached > shown:
        return Do(STEPS[shown])
    if dossier.status is Status.RETURNED:
        return End(_ENDS[dossier.status])
    if dossier.status is Status.PROCESSED:
        return Do(Step.PROCESS)
    if dossier.status is Status.SUPPLEMENTING:
        return Wait(f"{dossier.step}: applicant supplements")
    return Wait(_WAITS[dossier.status])


def wakes(before: Dossier | None, dossier: Dossier, shown: int) -> bool:
    """Whether a change must wake the run: its next part is no longer the same wait."""
    if before is None:
        return True
    part = next_part(dossier, shown)
    return part != next_part(before, shown)
