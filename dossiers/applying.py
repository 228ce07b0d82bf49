"""How one kind of fact changes a dossier: tables of pure functions for the fold."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.replacing import replace
from dossiers.values import STEPS, Fact, Step

F = TypeVar("F", bound=Fact)
Apply = Callable[[Dossier, Event, F], Dossier]
Table = dict[type[Fact], Callable[..., Dossier]]


def on(table: Table, kind: type[F]) -> Callable[[Apply[F]], Apply[F]]:
    """Enter the decorated function in a table, under its kind of fact."""

    def enter_in_table(apply: Apply[F]) -> Apply[F]:
        table[kind] = apply
        return apply

    return enter_in_table


def keep(dossier: Dossier, _: Event, __: Fact) -> Dossier:
    """Change nothing: the fact is only recorded."""
    return dossier


def enter(dossier: Dossier, step: Step) -> Dossier:
    """Enter a step: the ones before it are reached, its attempt counts up."""
    index = STEPS.index(step)
    entered = tuple(n + (i == index) for i, n in enumerate(dossier.entered))
    return replace(dossier, entered=entered, reached=index)


def end_pause(dossier: Dossier, at: datetime) -> Dossier:
    """End the pause that is running, if any."""
    if not dossier.paused:
        return dossier
    ended = replace(dossier.pauses[-1], end=at)
    return replace(dossier, pauses=(*dossier.pauses[:-1], ended))
