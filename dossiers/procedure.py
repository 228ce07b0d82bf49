"""What an administrative procedure (TTHC) asks and promises: versions, not edits."""

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from dossiers.errors import NotFoundError, RefusedError
from dossiers.reuse_rules import ReuseRule
from dossiers.values import Channel, Instant, Value

LATER = frozenset({"reuse", "eligible"})
"""What a component may say since reuse goes by rule; absent is not written."""


class FeeKind(StrEnum):
    """Phí (SERVICE), lệ phí (STATE) of Luật Phí và lệ phí 2015; a price set by law."""

    SERVICE = "service"
    STATE = "state"
    PRICE = "price"


class Level(StrEnum):
    """Level of the agencies that carry the procedure out."""

    WARD = "ward"
    PROVINCE = "province"
    MINISTRY = "ministry"
    OTHER = "other"


class ServiceLevel(StrEnum):
    """How far the public service is online (toàn trình, một phần, thông tin)."""

    FULL = "full"
    PARTIAL = "partial"
    INFORMATION = "information"


class Coded(Value):
    """Something with a code and a name: field, legal basis, kind of applicant."""

    code: str
    name: str


class Body(Value):
    """An agency (with code) or a group of agencies (without) in one role."""

    code: str | None
    name: str
    role: Literal["executing", "competent", "authorized", "coordinating"]


class Decision(Value):
    """The decision that published the procedure in the catalogue, local dates."""

    number: str
    decided_on: date | None
    published_on: date | None
    agency: str


class Component(Value):
    """
    A paper the procedure asks for (thành phần hồ sơ), or a note among papers.

    `required` is None until somebody confirmed it. `accepts` lists the types of
    documents in the owner's store that may stand for it beside its own code, `reuse`
    says when; `eligible`: it is to be made electronic (TT 01/2023), None: undecided.
    """

    code: str
    name: str
    original: int
    copy_: int
    group: int
    is_note: bool
    has_form: bool
    is_outcome: bool | None
    required: bool | None = None
    accepts: tuple[str, ...] = ()
    reuse: ReuseRule | None = None
    eligible: bool | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """List the types of documents that may stand for it."""
        told = self.reuse.accepts if self.reuse else ()
        return told or tuple(dict.fromkeys((self.code, *self.accepts)))

    @property
    def key(self) -> str:
        """Name it uniquely inside its procedure: group and code."""
        return f"{self.group}/{self.code}"


class ComponentGroup(Value):
    """A heading over components; alternatives exclude each other (one per dossier)."""

    number: int
    name: str
    is_alternative: bool


class TimeLimit(Value):
    """
    A limit as the catalogue states it; `limit` is None while it is unknown.

    `limit` is in the grammar of the clock: `7.5wd`, `10d`, `2mo`, `4h`, `0wd`.
    """

    limit: str | None
    amount: str
    unit: str
    text: str = ""


class Fee(Value):
    """A fee of a channel; an unknown amount is None and never means free."""

    kind: FeeKind | None
    amount: int | None
    currency: str | None
    text: str = ""


class Method(Value):
    """One row of how it is done: channel, limit and fees (cách thức thực hiện)."""

    channel: Channel
    time_limit: TimeLimit
    fees: tuple[Fee, ...]


class LegalCase(Value):
    """A legal case (trường hợp) with its own limit."""

    code: str
    name: str
    time_limit: TimeLimit


class Result(Value):
    """What the citizen may get, by code (kết quả); the paper itself is an Outcome."""

    code: str
    name: str
    is_refusal: bool


class Original(Value):
    """A text as it came, where it was normalised."""

    path: str
    text: str


class Terms(Value):
    """What was confirmed for one channel: the statutory limit and the fees."""

    limit: str
    fees: tuple[Fee, ...]


class Confirmation(Value):
    """Who let a draft go live, by which recorded rule, when, and which draft."""

    confirmer: str
    rule: str
    at: Instant
    draft: str


class Procedure(Value):
    """
    One version of a procedure (thủ tục hành chính), addressed by its content.

    A draft holds what the catalogue says, row by row; a published version adds
    `terms` per channel, `required` per component and `effective_from`.
    """

    code: str
    issuer: str
    issuer_name: str
    name: str
    state: Literal["draft", "published"] = "draft"
    catalogue_state: str
    catalogue_type: str
    levels: tuple[Level, ...]
    flags: tuple[str, ...]
    service_level: ServiceLevel
    decision: Decision | None
    field: Coded | None
    components: tuple[Component, ...]
    groups: tuple[ComponentGroup, ...]
    methods: tuple[Method, ...]
    cases: tuple[LegalCase, ...]
    results: tuple[Result, ...]
    legal_bases: tuple[Coded, ...]
    applicants: tuple[Coded, ...]
    bodies: tuple[Body, ...]
    delivery: tuple[str, ...]
    originals: tuple[Original, ...]
    effective_from: date | None = None
    effective_to: date | None = None
    terms: dict[Channel, Terms] = Field(default_factory=dict)
    confirmations: tuple[Confirmation, ...] = ()

    @property
    def digest(self) -> str:
        """
        SHA-256, hex, over the canonical JSON of the content.

        Who confirmed it and when is not content, nor is the state: the same content
        confirmed twice is the same version.
        """
        content = self.model_dump(mode="json", exclude={"state", "confirmations"})
        for component in content["components"]:
            for name in LATER & component.keys():
                if component[name] is None:  # versions from before it keep their digest
                    del component[name]
        written = json.dumps(
            content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(written.encode()).hexdigest()

    @property
    def reference(self) -> str:
        """Name it as commands do: `CODE@ISSUER`."""
        return f"{self.code}@{self.issuer}" if self.issuer else self.code

    @property
    def channels(self) -> tuple[Channel, ...]:
        """List the channels it is offered through, in the catalogue's order."""
        return tuple(dict.fromkeys(method.channel for method in self.methods))

    @property
    def alternatives(self) -> tuple[ComponentGroup, ...]:
        """List the groups of which a dossier follows exactly one."""
        return tuple(group for group in self.groups if group.is_alternative)

    def papers(self, alternative: int | None = None) -> tuple[Component, ...]:
        """
        List the papers, without notes, of one alternative (default: the first).

        A code that stands in several of these groups is listed once. Raises
        NotFoundError when there is no such alternative.
        """
        others = {group.number for group in self.alternatives}
        chosen = min(others) if others and alternative is None else alternative
        if chosen is not None and chosen not in others:
            vi = f"{self.code} không có nhóm {chosen}; có: {sorted(others)}"
            en = f"{self.code} has no alternative {chosen}; it has {sorted(others)}"
            raise NotFoundError(vi, en)
        others.discard(-1 if chosen is None else chosen)
        found = [c for c in self.components if not c.is_note and c.group not in others]
        return tuple({c.code: c for c in reversed(found)}.values())[::-1]

    def required(self, alternative: int | None = None) -> tuple[Component, ...]:
        """List the papers a dossier must hold; meaningful once published."""
        return tuple(c for c in self.papers(alternative) if c.required)

    def terms_of(self, channel: Channel) -> Terms:
        """Limit and fees of a channel; RefusedError when none was confirmed."""
        if channel in self.terms:
            return self.terms[channel]
        known = ", ".join(self.terms) or "-"
        vi = f"{self.reference}: kênh {channel} chưa được công bố; có: {known}"
        en = f"{self.reference}: channel {channel} is not published; open: {known}"
        raise RefusedError(vi, en, rule="procedure-channel")
