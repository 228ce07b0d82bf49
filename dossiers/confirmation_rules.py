"""Recorded rules by which the demo's confirmer publishes what is clean."""

from collections.abc import Iterator
from datetime import date

from dossiers.errors import RefusedError
from dossiers.procedure import Procedure, Terms
from dossiers.publication import Decisions, fee_contradictions
from dossiers.values import Channel

RULE = "demo-clean-2"
"""
The rule as it stands in every confirmation it makes:

1. each channel has exactly one limit, in days, working days or months; a bare number
   without a unit takes the unit of the legal cases when all of them name that number;
2. no legal case names a limit that no channel has;
3. a paper is required when its quantity is above 0; at least one paper is listed;
4. fees stand as listed, an unknown fee stays unknown; contradictory fees stop it;
5. issuer, field and a result that is no refusal are known; the record is in force;
6. a paper that one has is to be made electronic, one by which one asks is not.
"""
_ASKING = (
    *("đơn", "tờ khai", "bản khai", "giấy đề nghị", "phiếu", "văn bản đề nghị"),
    *("mẫu điện tử", "mẫu hộ tịch"),
)
# The permit to be extended: new, extended before, or for a limited time.
ACCEPTS = {
    "000.00.00.G17-KQ002691": ("KQ.G17.000311", "KQ.G17.000315", "KQ.H17.000141"),
}


def obstacles(draft: Procedure) -> tuple[str, ...]:
    """Say why the rule leaves a draft alone; empty when it may go live."""
    return tuple(_obstacles(draft))


def clean_decisions(draft: Procedure, effective_from: date) -> Decisions:
    """Decide on a clean draft by RULE; raises RefusedError when it is not clean."""
    found = obstacles(draft)
    if found:
        vi = f"{draft.reference} cần người xác nhận: {', '.join(found)}"
        en = f"{draft.reference} needs a person's confirmation: {', '.join(found)}"
        raise RefusedError(vi, en, rule=RULE)
    terms = {}
    for channel, limits in _limits(draft).items():
        rows = [method for method in draft.methods if method.channel is channel]
        fees = dict.fromkeys(fee for method in rows for fee in method.fees)
        terms[channel] = Terms(limit=next(iter(limits)), fees=tuple(fees))
    return Decisions(
        rule=RULE,
        effective_from=effective_from,
        terms=terms,
        required={c.key: True for c in draft.components if not c.is_note},
        accepts=ACCEPTS,
        eligible={
            c.code: not c.name.lower().startswith(_ASKING)
            for c in draft.components
            if not c.is_note
        },
    )


def _limits(draft: Procedure) -> dict[Channel, set[str]]:
    found: dict[Channel, set[str]] = {}
    for method in draft.methods:
        stated = method.time_limit
        limit = stated.limit or _from_cases(draft, stated.amount, stated.unit)
        found.setdefault(method.channel, set()).add(limit)
    return found


def _from_cases(draft: Procedure, amount: str, unit: str) -> str:
    """Take the cases' limit when it is one, and of this number; else "" (unknown)."""
    stated = [case.time_limit for case in draft.cases]
    limits = {each.limit for each in stated}
    agreed = len(limits) == 1 and {each.amount for each in stated} == {amount}
    return (limits.pop() or "") if agreed and unit == "OTHER" else ""


def _obstacles(draft: Procedure) -> Iterator[str]:
    yield from _limit_obstacles(draft)
    if not any(not component.is_note for component in draft.components):
        yield "component-none"
    fees = tuple(fee for method in draft.methods for fee in method.fees)
    if any(fee_contradictions(fees)):
        yield "fee-contradictory"
    if any(fee.kind is None for fee in fees):
        yield "fee-kind"
    if all(result.is_refusal or not result.code for result in draft.results):
        yield "result-none"
    if not draft.issuer:
        yield "issuer-none"
    if draft.field is None:
        yield "field-none"
    if draft.catalogue_state not in {"ACTIVE", "UPDATED"}:
        yield "state-unknown"


def _limit_obstacles(draft: Procedure) -> Iterator[str]:
    limits = _limits(draft)
    if not limits:
        yield "channel-missing"
    everything = {limit for each in limits.values() for limit in each}
    if "" in everything:
        yield "limit-unknown"
    if any(limit.endswith("h") for limit in everything):
        yield "limit-hours"
    if any(len(each) > 1 for each in limits.values()):
        yield "limit-several"
    if any(case.time_limit.limit not in everything for case in draft.cases):
        yield "limit-case-disagrees"
