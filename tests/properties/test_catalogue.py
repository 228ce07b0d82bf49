"""Whatever stands on a line, it becomes a draft or a refusal, never a crash."""

import gzip
import io
import json
from collections.abc import Callable
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft, read_record
from dossiers.catalogue.report import report
from dossiers.confirmation_rules import obstacles
from dossiers.procedure import Procedure
from tests.support.catalogue import SAMPLE

LINES = gzip.decompress(SAMPLE.read_bytes()).splitlines()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()), max_size=8)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: object) -> list[Callable[[object], None]]:
    """List what sets each place of a decoded record to something else."""
    if isinstance(value, dict):
        here = [partial(value.__setitem__, key) for key in value]
        return here + [place for inner in value.values() for place in places(inner)]
    if isinstance(value, list):
        there = [partial(value.__setitem__, index) for index in range(len(value))]
        return there + [place for inner in value for place in places(inner)]
    return []


@given(st.binary(max_size=200))
def test_any_bytes_get_one_answer(raw: bytes) -> None:
    read_record(1, raw)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_real_record_with_anything_anywhere_is_read(data: st.DataObject) -> None:
    record = json.loads(data.draw(st.sampled_from(LINES)))
    for _ in range(data.draw(st.integers(1, 4))):
        data.draw(st.sampled_from(places(record)))(data.draw(ANYTHING))

    answer = read_record(1, json.dumps(record).encode())

    if isinstance(answer, Draft):
        written = answer.procedure.model_dump_json()
        assert Procedure.model_validate_json(written).digest == answer.procedure.digest
        obstacles(answer.procedure)
    json.dumps(report([answer])).encode()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(SAMPLE.read_bytes())), st.binary(max_size=3))
def test_a_damaged_file_never_raises(place: int, wrong: bytes) -> None:
    whole = SAMPLE.read_bytes()
    damaged = whole[:place] + wrong + whole[place + len(wrong) + 1 :]

    answers = list(import_lines(io.BytesIO(damaged)))

    assert [answer.line for answer in answers] == list(range(1, len(answers) + 1))
