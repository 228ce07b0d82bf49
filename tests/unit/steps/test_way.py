"""The five steps in order: one holder, the right person, person-number-seal."""

from collections.abc import Callable

import pytest

from dossiers import events as e
from dossiers.dossier import Dossier, Status
from dossiers.errors import (
    ConflictError,
    IllegalTransitionError,
    IncompleteError,
    NotCompetentError,
    NotFoundError,
    RefusedError,
)
from dossiers.fold import fold
from dossiers.transitions import open_actions
from steps import process, receive, refusal, return_, sign, stopping, transfer
from steps.act import Order
from steps.office import Office
from tests.support.office import (
    FAR_COUNTER,
    FAR_LEADER,
    Room,
    by,
    in_process,
    papers,
    processed,
    received,
    submitted,
)


def signed(here: Room) -> Dossier:
    key = processed(here).id
    sign.sign(here.office, key, by("lanhdao"))
    return sign.sign(here.office, key, by("vanthu"))


def facts(here: Room, dossier: Dossier) -> list[type[e.Fact]]:
    return [type(event.fact) for event in here.office.dossiers.history(dossier.id)]


def test_a_dossier_has_one_holder_until_it_is_closed(here: Room) -> None:
    done = return_.return_(here.office, signed(here).id, by("canbo1"))
    history = here.office.dossiers.history(done.id)
    states = [fold(history[:count]) for count in range(1, len(history) + 1)]

    assert [one.holder is not None for one in states] == [one.open for one in states]
    handed = dict.fromkeys(one.holder for one in states)
    assert list(handed) == ["canbo1", "cv1", "lanhdao", "vanthu", None]


def test_person_signs_before_the_number_is_registered_before_the_seal(
    here: Room,
) -> None:
    done = signed(here)
    order = facts(here, done)

    assert done.person_signer == "lanhdao"
    assert done.sealer == "vanthu"
    assert order[-6:] == [
        e.OutcomePrepared,
        e.Reviewed,
        e.SignedByPerson,
        e.NumberAssigned,
        e.SealedByAgency,
        e.Signed,
    ]


Act = Callable[[Office, str, Order], Dossier]
ACTS: dict[str, Act] = {
    "receive": receive.receive,
    "refuse-reception": lambda o, k, by_: refusal.refuse(o, k, by_, reason="r"),
    "transfer-offer": transfer.offer,
    "transfer-accept": transfer.accept,
    "assign": lambda o, k, by_: transfer.assign(o, k, by_, to="cv2", reason="r"),
    "suspend": lambda o, k, by_: process.suspend(o, k, by_, ground="g"),
    "resume": process.resume,
    "process": process.process,
    "send-back": lambda o, k, by_: process.send_back(o, k, by_, reason="r"),
    "sign-person": sign.sign_as_person,
    "sign-agency": sign.seal,
    "return": return_.return_,
    "withdraw": lambda o, k, by_: stopping.withdraw(o, k, by_, reason="r"),
    "stop": lambda o, k, by_: stopping.stop(o, k, by_, reason="r"),
}
STAGES: tuple[Callable[[Room], Dossier], ...] = (submitted, received, in_process)


@pytest.mark.parametrize("stage", STAGES)
def test_an_act_that_is_not_open_names_its_rule_and_the_open_ones(
    here: Room, stage: Callable[[Room], Dossier]
) -> None:
    dossier = stage(here)
    now = open_actions(dossier)
    before = here.size

    for name in ACTS.keys() - set(now):
        with pytest.raises(IllegalTransitionError) as told:
            ACTS[name](here.office, dossier.id, by("canbo1"))
        assert told.value.rule
        assert told.value.open_actions == now
    assert here.size == before


WRONG = {
    "receive": (submitted, ("cv1", FAR_COUNTER)),
    "refuse-reception": (submitted, ("lanhdao", FAR_COUNTER)),
    "stop": (in_process, ("cv1", FAR_LEADER)),
    "transfer-offer": (received, ("cv1", FAR_COUNTER)),
    "assign": (in_process, ("cv1", "canbo1")),
    "suspend": (in_process, ("cv2",)),
    "process": (in_process, ("cv2", "lanhdao")),
    "send-back": (processed, ("cv1",)),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_open_act_is_refused_to_the_wrong_person(here: Room, name: str) -> None:
    stage, wrong = WRONG[name]
    dossier = stage(here)
    before = here.size

    for officer in wrong:
        with pytest.raises(NotCompetentError):
            ACTS[name](here.office, dossier.id, by(officer))
    assert here.size == before


@pytest.mark.parametrize("officer", ["vanthu", "cv1", FAR_LEADER])
def test_the_wrong_signer_leaves_not_even_a_draft(here: Room, officer: str) -> None:
    dossier = processed(here)
    before = here.size

    with pytest.raises(NotCompetentError):
        sign.sign(here.office, dossier.id, by(officer))
    with pytest.raises(ConflictError):
        sign.sign(here.office, dossier.id, by("lanhdao", expect=1))
    assert here.size == before


def test_only_what_the_person_has_signed_is_sealed(here: Room) -> None:
    key = processed(here).id
    sign.prepare(here.office, here.office.dossiers.find(key))

    with pytest.raises(IllegalTransitionError):
        sign.seal(here.office, key, by("vanthu"))
    with pytest.raises(NotCompetentError):
        sign.sign(here.office, key, by("vanthu"))
    assert sign.sign(here.office, key, by("lanhdao")).status is Status.PERSON_SIGNED


def test_a_command_counts_once_with_its_first_answer(here: Room) -> None:
    order = Order("canbo1", "once")
    first = receive.receive(here.office, submitted(here).id, order)
    transfer.offer(here.office, first.id, by("canbo1"), to="cv1")

    assert receive.receive(here.office, first.code, order) == first
    with pytest.raises(ConflictError, match="once"):
        receive.receive(here.office, submitted(here).id, order)


def test_a_number_is_voided_with_the_draft_that_is_sent_back(here: Room) -> None:
    dossier = processed(here)
    back = process.send_back(here.office, dossier.id, by("lanhdao"), reason="sai tên")
    again = process.process(here.office, dossier.id, by("cv1"))

    assert (back.holder, back.number) == ("cv1", None)
    assert [one.number and one.number.number for one in (dossier, again)] == [1, 2]


def test_what_is_missing_is_named(here: Room) -> None:
    bare = submitted(here, handed=papers()[:1])
    absent = papers()[1].code

    with pytest.raises(IncompleteError, match=absent):
        receive.receive(here.office, bare.id, by("canbo1"))
    with pytest.raises(NotFoundError, match="no component 'X'"):
        submitted(here, handed=papers("X"))


def test_two_files_of_one_component_are_both_kept(here: Room) -> None:
    first, second = papers()[0], papers()[0]
    dossier = submitted(here, handed=(first, second))

    assert len({paper.document for paper in dossier.components}) == 2


def test_the_engine_may_come_before_or_after_the_officer(here: Room) -> None:
    dossier = received(here)
    transfer.offer(here.office, dossier.id, by("canbo1"), to="cv2")
    late = receive.settle_receive(here.office, dossier.id)
    twice = receive.settle_receive(here.office, dossier.id)

    assert (late.status, late.paper("01") is not None) == (Status.OFFERED, True)
    assert twice.version == late.version
    ahead = receive.finish_receipt(here.office, received(here))
    assert receive.settle_receive(here.office, ahead.id).version == ahead.version


@pytest.mark.parametrize("end", [stopping.withdraw, stopping.stop])
def test_no_end_after_the_competent_person_has_signed(
    here: Room, end: Callable[..., Dossier]
) -> None:
    key = processed(here).id
    sign.sign(here.office, key, by("lanhdao"))

    with pytest.raises(RefusedError):
        end(here.office, key, by("lanhdao"), reason="đổi ý")


def test_an_end_voids_the_number_and_frees_the_holder(here: Room) -> None:
    done = stopping.withdraw(
        here.office, processed(here).id, by("canbo1"), reason="đổi ý"
    )

    assert (done.status, done.holder, done.number) == (Status.WITHDRAWN, None, None)
    assert done.reason == "đổi ý"


def test_a_refusal_after_appraisal_is_an_outcome_with_number_and_seal(
    here: Room,
) -> None:
    key = in_process(here).id
    process.process(here.office, key, by("cv1"), refusal="không đủ điều kiện")
    sign.sign(here.office, key, by("lanhdao"))
    done = sign.sign(here.office, key, by("vanthu"))

    assert (done.decision, done.number is not None) == ("refused", True)
    assert return_.return_(here.office, key, by("canbo1")).status is Status.RETURNED
