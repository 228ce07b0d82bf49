"""What the tables must hold, by the events alone: one history, its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dossiers import events as e
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.fold import after
from storage.paper_acts import brought
from storage.projections import view
from storage.tables import micros

Fields = Mapping[str, object]
Rows = dict[tuple[str, str], Fields]
"""What rows hold: table and key → fields."""

WHOLE = "waiting, or sent with a receipt"
NOTICES: dict[type[e.Fact], str] = {
    e.Submitted: "notice-acknowledged",
    e.Received: "notice-received",
    e.SupplementRequested: "notice-supplement",
    e.ReceptionRefused: "notice-refused",
    e.OutcomeIssued: "notice-ready",
    e.Returned: "notice-returned",
    e.Withdrawn: "notice-ended",
    e.Stopped: "notice-ended",
    e.AppointmentMoved: "letter-apology",
    e.PaperRevoked: "notice-paper-revoked",
}
"""The effect that each kind of event was committed with (D10)."""


@dataclass(slots=True)
class History:
    """What one stream's events, taken in order, say of the tables."""

    state: Dossier | None = None
    stored: dict[str, object] | None = None
    private: str | None = None
    numbers: dict[str, dict[str, object]] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    bound: dict[str, dict[str, object]] = field(default_factory=dict)
    consents: dict[str, dict[str, object]] = field(default_factory=dict)
    reader: str | None = None
    command: str = ""
    first: int = 0

    def take(self, event: Event) -> None:
        """Let one event follow; raises what the fold raises."""
        if event.command != self.command:  # events of one act carry one command
            self.command, self.first = event.command, event.version
        match event.fact:
            case e.DocumentStored() as fact:
                self.stored = _stored(event, fact)
            case e.DocumentStateChanged() | e.DocumentDigitized() as fact:
                if self.stored is not None:
                    self.stored |= _columns(fact)
            case _ if event.stream.startswith("dossier:"):
                self._follow(event)
            case _ if event.stream.startswith("access:"):
                self.reader = event.subject
                self._consent(event)
            case _:  # what the site itself records: no rows
                pass

    def _consent(self, event: Event) -> None:
        at = micros(event.occurred_at)
        match event.fact:
            case e.ConsentGiven() as fact:
                told = {"owner": fact.owner, "scope": fact.scope, "granted_at": at}
                self.consents[fact.scope] = told | {"withdrawn_at": None}
            case e.ConsentWithdrawn() as fact if fact.scope in self.consents:
                self.consents[fact.scope] |= {"withdrawn_at": at}
            case _:
                pass

    def _follow(self, event: Event) -> None:
        self._register(event)
        self.state = after(self.state, event)
        if isinstance(event.fact, e.Submitted):
            self.private = event.fact.private_digest
        for paper in brought(event.fact):
            if paper.document is not None:
                key = f"{paper.document}/{event.subject}/{paper.code}"
                self.bound.setdefault(key, {"reused": int(paper.reused)})
        kind = NOTICES.get(type(event.fact))
        if kind is not None:
            inside = isinstance(event.fact, e.PaperRevoked)
            to = self.state.holder if inside else self.state.applicant
            place = f"{event.subject}:{self.first}:{kind}:{to}"
            self.notices[place] = self.state.code

    def _register(self, event: Event) -> None:
        match event.fact:
            case e.NumberReserved() as fact:
                self._enter(event.subject, fact, "reserved")
            case e.ApologyDrafted() as fact:
                self._enter(event.subject, fact, "assigned")
            case e.NumberAssigned():
                self._mark("assigned")
            case e.NumberVoided():
                self._mark("voided")
            case _:
                pass

    def _enter(
        self, dossier_id: str, fact: e.NumberReserved | e.ApologyDrafted, state: str
    ) -> None:
        self.numbers[_number(fact)] = {
            "agency": fact.agency,
            "year": fact.year,
            "number": fact.number,
            "symbol": fact.symbol,
            "dossier_id": dossier_id,
            "state": state,
        }

    def _mark(self, state: str) -> None:
        kept = self.state.number if self.state else None
        if kept is not None:
            self.numbers[_number(kept)]["state"] = state

    def rows(self) -> Rows:
        """List every row that these events alone decide."""
        found: Rows = {}
        if self.stored is not None:
            found["document", str(self.stored["document_id"])] = self.stored
        if self.state is not None:
            found["dossier_view", self.state.id] = view(self.state)
            found["run_lease", self.state.id] = {
                "shown": self.state.reached,
                "closed": int(not self.state.open),
            }
            for key, code in self.notices.items():
                found["effect", key] = {"code": code, "about": code, "delivery": WHOLE}
            for key, number in self.numbers.items():
                found["document_number", key] = number
            for key, binding in self.bound.items():
                found["binding", key] = binding
        for consent in self.consents.values():
            found["consent", f"{consent['owner']}/{consent['scope']}"] = consent
        return found


def _number(fact: e.NumberReserved | e.ApologyDrafted) -> str:
    return f"{fact.agency}/{fact.year}/{fact.number}"


def _stored(event: Event, fact: e.DocumentStored) -> dict[str, object]:
    return _columns(fact) | {
        "document_id": event.subject,
        "type_code": fact.document_type,
        "upload": event.command,
        "stored_at": micros(event.occurred_at),
    }


def _columns(fact: e.Fact) -> dict[str, object]:
    """Name what a fact says as the columns are named; those that are none fall out."""
    said = fact.model_dump(mode="json", exclude={"type", "conversion"})
    if isinstance(fact, e.DocumentStored | e.DocumentDigitized):
        mark = fact.conversion
        said["converter"] = mark and mark.converter
        said["converted_at"] = mark and micros(mark.at)
    return said
