"""A dossier as canonical JSON: for a screen, and for the digest of a replay."""

import json
from dataclasses import replace
from datetime import timedelta

from dossiers import events as e
from dossiers.views import describe, digest_of, state
from tests.support import changes as c
from tests.support import histories as h


def test_a_description_adds_what_follows_at_an_instant() -> None:
    told = describe(h.until(e.Received), c.DUE + timedelta(seconds=1))

    assert (told["step"], told["overdue"]) == ("transfer", True)
    assert told["due"] == "2025-03-12T17:00:00+07:00"
    assert told["open"] == ["transfer-offer", "withdraw", "stop"]
    assert describe(h.until(e.Submitted), c.DUE)["due"] is None


def test_a_state_is_plain_json_in_utc() -> None:
    written = json.loads(json.dumps(state(h.until(e.Transferred))))

    assert written["clock"]["due_at"] == "2025-03-12T10:00:00Z"
    assert written["entered"] == [1, 1, 1, 0, 0]


def test_the_digest_does_not_depend_on_the_order_of_reading() -> None:
    one = h.until(e.Received)
    other = replace(one, id="d2", code=c.code(2))

    assert digest_of([one, other]) == digest_of([other, one])
    assert digest_of([one]) != digest_of([replace(one, holder="cb09")])
