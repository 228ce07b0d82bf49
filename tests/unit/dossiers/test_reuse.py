"""Which paper may stand for a component: each reason, each rank, and old digests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from dossiers.errors import RefusedError
from dossiers.ports import Document
from dossiers.procedure import Procedure, Terms
from dossiers.publication import Decisions, publish
from dossiers.reuse import NotTaken, Wish, basis_of, match, state_of
from dossiers.reuse_rules import CONSENT, LAW, PaperIdentity, ReuseRule, is_within
from dossiers.values import ComponentState
from tests.support.catalogue import drafted
from tests.support.office import procedure as confirmed

AT = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
DAY = date(2025, 3, 3)
PAPER = Document(
    id="x1",
    owner="p1",
    type_code="K1",
    media_type="application/pdf",
    sha256="ab" * 32,
    size=9,
    state="valid",
    source_dossier=None,
    stored_at=AT - timedelta(days=40),
    identity=PaperIdentity(issued_on=date(2025, 1, 31)),
    level=2,
    source="component",
    converter="cb01",
    converted_at=AT - timedelta(days=40),
)
WISH = Wish(holder="p1", types=("K1",), before=AT, day=DAY)
EXPIRED = PaperIdentity(expires_on=date(2025, 3, 2))


def why(rule: ReuseRule | None, paper: Document, wish: Wish = WISH) -> NotTaken | None:
    ranked = match(rule, (paper,), wish)
    assert len(ranked.taken) + len(ranked.left) == 1
    return None if ranked.taken else ranked.left[0][1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"owner": "p2"}, NotTaken.OWNER),
        ({"type_code": "K2"}, NotTaken.TYPE),
        ({"stored_at": AT}, NotTaken.LATER),
        ({"state": "revoked"}, NotTaken.REVOKED),
        ({"state": "superseded"}, NotTaken.SUPERSEDED),
        ({"state": "quarantined"}, NotTaken.QUARANTINED),
        ({"state": "refused"}, NotTaken.QUARANTINED),
        ({"state": "erased"}, NotTaken.ERASED),
        ({"state": "expired"}, NotTaken.EXPIRED),
        ({"identity": EXPIRED}, NotTaken.EXPIRED),
        ({"identity": PaperIdentity(expires_on=DAY)}, None),
        ({"readable": False}, NotTaken.UNREADABLE),
        ({"state": "draft"}, NotTaken.UNREADABLE),
        ({"converter": None, "converted_at": None}, NotTaken.UNMARKED),
        ({"converted_at": AT}, NotTaken.UNMARKED),
        ({"converter": None, "converted_at": None, "source": "outcome"}, None),
        ({"level": 0, "source": "outcome"}, NotTaken.LEVEL),
    ],
)
def test_says_why_a_paper_is_not_taken(
    changes: dict[str, object], reason: NotTaken | None
) -> None:
    fields = {name: getattr(PAPER, name) for name in Document.__slots__} | changes

    assert why(None, Document(**fields)) is reason


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (ReuseRule(min_level=3), NotTaken.LEVEL),
        (ReuseRule(min_level=2), None),
        (ReuseRule(signature="required"), NotTaken.SIGNATURE),
        (ReuseRule(issued_within="1mo"), NotTaken.ISSUED),
        (ReuseRule(issued_within="2mo"), None),
        (ReuseRule(max_reuse_age="39d"), NotTaken.AGE),
        (ReuseRule(max_reuse_age="40d"), None),
        (ReuseRule(basis=CONSENT), NotTaken.CONSENT),
    ],
)
def test_a_rule_may_ask_for_more(rule: ReuseRule, reason: NotTaken | None) -> None:
    assert why(rule, PAPER) is reason


def test_consent_and_a_signature_let_it_pass() -> None:
    rule = ReuseRule(basis=CONSENT, signature="required")
    signed = replace(PAPER, signature="converter")

    assert why(rule, signed, replace(WISH, consented=True)) is None


def test_a_paper_without_its_day_of_issue_is_not_young() -> None:
    nameless = replace(PAPER, identity=PaperIdentity())

    assert why(ReuseRule(issued_within="99mo"), nameless) is NotTaken.ISSUED


def test_the_best_comes_first_level_signature_issue_then_newest() -> None:
    def like(name: str, **changes: object) -> Document:
        fields = {one: getattr(PAPER, one) for one in Document.__slots__}
        return Document(**fields | changes | {"id": name})

    found = [
        like("older", stored_at=AT - timedelta(days=50)),
        like("plain"),
        like("issued", identity=PaperIdentity(issued_on=date(2025, 2, 1))),
        like("sealed", signature="converter"),
        like("signed", signature="issuer"),
        like("higher", level=3),
    ]
    order = ["higher", "signed", "sealed", "issued", "plain", "older"]

    for papers in (found, found[::-1]):
        assert [one.id for one in match(None, papers, WISH).taken] == order


@pytest.mark.parametrize(
    ("age", "since", "last"),
    [
        ("1mo", date(2025, 1, 31), date(2025, 2, 28)),
        ("12mo", date(2024, 2, 29), date(2025, 2, 28)),
        ("2mo", date(2025, 11, 15), date(2026, 1, 15)),
        ("30d", date(2025, 1, 1), date(2025, 1, 31)),
        ("0d", date(2025, 1, 1), date(2025, 1, 1)),
    ],
)
def test_an_age_ends_on_its_last_day(age: str, since: date, last: date) -> None:
    assert is_within(age, since, last)
    assert not is_within(age, since, last + timedelta(days=1))


def test_a_result_and_a_component_are_counted_apart() -> None:
    result = replace(PAPER, source="outcome")

    assert state_of(PAPER) is ComponentState.FROM_COMPONENT
    assert state_of(result) is ComponentState.FROM_RESULT
    assert (basis_of(None), basis_of(ReuseRule(basis=CONSENT))) == (LAW, CONSENT)


@pytest.mark.parametrize(
    "told",
    [
        {"number": "001190000001"},
        {"number": "012345678"},
        {"issued_on": "2025-02-01", "expires_on": "2025-01-31"},
    ],
)
def test_a_papers_identity_is_sound(told: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"personal|before"):
        PaperIdentity.model_validate(told)


def test_versions_from_before_keep_their_digest() -> None:
    frozen = "a012fecb8dbae59d60f0d51646b1f07197d057840de67e911c4089cc842106ee"
    old = confirmed()
    bare = [
        one.model_copy(update={"eligible": None, "reuse": None})
        for one in old.components
    ]
    before = old.model_copy(update={"components": tuple(bare)})
    ruled = bare[0].model_copy(update={"reuse": ReuseRule()})
    after = before.model_copy(update={"components": (ruled, *bare[1:])})

    assert before.digest == frozen
    assert Procedure.model_validate_json(before.model_dump_json()).digest == frozen
    assert len({before.digest, old.digest, after.digest}) == 3


def live(**changes: object) -> Procedure:
    """Publish a procedure of one paper by these decisions."""
    draft = drafted().procedure
    (code,) = (one.code for one in draft.components)
    decisions = Decisions.model_validate(
        {
            "rule": "test",
            "effective_from": DAY,
            "terms": {one: Terms(limit="5wd", fees=()) for one in draft.channels},
            "required": {f"1/{code}": True},
            **changes,
        }
    )
    return publish(draft, decisions, confirmer="c", at=AT)


CODE = "G17-KQ1"


def test_a_published_component_says_what_it_accepts() -> None:
    rule = ReuseRule(accepts=("KQ1",), issued_within="6mo")
    (paper,) = live(reuse={CODE: rule}, eligible={CODE: True}).components

    assert (paper.reuse, paper.eligible, paper.types) == (rule, True, ("KQ1",))
    assert paper.model_copy(update={"reuse": None}).types == (CODE,)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reuse": {"X": ReuseRule()}}, "component-unknown X"),
        ({"eligible": {"Y": True}}, "component-unknown Y"),
        ({"reuse": {CODE: ReuseRule(max_reuse_age="7wd")}}, "reuse-age .* 7wd"),
        ({"reuse": {CODE: ReuseRule(issued_within="soon")}}, "reuse-age .* soon"),
    ],
)
def test_a_rule_that_nobody_can_follow_is_not_published(
    changes: dict[str, dict[str, object]], fault: str
) -> None:
    with pytest.raises(RefusedError, match=fault):
        live(**changes)
