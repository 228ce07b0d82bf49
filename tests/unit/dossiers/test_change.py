"""One act: its facts under one cover each, its effects and private fields by name."""

from hashlib import sha256

import pytest

from dossiers import events as e
from dossiers.change import Effect, Private, apply
from dossiers.dossier import Status
from dossiers.errors import IllegalTransitionError
from tests.support import changes as c
from tests.support import histories as h


def test_facts_go_under_covers_of_dense_versions() -> None:
    dossier = h.until(e.TransferOffered)

    first, second = c.act(dossier, c.ACCEPTED, c.WORK).events(("e1", "e2"))

    assert (first.id, first.version) == ("e1", dossier.version + 1)
    assert (second.id, second.version) == ("e2", dossier.version + 2)
    assert first.stream == second.stream == "dossier:d1"
    assert first.occurred_at == second.occurred_at
    assert first.command == second.command


def test_every_fact_needs_its_id() -> None:
    with pytest.raises(ValueError, match="is longer than argument 1"):
        c.submitted().events(("e1",))


def test_a_change_is_folded_whole_or_refused() -> None:
    arrived = apply(None, c.submitted().events(("e1", "e2")))
    assert arrived is not None
    late = c.act(arrived, c.RECEIVED, c.OFFERED, c.ACCEPTED).events(("1", "2", "3"))

    working = apply(arrived, late)

    assert working is not None
    assert (working.status, working.version) == (Status.IN_PROCESS, 5)
    with pytest.raises(IllegalTransitionError):
        apply(arrived, c.act(arrived, c.OFFERED).events(("e3",)))


def test_an_effect_has_one_name_for_ever() -> None:
    effect = Effect("notice-received", "p1", "H49-1")

    assert effect.key("d1", "3") == "d1:3:notice-received:p1"


def test_a_private_field_tells_only_its_salted_digest() -> None:
    field = Private("parties", b"ten", b"salt")

    assert field.digest == sha256(b"saltten").hexdigest()
    assert Private("parties", b"ten", b"other").digest != field.digest
