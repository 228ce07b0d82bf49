"""How a draft procedure goes live: a person confirms limit, papers and fee."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from pydantic import Field

from dossiers.errors import RefusedError
from dossiers.procedure import Component, Confirmation, Fee, Procedure, Terms
from dossiers.values import Channel, Value

_LIMIT = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:wd|wh|h)|[1-9][0-9]*(?:d|mo)")
SLIP = 1000
"""Two fees of one kind this many times apart are a slip of the keyboard."""
LEAST_DONG = 1000
"""No legal fee in đồng is smaller: 100 stands for 100,000."""


class Decisions(Value):
    """
    What a confirmer decided on a draft, and by which recorded rule.

    `terms` covers every channel, `required` every paper by `Component.key`; what is
    left out stays unconfirmed, and an unconfirmed procedure does not go live.
    """

    rule: str
    effective_from: date
    terms: dict[Channel, Terms]
    required: dict[str, bool]
    accepts: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def publish(
    draft: Procedure, decisions: Decisions, *, confirmer: str, at: datetime
) -> Procedure:
    """
    Make the published version of a draft; the draft stays as it is.

    Raises RefusedError (rule `procedure-unconfirmed`) naming all that is missing or
    contradictory. Publishing the same draft and decisions gives the same digest.
    """
    faults = tuple(_faults(draft, decisions))
    if faults:
        listed = "; ".join(faults)
        vi = f"{draft.reference} chưa thể công bố: {listed}"
        en = f"{draft.reference} cannot be published: {listed}"
        raise RefusedError(vi, en, rule="procedure-unconfirmed")
    confirmation = Confirmation(
        confirmer=confirmer, rule=decisions.rule, at=at, draft=draft.digest
    )
    changed = {
        "state": "published",
        "effective_from": decisions.effective_from,
        "terms": {channel: decisions.terms[channel] for channel in draft.channels},
        "components": tuple(_decided(c, decisions) for c in draft.components),
        "confirmations": (*draft.confirmations, confirmation),
    }
    return Procedure.model_validate(dict(draft) | changed)


def _decided(component: Component, decisions: Decisions) -> Component:
    required = not component.is_note and decisions.required[component.key]
    more = decisions.accepts.get(component.code, ())
    accepts = tuple(dict.fromkeys((*component.accepts, *more)))
    return component.model_copy(update={"required": required, "accepts": accepts})


def _faults(draft: Procedure, decisions: Decisions) -> Iterator[str]:
    if draft.state != "draft":
        yield "already published; import a new draft"
    if not draft.issuer:
        yield "no issuing agency"
    if not draft.channels:
        yield "no channel"
    if all(result.is_refusal for result in draft.results):
        yield "no result"
    for key in dict.fromkeys(c.key for c in draft.components if not c.is_note):
        if key not in decisions.required:
            yield f"component {key}: required or not?"
    yield from _term_faults(draft, decisions.terms)


def _term_faults(draft: Procedure, terms: dict[Channel, Terms]) -> Iterator[str]:
    for channel in dict.fromkeys((*draft.channels, *terms)):
        if channel not in terms:
            yield f"channel {channel}: which limit and fee?"
        elif channel not in draft.channels:
            yield f"channel {channel} is not offered by this procedure"
        elif not _LIMIT.fullmatch(terms[channel].limit):
            yield f"channel {channel}: {terms[channel].limit!r} is no limit (7.5wd)"
    fees = [fee for channel in terms for fee in terms[channel].fees]
    yield from fee_contradictions(tuple(fees))


def fee_contradictions(fees: tuple[Fee, ...]) -> Iterator[str]:
    """Say what cannot be true of these fees together; unknown amounts are fine."""
    known = [(fee.kind, fee.currency, fee.amount) for fee in fees if fee.amount]
    for kind, currency, amount in dict.fromkeys(known):
        if currency is None:
            yield f"fee {amount} without a currency"
        if currency in {None, "VND"} and amount < LEAST_DONG:
            yield f"fee {amount} {currency or ''} is too small to be true"
        if (kind, currency, amount * SLIP) in known:
            yield f"fee {amount} here and {amount * SLIP} there"
