"""The quick copy of a state is the slow one, and as frozen."""

import dataclasses
from dataclasses import FrozenInstanceError

import pytest

from dossiers.dossier import Dossier
from dossiers.events import Received
from dossiers.replacing import replace
from tests.support.histories import until


def test_a_copy_is_what_dataclasses_make() -> None:
    dossier = until(Received)

    quick = replace(dossier, version=9, holder=None)

    assert quick == dataclasses.replace(dossier, version=9, holder=None)
    assert type(quick) is Dossier
    assert (quick.version, dossier.version) == (9, 3)
    assert hash(quick) == hash(dataclasses.replace(quick))


def test_a_copy_is_frozen() -> None:
    quick = replace(until(Received), version=9)

    for name in ("version", "code"):
        with pytest.raises(FrozenInstanceError):
            setattr(quick, name, 10)
