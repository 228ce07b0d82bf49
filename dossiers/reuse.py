"""
Which paper of the owner's store may stand for a component, and why another may not.

- (1) The right person's, of a type that the component accepts, there before the act.
- (2) Its state is valid, its bytes are readable, and it holds on the day that counts.
- (3) Luật GDĐT 20/2023 Đ12.1: it was issued by us, or carries a conversion mark.
- (4) Level, signature and ages are as the rule asks; consent where it is the basis.
- (5) The best first: level, signature, day of issue, then the newest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dossiers.ports import Document
from dossiers.reuse_rules import CONSENT, LAW, Assurance, ReuseRule, day_of, is_within
from dossiers.values import ComponentState

_SIGNATURES = ("none", "converter", "issuer")


class NotTaken(StrEnum):
    """Why a paper of the store may not stand for a component."""

    OWNER = "owner"
    TYPE = "type"
    LATER = "later"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"
    ERASED = "erased"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    UNMARKED = "unmarked"
    LEVEL = "level"
    SIGNATURE = "signature"
    ISSUED = "issued"
    AGE = "age"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is looked for: whose paper, of which types, as of an instant.

    `day` is the local day on which it must hold; what came at `before` or later, be it
    the paper or its mark, does not count: an act never reuses its own uploads.
    """

    holder: str
    types: tuple[str, ...]
    before: datetime
    day: date
    consented: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """The papers that may be taken, the best first, and why each other may not."""

    taken: tuple[Document, ...]
    left: tuple[tuple[Document, NotTaken], ...]


@dataclass(frozen=True, slots=True)
class _Look:
    rule: ReuseRule
    wish: Wish
    paper: Document

    @property
    def level(self) -> int:
        """Count the mark only where it was set before the act."""
        marked_at = self.paper.converted_at
        if marked_at is None or marked_at < self.wish.before:
            return self.paper.level
        return Assurance.FILE

    @property
    def later(self) -> bool:
        return self.paper.stored_at >= self.wish.before

    @property
    def unmarked(self) -> bool:
        ours = self.paper.source == "outcome"
        return not ours and (self.paper.converter is None or not self.level)

    @property
    def expired(self) -> bool:
        until = self.paper.identity.expires_on
        return self.paper.state == "expired" or bool(until and until < self.wish.day)

    @property
    def issued_too_long_ago(self) -> bool:
        age, since = self.rule.issued_within, self.paper.identity.issued_on
        if age is None:
            return False
        return since is None or not is_within(age, since, self.wish.day)

    @property
    def stored_too_long_ago(self) -> bool:
        age = self.rule.max_reuse_age
        since = day_of(self.paper.stored_at)
        return age is not None and not is_within(age, since, self.wish.day)


_N = NotTaken
_REASONS: tuple[tuple[NotTaken, Callable[[_Look], bool]], ...] = (
    (_N.OWNER, lambda a: a.paper.owner != a.wish.holder),
    (_N.TYPE, lambda a: a.paper.type_code not in a.wish.types),
    (_N.LATER, lambda a: a.later),
    (_N.REVOKED, lambda a: a.paper.state == "revoked"),
    (_N.SUPERSEDED, lambda a: a.paper.state == "superseded"),
    (_N.QUARANTINED, lambda a: a.paper.state in ("quarantined", "refused")),
    (_N.ERASED, lambda a: a.paper.state == "erased"),
    (_N.EXPIRED, lambda a: a.expired),
    (_N.UNREADABLE, lambda a: not a.paper.readable or a.paper.state != "valid"),
    (_N.UNMARKED, lambda a: a.unmarked),
    (_N.LEVEL, lambda a: a.level < a.rule.min_level),
    (
        _N.SIGNATURE,
        lambda a: a.rule.signature == "required" and a.paper.signature == "none",
    ),
    (_N.ISSUED, lambda a: a.issued_too_long_ago),
    (_N.AGE, lambda a: a.stored_too_long_ago),
    (_N.CONSENT, lambda a: a.rule.basis == CONSENT and not a.wish.consented),
)


def match(rule: ReuseRule | None, candidates: Iterable[Document], wish: Wish) -> Ranked:
    """Sort papers into those that may be taken and those that may not, with why."""
    looked = [_Look(rule or ReuseRule(), wish, paper) for paper in candidates]
    judged = [(look, _why_not(look)) for look in looked]
    fitting = sorted((a for a, why in judged if why is None), key=_worth, reverse=True)
    return Ranked(
        taken=tuple(look.paper for look in fitting),
        left=tuple((look.paper, why) for look, why in judged if why is not None),
    )


def _why_not(look: _Look) -> NotTaken | None:
    return next((why for why, is_so in _REASONS if is_so(look)), None)


def _worth(look: _Look) -> tuple[int, int, date, datetime, str]:
    paper = look.paper
    signed = _SIGNATURES.index(paper.signature)
    issued = paper.identity.issued_on or date.min
    return look.level, signed, issued, paper.stored_at, paper.id


def basis_of(rule: ReuseRule | None) -> str:
    """Tell the law or the consent that a reuse rests on."""
    return rule.basis if rule else LAW


def state_of(paper: Document) -> ComponentState:
    """Tell what a component becomes that this paper of the store stands for."""
    result = paper.source == "outcome"
    return ComponentState.FROM_RESULT if result else ComponentState.FROM_COMPONENT
