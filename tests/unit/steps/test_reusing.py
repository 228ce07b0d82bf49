"""Papers asked for once: bound by rule, marked by who compared, revoked aloud."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest

from dossiers import events as e
from dossiers.change import Change, PaperAct
from dossiers.dossier import Dossier
from dossiers.envelope import decode
from dossiers.errors import (
    ConflictError,
    IncompleteError,
    NotCompetentError,
    NotFoundError,
    RefusedError,
)
from dossiers.ports import Document, NewDocument, Person
from dossiers.procedure import Procedure
from dossiers.reuse_rules import PaperIdentity, ReuseRule
from dossiers.values import Channel, ComponentState, SubmittedComponent
from infra.development_office import WARD
from steps import receive, revocation, sharing, supplement, transfer
from steps.digitization import Handed
from steps.reusing import asker_of, demand_sound, offers
from storage.memory.catalog import InMemoryProcedures
from storage.memory.dossiers import InMemoryDossiers
from tests.support.office import (
    CODE,
    MONDAY,
    PAGE,
    PERSON,
    Room,
    by,
    papers,
    procedure,
)

HELD, FORM = (one.code for one in procedure().required())
OTHER = Person(name="Trần Văn Khác", id_number="001190000002")
TUESDAY = MONDAY + timedelta(days=1)
BY_RULE = ReuseRule()


def ruled(here: Room, rule: ReuseRule | None = BY_RULE) -> Procedure:
    """Let a version be in force where one paper may come from the store."""
    changed = tuple(
        one.model_copy(update={"reuse": rule if one.code == HELD else None})
        for one in procedure().components
    )
    now = {"components": changed, "effective_from": TUESDAY.date()}
    version = procedure().model_copy(update=now)
    known = here.office.procedures
    assert isinstance(known, InMemoryProcedures)
    known.publish(version)
    here.clock.at = max(here.clock.at, TUESDAY)
    return version


def handed_in(
    here: Room,
    *handed: Handed,
    channel: Channel = Channel.DIRECT,
    applicant: Person = PERSON,
) -> Dossier:
    """Submit, then let an hour pass."""
    told = receive.Submission(
        procedure=CODE,
        channel=channel,
        receiving_agency=WARD,
        applicant=applicant,
        owner=PERSON,
        components=handed,
    )
    dossier = receive.submit(here.office, told, by("canbo1"))
    here.clock.turn(hours=1)
    return dossier


def held(dossier: Dossier, code: str = HELD) -> SubmittedComponent:
    """Find the newest paper of a component."""
    return [one for one in dossier.components if one.code == code][-1]


def paper_of(here: Room, dossier: Dossier, code: str = HELD) -> Document:
    return here.office.documents.find(held(dossier, code).document or "")


def shut(here: Room, first: Handed, rule: ReuseRule | None = BY_RULE) -> Dossier:
    """Hand a paper in once, then ask for the same procedure without it."""
    ruled(here, rule)
    handed_in(here, first, *papers(FORM))
    return handed_in(here, *papers(FORM))


def test_a_rule_takes_the_paper_from_the_store_unasked(here: Room) -> None:
    dossier = shut(here, Handed(HELD, content=PAGE))
    taken = held(dossier)

    assert (taken.reused, taken.state) == (True, ComponentState.FROM_COMPONENT)
    assert (taken.decided_by, taken.asked_again) == ("engine", None)
    received = receive.receive(here.office, dossier.id, by("canbo1"))
    assert received.received_at is not None


@pytest.mark.parametrize("rule", [None, ReuseRule(citizen_choice=True)])
def test_without_a_rule_or_with_a_choice_it_is_taken_when_asked_for(
    here: Room, rule: ReuseRule | None
) -> None:
    bare = shut(here, Handed(HELD, content=PAGE), rule)
    asked = handed_in(here, Handed(HELD), *papers(FORM))

    assert [one.code for one in bare.components] == [FORM]
    assert (held(asked).reused, held(asked).decided_by) == (True, "canbo1")


def test_a_copy_is_worth_less_than_an_original(here: Room) -> None:
    strict = ReuseRule(min_level=2)
    copied = shut(here, Handed(HELD, original=0, copy=1, content=PAGE), strict)
    shown = shut(here, Handed(HELD, content=PAGE), strict)

    assert [one.code for one in copied.components] == [FORM]
    assert held(shown).reused


@pytest.mark.parametrize(("day", "taken"), [("submit", True), ("decide", False)])
def test_a_paper_must_hold_on_the_day_that_the_rule_names(
    here: Room, day: Literal["submit", "decide"], *, taken: bool
) -> None:
    until = PaperIdentity(expires_on=TUESDAY.date() + timedelta(days=1))
    brief = Handed(HELD, content=PAGE, identity=until)
    dossier = shut(here, brief, ReuseRule(valid_at=day))

    assert (HELD in {one.code for one in dossier.components}) is taken


def test_what_the_store_lacks_stays_missing(here: Room) -> None:
    dossier = handed_in(here, Handed(HELD), *papers(FORM))

    assert (held(dossier).document, held(dossier).original) == (None, 0)
    with pytest.raises(IncompleteError, match=HELD):
        receive.receive(here.office, dossier.id, by("canbo1"))


def test_a_rule_may_name_the_applicants_own_store(here: Room) -> None:
    ruled(here, ReuseRule(holder="applicant"))
    first = handed_in(here, Handed(HELD, content=PAGE), applicant=OTHER)
    same = handed_in(here, *papers(FORM), applicant=OTHER)
    owner = handed_in(here, *papers(FORM))

    assert paper_of(here, first).owner == first.applicant != first.owner
    assert held(same).document == held(first).document
    assert [one.code for one in owner.components] == [FORM]


def test_a_rule_that_wants_a_signature_gets_a_sealed_copy(here: Room) -> None:
    wanting = ReuseRule(signature="required", min_level=3)
    dossier = shut(here, Handed(HELD, content=PAGE), wanting)
    copy = paper_of(here, dossier)
    sealed = here.office.documents.open(copy.id)
    kept = here.office.documents.candidates(dossier.owner, (HELD,))

    assert (held(dossier).reused, copy.signature, copy.level) == (True, "converter", 3)
    assert copy.signer == WARD
    assert sealed.startswith(PAGE)
    assert here.office.verifier.is_valid(sealed, slots=("seal",), at=here.clock.at)
    untouched = [one for one in kept if one.signature == "none"]
    assert here.office.documents.open(untouched[0].id) == PAGE


@pytest.mark.parametrize(
    "first",
    [
        Handed(HELD, content=b"\xff\xd8\xff", media_type="image/jpeg"),
        Handed(HELD, content=b"%PDF-1.7 torn"),
        Handed(HELD, content=PAGE, doubtful=True),
    ],
)
def test_what_takes_no_seal_never_stands_for_a_signed_paper(
    here: Room, first: Handed
) -> None:
    dossier = shut(here, first, ReuseRule(signature="required"))

    assert [one.code for one in dossier.components] == [FORM]


def test_what_came_from_home_is_marked_by_who_compared_it(here: Room) -> None:
    ruled(here, ReuseRule(signature="required"))
    online = handed_in(here, *papers(), channel=Channel.ONLINE)
    assert {one.state for one in online.components} == {ComponentState.NOT_DIGITIZED}
    assert paper_of(here, online).level == 0

    marked = sharing.digitize(here.office, online.id, by("canbo2"), codes=(HELD,))
    here.clock.turn(hours=1)
    later = handed_in(here, *papers(FORM))

    assert held(marked).state is ComponentState.DIGITIZED
    assert held(marked, FORM).state is ComponentState.NOT_DIGITIZED
    assert paper_of(here, marked).converter == "canbo2"
    assert paper_of(here, later).signature == "converter"
    with pytest.raises(NotFoundError, match="no upload left"):
        sharing.digitize(here.office, online.id, by("canbo1"), codes=(HELD,))
    with pytest.raises(NotCompetentError):
        sharing.digitize(here.office, online.id, by("cv1"))


def test_reception_may_mark_what_was_compared(here: Room) -> None:
    online = handed_in(here, *papers(), channel=Channel.ONLINE)
    compared = receive.Appointment(compared=True)
    done = receive.receive(here.office, online.id, by("canbo1"), terms=compared)
    facts = [type(one.fact) for one in here.office.dossiers.history(done.id)]

    assert facts[-3:] == [e.ComponentDigitized, e.ComponentDigitized, e.Received]
    assert {one.state for one in done.components} == {ComponentState.DIGITIZED}


def test_who_hands_in_what_the_store_has_is_counted(here: Room) -> None:
    ruled(here)
    first = handed_in(here, *papers())
    again = handed_in(here, *papers())
    guided = supplement.Ask((HELD,), "mờ")
    supplement.request_supplement(here.office, again.id, by("canbo1"), guided)
    here.clock.turn(hours=1)
    newer = Handed(HELD, content=PAGE + b"\n")
    answered = supplement.receive_supplement(
        here.office, again.id, by("canbo1"), handed=(newer,)
    )

    assert held(first).asked_again is None
    assert held(again).asked_again == "citizen"
    assert held(answered).asked_again == "officer"
    assert len(answered.components) == 3, "nothing is taken twice"


def test_a_paper_of_the_store_that_did_not_fit_is_counted_as_a_mismatch(
    here: Room,
) -> None:
    dossier = shut(here, Handed(HELD, content=PAGE))
    guided = supplement.Ask((HELD,), "không khớp")
    supplement.request_supplement(here.office, dossier.id, by("canbo1"), guided)
    here.clock.turn(hours=1)
    newer = Handed(HELD, content=PAGE + b"\n")
    answered = supplement.receive_supplement(
        here.office, dossier.id, by("canbo1"), handed=(newer,)
    )

    assert held(answered).asked_again == "mismatch"


def test_what_the_store_has_is_not_asked_for(here: Room) -> None:
    ruled(here, ReuseRule(citizen_choice=True))
    first = handed_in(here, *papers())
    bare = handed_in(here)
    document = held(first).document or ""
    with pytest.raises(IncompleteError, match=f"{document}.*supplement"):
        receive.receive(here.office, bare.id, by("canbo1"))
    with pytest.raises(RefusedError, match=document):
        supplement.request_supplement(
            here.office, bare.id, by("canbo1"), supplement.Ask((HELD,), "thiếu")
        )
    half = sharing.share(here.office, document, bare.id, by("canbo1"))
    assert held(half).decided_by == "canbo1"
    with pytest.raises(IncompleteError, match=FORM):
        receive.receive(here.office, bare.id, by("canbo1"))
    form = handed_in(here, *papers(FORM))
    with pytest.raises(IncompleteError, match=r"take it \(store share …[^;]*$"):
        receive.receive(here.office, form.id, by("canbo1"))


def test_the_head_may_ask_for_it_all_the_same(here: Room) -> None:
    ruled(here, ReuseRule(citizen_choice=True))
    handed_in(here, *papers())
    bare = handed_in(here)
    ask = supplement.Ask((HELD,), "mờ", "cho phép")

    asked = supplement.request_supplement(here.office, bare.id, by("truongphong"), ask)

    assert asked.supplements == 1


def test_sharing_says_why_not(here: Room) -> None:
    ruled(here, ReuseRule(citizen_choice=True))
    first = handed_in(here, *papers())
    bare = handed_in(here, *papers(FORM))
    document = held(first).document or ""
    form = held(first, FORM).document or ""
    with pytest.raises(RefusedError, match=f"{HELD}: type"):
        sharing.share(here.office, form, bare.id, by("canbo1"))
    with pytest.raises(RefusedError, match=f"{FORM}: type"):
        sharing.share(here.office, document, bare.id, by("canbo1"), component=FORM)
    with pytest.raises(NotFoundError, match="'X'"):
        sharing.share(here.office, document, bare.id, by("canbo1"), component="X")
    with pytest.raises(NotCompetentError):
        sharing.share(here.office, document, bare.id, by("cv1"))


def test_in_process_the_holder_takes_a_paper(here: Room) -> None:
    ruled(here)
    first = handed_in(here, *papers())
    key = receive.receive(here.office, first.id, by("canbo1")).id
    transfer.offer(here.office, key, by("canbo1"), to="cv1")
    transfer.accept(here.office, key, by("cv1"))
    document = held(first).document or ""
    with pytest.raises(NotCompetentError):
        sharing.share(here.office, document, key, by("cv2"), component=HELD)

    done = sharing.share(here.office, document, key, by("cv1"), component=HELD)

    assert held(done).reused


def test_a_lost_object_is_not_bound(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled(here)
    first = handed_in(here, *papers())
    monkeypatch.setattr(type(here.office.documents), "is_present", lambda *_: False)
    bare = handed_in(here, *papers(FORM))

    assert [one.code for one in bare.components] == [FORM]
    with pytest.raises(RefusedError, match="unreadable"):
        sharing.share(here.office, held(first).document or "", bare.id, by("canbo1"))


def test_a_revocation_is_told_to_who_holds_the_dossier(here: Room) -> None:
    dossier = shut(here, Handed(HELD, content=PAGE))
    document = held(dossier).document or ""
    with pytest.raises(NotCompetentError):
        revocation.revoke(here.office, document, by("canbo1"), reason="sai")

    told = revocation.revoke(here.office, document, by("lanhdao"), reason="sai")
    again = revocation.revoke(here.office, document, by("truongphong"), reason="sai")

    assert (len(told), again) == (2, ())
    assert held(told[1]).standing == "revoked"
    due = here.memory.effects.claim("s", 99, lease_s=9)
    told_to = {(one.kind, one.recipient) for one in due}
    assert ("notice-paper-revoked", "canbo1") in told_to
    with pytest.raises(IncompleteError, match=HELD):
        receive.receive(here.office, dossier.id, by("canbo1"))


def test_a_revocation_that_meets_a_binding_is_decided_anew(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = shut(here, Handed(HELD, content=PAGE))
    document = held(dossier).document or ""
    append = type(here.office.dossiers).append_paper
    tries = iter(range(99))

    def late(
        self: InMemoryDossiers, told: PaperAct, changes: tuple[Change, ...] = ()
    ) -> tuple[Dossier, ...]:
        return append(self, told, changes if next(tries) else changes[:1])

    monkeypatch.setattr(type(here.office.dossiers), "append_paper", late)
    assert len(revocation.revoke(here.office, document, by("lanhdao"), reason="r")) == 2

    other = held(handed_in(here, *papers())).document or ""
    monkeypatch.setattr(
        type(here.office.dossiers),
        "append_paper",
        lambda self, told, _: append(self, told, ()),
    )
    with pytest.raises(ConflictError, match="just took"):
        revocation.revoke(here.office, other, by("lanhdao"), reason="r")


def test_a_draft_is_sent_back_not_revoked(here: Room) -> None:
    draft = NewDocument("u", "p1", "outcome-draft", "application/pdf", MONDAY)
    kept = here.office.documents.put(PAGE, replace(draft, state="draft"))

    with pytest.raises(RefusedError, match="draft"):
        revocation.revoke(here.office, kept.id, by("lanhdao"), reason="sai")


@pytest.mark.parametrize("verdict", ["released", "refused"])
def test_a_doubtful_paper_beside_any_dossier_is_judged_alone(
    here: Room, verdict: revocation.Verdict
) -> None:
    about = NewDocument("u", "p1", "K", "application/pdf", MONDAY, state="quarantined")
    kept = here.office.documents.put(PAGE, about)
    with pytest.raises(NotCompetentError):
        revocation.judge(here.office, kept.id, by("cv1"), verdict=verdict, reason="r")
    seen = revocation.judge(
        here.office, kept.id, by("canbo1"), verdict=verdict, reason="r"
    )

    assert seen.state == ("valid" if verdict == "released" else "refused")
    with pytest.raises(RefusedError, match="does not wait"):
        revocation.judge(
            here.office, kept.id, by("canbo1"), verdict=verdict, reason="r"
        )


def test_a_doubtful_paper_waits_with_its_dossier(here: Room) -> None:
    doubtful = Handed(HELD, content=PAGE, doubtful=True)
    dossier = handed_in(here, doubtful, *papers(FORM))
    document = held(dossier).document or ""
    with pytest.raises(RefusedError, match="waits in quarantine"):
        receive.receive(here.office, dossier.id, by("canbo1"))

    revocation.judge(
        here.office, document, by("canbo1"), verdict="released", reason="đã xem"
    )

    assert receive.receive(here.office, dossier.id, by("canbo1")).clock is not None


def test_a_reused_paper_that_lost_its_worth_stops_reception(here: Room) -> None:
    until = PaperIdentity(expires_on=date(2025, 3, 20))
    brief = Handed(HELD, content=PAGE, identity=until)
    dossier = shut(here, brief, ReuseRule(valid_at="decide"))
    document = held(dossier).document or ""
    assert held(dossier).reused
    fact = e.DocumentStateChanged(state="superseded", reason="cấp lại")
    _change_behind_the_back(here, document, fact)

    with pytest.raises(RefusedError, match="superseded"):
        receive.receive(here.office, dossier.id, by("canbo1"))


def test_a_reused_paper_that_ends_before_the_decision_stops_reception(
    here: Room,
) -> None:
    until = PaperIdentity(expires_on=TUESDAY.date() + timedelta(days=1))
    brief = Handed(HELD, content=PAGE, identity=until)
    lax = shut(here, brief, ReuseRule(valid_at="submit"))
    strict = ruled(here, ReuseRule(valid_at="decide"))
    later = replace(lax, procedure_version=strict.digest)

    with pytest.raises(RefusedError, match="expired"):
        demand_sound(here.office, strict, later)


def _change_behind_the_back(here: Room, document: str, fact: e.PaperFact) -> None:
    """Change a paper as an older program did: without a word to its dossiers."""
    actor = here.office.offices.current().actor("lanhdao")
    here.memory.documents.change(PaperAct(document, fact, actor, "c", here.clock.at))


def test_an_offer_of_nothing_has_no_best(here: Room) -> None:
    dossier = handed_in(here)
    asker = asker_of(dossier, here.clock.at)
    found = offers(here.office, procedure(), procedure().components, asker)

    assert {one.best for one in found.values()} == {None}
    assert decode(next(iter(here.memory.journal.read())).body).version == 1


def test_a_submission_that_meets_a_revocation_goes_on_without_the_paper(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled(here)
    document = held(handed_in(here, *papers())).document or ""
    append = type(here.office.dossiers).append
    told: list[str] = []

    def late(self: InMemoryDossiers, change: Change) -> Dossier:
        if not told:
            told.append(document)
            revocation.revoke(here.office, document, by("lanhdao"), reason="sai")
        return append(self, change)

    monkeypatch.setattr(type(here.office.dossiers), "append", late)
    dossier = handed_in(here, *papers(FORM))

    assert [one.code for one in dossier.components] == [FORM]
    assert here.office.dossiers.holding(document) != (dossier.id,)
