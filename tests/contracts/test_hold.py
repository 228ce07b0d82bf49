"""A held log takes no events until the hold is lifted; marks say how far one came."""

import pytest
from sqlalchemy import Engine

from dossiers.errors import TamperedError
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.journal import SqlJournal
from storage.marks import Marks
from storage.private import PrivateFields
from tests.support.changes import submitted
from tests.support.databases import IDS


def test_a_held_log_takes_nothing_and_says_why(engine: Engine, keys: FileKeys) -> None:
    dossiers = SqlDossiers(engine, IDS, PrivateFields(keys))
    journal = SqlJournal(engine)
    dossiers.append(submitted(1))
    journal.hold("Kafka is ahead at seq 9")

    with pytest.raises(TamperedError, match="Kafka is ahead at seq 9"):
        dossiers.append(submitted(2))

    assert (journal.held(), journal.head().size) == ("Kafka is ahead at seq 9", 2)
    journal.hold(None)
    dossiers.append(submitted(2))
    assert journal.head().size == 4


def test_a_mark_is_the_last_one_put(engine: Engine) -> None:
    marks = Marks(engine)

    assert marks.get("relay") is None
    marks.put("relay", 3)
    marks.put("relay", 7)

    found = marks.get("relay")
    assert found is not None
    assert found.seq == 7
