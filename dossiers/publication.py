"""How a draft procedure goes live: a person confirms limit, papers and fee."""

from collections.abc import Iterator
from datetime import date, datetime

from pydantic import Field

from dossiers.errors import MalformedError, RefusedError
from dossiers.procedure import Component, Confirmation, Fee, Procedure, Terms
from dossiers.reuse_rules import AGE_UNITS, ReuseRule
from dossiers.values import Channel, Value
from dossiers.working_time.limits import Limit

SLIP = 1000
"""Two fees of one kind this many times apart are a slip of the keyboard."""
LEAST_DONG = 1000
"""No legal fee in đồng is smaller: 100 stands for 100,000."""


class Decisions(Value):
    """
    What a confirmer decided on a draft, and by which recorded rule.

    `terms` covers every channel, `required` every paper by `Component.key`; what is
    left out stays unconfirmed, and an unconfirmed procedure does not go live.
    `accepts`, `reuse` and `eligible` go by the component's code and may be left out.
    """

    rule: str
    effective_from: date
    terms: dict[Channel, Terms]
    required: dict[str, bool]
    accepts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    reuse: dict[str, ReuseRule] = Field(default_factory=dict)
    eligible: dict[str, bool] = Field(default_factory=dict)


def publish(
    draft: Procedure, decisions: Decisions, *, confirmer: str, at: datetime
) -> Procedure:
    """
    Make the published version of a draft; the draft stays as it is.

    Raises RefusedError (rule `procedure-unconfirmed`) naming by kind all that is
    missing or contradictory. The same draft and decisions give the same digest.
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
    return component.model_copy(
        update={
            "required": required,
            "accepts": accepts,
            "reuse": decisions.reuse.get(component.code, component.reuse),
            "eligible": decisions.eligible.get(component.code, component.eligible),
        }
    )


def _faults(draft: Procedure, decisions: Decisions) -> Iterator[str]:
    if draft.state != "draft":
        yield "already-published"
    if not draft.issuer:
        yield "issuer-none"
    if not draft.channels:
        yield "channel-missing"
    if all(result.is_refusal for result in draft.results):
        yield "result-none"
    for key in dict.fromkeys(c.key for c in draft.components if not c.is_note):
        if key not in decisions.required:
            yield f"component-unconfirmed {key}"
    yield from _term_faults(draft, decisions.terms)
    yield from _reuse_faults(draft, decisions)


def _reuse_faults(draft: Procedure, decisions: Decisions) -> Iterator[str]:
    known = {component.code for component in draft.components}
    for code in sorted({*decisions.reuse, *decisions.eligible} - known):
        yield f"component-unknown {code}"
    for code, rule in decisions.reuse.items():
        for age in (rule.issued_within, rule.max_reuse_age):
            if age is not None and not _counts_days(age):
                yield f"reuse-age {code} {age}"


def _counts_days(age: str) -> bool:
    try:
        return Limit.parse(age).unit in AGE_UNITS
    except MalformedError:
        return False


def _term_faults(draft: Procedure, terms: dict[Channel, Terms]) -> Iterator[str]:
    for channel in dict.fromkeys((*draft.channels, *terms)):
        if channel not in terms:
            yield f"channel-unconfirmed {channel}"
        elif channel not in draft.channels:
            yield f"channel-not-offered {channel}"
        else:
            yield from _limit_faults(channel, terms[channel].limit)
    fees = [fee for channel in terms for fee in terms[channel].fees]
    yield from fee_contradictions(tuple(fees))


def _limit_faults(channel: Channel, limit: str) -> Iterator[str]:
    try:
        Limit.parse(limit)
    except MalformedError:
        yield f"limit-malformed {channel} {limit}"


def fee_contradictions(fees: tuple[Fee, ...]) -> Iterator[str]:
    """Say what cannot be true of these fees together; unknown amounts are fine."""
    known = {(fee.kind, fee.currency, fee.amount): fee for fee in fees if fee.amount}
    for kind, currency, amount in known:
        if currency is None:
            yield f"fee-currency {amount}"
        if currency in {None, "VND"} and amount < LEAST_DONG:
            yield f"fee-too-small {amount}"
        if (kind, currency, amount * SLIP) in known:
            yield f"fee-thousandfold {amount}, {amount * SLIP}"
