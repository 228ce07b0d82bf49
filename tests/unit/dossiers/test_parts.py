"""What comes next for a run, from the history and the shown steps alone."""

from dataclasses import replace

import pytest

from dossiers import events as e
from dossiers.dossier import CLOSED, Dossier, Status
from dossiers.parts import Do, End, Part, Wait, next_part, wakes
from dossiers.values import Step
from tests.support import changes as c
from tests.support import histories as h

RECEPTION = h.ASKED.model_copy(update={"stage": "reception"})


@pytest.mark.parametrize(
    ("dossier", "shown", "part"),
    [
        (h.until(e.Submitted), 0, Wait("receive: counter officer decides")),
        (h.until(e.Received), 0, Do(Step.RECEIVE)),
        (h.until(e.Received), 1, Wait("transfer: counter officer hands over")),
        (h.until(e.TransferOffered), 1, Wait("transfer: officer accepts")),
        (h.until(e.Transferred), 0, Do(Step.RECEIVE)),
        (h.until(e.Transferred), 1, Do(Step.TRANSFER)),
        (h.until(e.Transferred), 2, Wait("process: officer decides")),
        (h.until(e.Processed), 2, Do(Step.PROCESS)),
        (h.until(e.OutcomePrepared), 3, Wait("sign: competent person signs")),
        (h.until(e.NumberAssigned), 3, Wait("sign: records clerk seals")),
        (h.until(e.Signed), 3, Do(Step.SIGN)),
        (h.until(e.OutcomeIssued), 4, Wait("return: counter hands over")),
        (h.until(e.Returned), 4, Do(Step.RETURN)),
        (h.until(e.Returned), 5, End("Returned")),
    ],
)
def test_the_next_part_of_the_way(dossier: Dossier, shown: int, part: Part) -> None:
    assert next_part(dossier, shown) == part


def test_a_draft_processed_again_is_put_on_paper_again() -> None:
    again = h.then(
        h.until(e.OutcomePrepared), h.VOIDED, h.SENT_BACK, c.reserved(2), c.PROCESSED
    )

    assert next_part(again, 3) == Do(Step.PROCESS)
    assert next_part(h.then(again, c.PREPARED), 3) == Wait(
        "sign: competent person signs"
    )


@pytest.mark.parametrize("end", [h.WITHDRAWN, h.STOPPED])
@pytest.mark.parametrize("kind", [e.Received, e.Transferred])
def test_an_early_end_ends_the_run_though_a_rest_was_due(
    kind: type[e.Fact], end: e.Withdrawn | e.Stopped
) -> None:
    before = h.until(kind)
    ended = h.then(before, end)

    assert next_part(before, 0) == Do(Step.RECEIVE)
    assert next_part(ended, 0) == End(type(end).__name__)


@pytest.mark.parametrize(
    ("dossier", "step"),
    [
        (h.then(h.until(e.Submitted), RECEPTION), "receive"),
        (h.then(h.until(e.Transferred), h.ASKED), "process"),
    ],
)
def test_a_supplement_waits_in_the_step_that_asked(dossier: Dossier, step: str) -> None:
    assert next_part(dossier, 5) == Wait(f"{step}: applicant supplements")


@pytest.mark.parametrize(
    ("before", "facts", "shown", "woken"),
    [
        (None, (), 0, True),
        (h.until(e.Submitted), (h.ACKNOWLEDGED,), 0, False),
        (h.until(e.Submitted), (c.RECEIVED,), 0, True),
        (h.until(e.Transferred), (c.WORK,), 2, False),
        (h.until(e.Transferred), (h.SUSPENDED,), 2, True),
        (h.until(e.Transferred), (h.WITHDRAWN,), 0, True),
        (h.until(e.OutcomePrepared), (h.REVIEWED,), 3, False),
    ],
)
def test_a_change_wakes_the_run_when_its_next_part_is_another(
    before: Dossier | None, facts: tuple[e.Fact, ...], shown: int, *, woken: bool
) -> None:
    after = h.then(before or h.until(e.Submitted), *facts)

    assert wakes(before, after, shown) is woken


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_next_part(status: Status) -> None:
    dossier = replace(h.until(e.Submitted), status=status)

    assert isinstance(next_part(dossier, 5), End) is (status in CLOSED)
