"""A draft goes live only when limit, papers and fee are confirmed."""

from datetime import UTC, date, datetime

import pytest

from dossiers.confirmation_rules import RULE, clean_decisions, obstacles
from dossiers.errors import NotFoundError, RefusedError
from dossiers.procedure import Fee, FeeKind, Procedure, Terms
from dossiers.publication import Decisions, publish
from dossiers.values import Channel
from tests.support.catalogue import drafted, method, sample

FROM = date(2024, 1, 1)
AT = datetime(2024, 10, 5, tzinfo=UTC)
FEE = Fee(kind=FeeKind.STATE, amount=8000, currency="VND")


def published(draft: Procedure, decisions: Decisions) -> Procedure:
    return publish(draft, decisions, confirmer="DEMO", at=AT)


def decided(**changes: object) -> Decisions:
    whole = {
        "rule": "QD-1",
        "effective_from": FROM,
        "terms": {Channel.DIRECT: Terms(limit="5wd", fees=(FEE,))},
        "required": {"1/G17-KQ1": True},
    }
    return Decisions.model_validate(whole | changes)


def test_publishing_keeps_the_draft_and_says_who_confirmed_it() -> None:
    draft = drafted().procedure

    live = published(draft, decided())

    assert (draft.state, live.state, live.effective_from) == (
        *("draft", "published", FROM),
    )
    assert live.confirmations[0].draft == draft.digest != live.digest
    assert live.confirmations[0].rule == "QD-1"
    assert [c.code for c in live.required()] == ["G17-KQ1"]
    assert live.terms_of(Channel.DIRECT).limit == "5wd"


def test_the_same_content_confirmed_later_is_the_same_version() -> None:
    draft = drafted().procedure
    later = publish(
        draft, decided(), confirmer="X", at=datetime(2025, 1, 1, tzinfo=UTC)
    )

    assert later.digest == published(draft, decided()).digest


def test_a_version_survives_its_own_json() -> None:
    live = published(drafted().procedure, decided())

    again = Procedure.model_validate_json(live.model_dump_json())

    assert again == live
    assert again.digest == live.digest


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"required": {}}, "component-unconfirmed 1/G17-KQ1"),
        ({"terms": {}}, "channel-unconfirmed direct"),
        (
            {"terms": {Channel.DIRECT: Terms(limit="7.5d", fees=())}},
            "limit-malformed direct 7.5d",
        ),
        (
            {
                "terms": {
                    Channel.DIRECT: Terms(limit="5wd", fees=(FEE,)),
                    Channel.ONLINE: Terms(limit="5wd", fees=()),
                }
            },
            "channel-not-offered online",
        ),
        (
            {
                "terms": {
                    Channel.DIRECT: Terms(
                        limit="5wd",
                        fees=(FEE, FEE.model_copy(update={"amount": 8_000_000})),
                    )
                }
            },
            "fee-thousandfold 8000, 8000000",
        ),
    ],
)
def test_what_is_unconfirmed_or_contradictory_does_not_go_live(
    changes: dict[str, object], fault: str
) -> None:
    with pytest.raises(RefusedError, match=fault) as caught:
        published(drafted().procedure, decided(**changes))

    assert caught.value.rule == "procedure-unconfirmed"


def test_a_published_version_is_not_published_again() -> None:
    live = published(drafted().procedure, decided())

    with pytest.raises(RefusedError, match="already-published"):
        published(live, decided())


def test_a_draft_has_no_terms_to_promise() -> None:
    with pytest.raises(RefusedError, match="not published"):
        drafted().procedure.terms_of(Channel.DIRECT)


def test_the_demo_publishes_a_clean_draft_by_a_recorded_rule() -> None:
    live = published(sample()["1.004222"], clean_decisions(sample()["1.004222"], FROM))

    assert {c: t.limit for c, t in live.terms.items()} == {
        Channel.ONLINE: "7wd",
        Channel.DIRECT: "7wd",
    }
    assert [f.amount for f in live.terms_of(Channel.DIRECT).fees] == [20_000]
    assert live.confirmations[0].rule == RULE


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1.013225", "limit-case-disagrees"),
        ("2.001610", "fee-contradictory"),
        ("2.001159", "limit-hours"),
        ("2.000635", "limit-case-disagrees"),
    ],
)
def test_the_demo_leaves_the_rest_a_draft(code: str, why: str) -> None:
    draft = sample()[code]

    assert why in obstacles(draft)
    with pytest.raises(RefusedError, match=why):
        clean_decisions(draft, FROM)


def test_a_bare_number_takes_its_unit_from_the_cases_that_name_it() -> None:
    agreed = drafted(executionMethods=[method(5, "OTHER")]).procedure
    other = drafted(executionMethods=[method(3, "OTHER")]).procedure

    assert clean_decisions(agreed, FROM).terms[Channel.DIRECT].limit == "5wd"
    assert obstacles(other) == ("limit-unknown", "limit-case-disagrees")


def test_two_limits_of_one_channel_wait_for_a_person() -> None:
    draft = drafted(executionMethods=[method(5), method(8)]).procedure

    assert obstacles(draft) == ("limit-several",)


def test_an_unknown_fee_stays_unknown_when_published() -> None:
    draft = sample()["1.013227"]

    live = published(draft, clean_decisions(draft, FROM))

    assert {fee.amount for fee in live.terms_of(Channel.ONLINE).fees} == {None}


def test_an_extended_permit_may_be_extended_again() -> None:
    draft = sample()["1.013227"]
    live = published(draft, clean_decisions(draft, FROM))

    accepted = {c.code: c.accepts for c in live.required()}

    assert live.results[0].code in accepted["000.00.00.G17-KQ002691"]


def test_a_dossier_follows_one_alternative_and_all_common_groups() -> None:
    live = sample()["1.010038"]
    first, second = live.alternatives

    assert live.papers() == live.papers(first.number)
    assert {c.group for c in live.papers(second.number)} == {second.number}
    with pytest.raises(NotFoundError, match="no alternative 9"):
        live.papers(9)


def test_a_record_without_issuer_channel_or_result_is_not_publishable() -> None:
    draft = drafted(
        departmentPromulgateCode="?", executionMethods=[], resultsDetails=[]
    ).procedure

    with pytest.raises(RefusedError, match="issuer-none; channel-missing; result-none"):
        published(draft, decided(terms={}))
    assert set(obstacles(draft)) >= {"issuer-none", "channel-missing", "result-none"}


def test_the_demo_leaves_a_record_alone_that_is_odd_otherwise() -> None:
    draft = drafted(
        state="GONE",
        categoriesDetails=[],
        executionMethods=[method(fees=[{"type": "TIP", "value": 1000}])],
    ).procedure

    assert obstacles(draft) == (
        *("fee-contradictory", "fee-kind", "field-none", "state-unknown"),
    )
