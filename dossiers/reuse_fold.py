"""What the events of its papers make of a dossier; nothing is swapped silently."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dossiers import reuse_events as e
from dossiers.applying import Table, on
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.transitions import illegal
from dossiers.values import ComponentState, Fact, Standing, SubmittedComponent

REUSE: Table = {}


@on(REUSE, e.ComponentDigitized)
def _digitized(d: Dossier, _: Event, f: e.ComponentDigitized) -> Dossier:
    marked = {"state": ComponentState.DIGITIZED}
    return _changed(d, f, lambda one: _is(one, f.document), marked)


@on(REUSE, e.ComponentReused)
def _reused(d: Dossier, _: Event, f: e.ComponentReused) -> Dossier:
    return replace(d, components=d.components + f.components)


@on(REUSE, e.PaperJudged)
def _judged(d: Dossier, _: Event, f: e.PaperJudged) -> Dossier:
    standing: Standing = "valid" if f.verdict == "released" else "refused"

    def waits(one: SubmittedComponent) -> bool:
        return _is(one, f.document) and one.standing == "waiting"

    return _changed(d, f, waits, {"standing": standing})


@on(REUSE, e.PaperRevoked)
def _revoked(d: Dossier, _: Event, f: e.PaperRevoked) -> Dossier:
    def held(one: SubmittedComponent) -> bool:
        return _is(one, f.document) and one.standing != "revoked"

    return _changed(d, f, held, {"standing": "revoked"})


def _is(one: SubmittedComponent, document: str) -> bool:
    return one.document == document


def _changed(
    d: Dossier,
    fact: Fact,
    fits: Callable[[SubmittedComponent], bool],
    update: Mapping[str, object],
) -> Dossier:
    """Change the papers that fit; illegal when the dossier has none of them."""
    if not any(map(fits, d.components)):
        raise illegal(d, type(fact), "no such paper", vi="không có giấy tờ đó")
    changed = (
        one.model_copy(update=update) if fits(one) else one for one in d.components
    )
    return replace(d, components=tuple(changed))
