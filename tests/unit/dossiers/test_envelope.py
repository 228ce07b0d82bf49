"""The exact bytes of an event: made once, read for ever, never half-read."""

import json
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dossiers import events as e
from dossiers.envelope import MAX_BODY, Event, decode, encode, known
from dossiers.errors import MalformedError, TamperedError
from tests.assets.make_events_v1 import GOLDEN, SITE, events
from tests.support import changes as c
from tests.support import histories as h

LINES = GOLDEN.read_bytes().splitlines()
BODY = LINES[0]
COVER = json.loads(BODY)


@pytest.mark.parametrize(("line", "event"), list(zip(LINES, events(), strict=True)))
def test_golden_bytes_are_read_and_written_as_ever(line: bytes, event: Event) -> None:
    read = decode(line)
    grown = type(event.fact) in {type(fact) for fact in h.GROWN}

    assert read == event
    if event.version > len(h.SAMPLES) or not grown:
        assert encode(read, SITE) == line


def test_the_golden_file_holds_every_type() -> None:
    kinds = get_args(e.AnyFact)

    written = {json.loads(line)["type"] for line in LINES}

    assert sorted(written) == sorted(k.model_fields["type"].default for k in kinds)


def test_bytes_are_canonical_json_of_one_cloud_event() -> None:
    canonical = json.dumps(
        COVER, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )

    assert canonical.encode() == BODY
    assert (COVER["specversion"], COVER["source"]) == ("1.0", "//golden.test/engine")
    assert COVER["time"] == "2025-03-03T01:00:01.000001Z"
    assert COVER["localtime"] == "2025-03-03T08:00:01.000001+07:00"
    assert "type" not in COVER["data"]


def test_what_nobody_said_is_not_written() -> None:
    assert {"onbehalfof", "causationid"} <= COVER.keys()
    assert not {"onbehalfof", "causationid"} & json.loads(LINES[1]).keys()


HOSTILE = [
    b"",
    b"null",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    BODY[:-1],
    BODY.replace(b"cb01", b"\xff"),
    BODY.replace(b"cb01", b"\\ud800"),
    BODY.replace(b"01:00:01.000001Z", b"01:00:01.000001"),
    BODY.replace(b"2025-03-03T01:00:01.000001Z", b"9999-12-31T23:59:59-07:00"),
    BODY.replace(b'"streamversion":1', b'"streamversion":true'),
    BODY.replace(b'"streamversion":1', b'"streamversion":' + b"9" * 5000),
    BODY.replace(b"submitted.v1", b"submitted.v2"),
    BODY.replace(b'"subject":"d1"', b'"subject":"d2"'),
    BODY.replace(b'"data":{', b'"data":{"type":"x",'),
    BODY.replace(b'"channel":"direct"', b'"channel":"pigeon"'),
    BODY.replace(b'"id":', b'"extra":1,"id":'),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_tampered_with_and_nothing_else(body: bytes) -> None:
    assert body != BODY
    with pytest.raises(TamperedError, match="cannot be read"):
        decode(body)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=4,
)


@given(st.sampled_from(sorted(COVER)), ANYTHING)
@example("data", {"code": 1})
def test_any_value_in_any_place_is_read_or_refused(name: str, value: object) -> None:
    body = json.dumps(COVER | {name: value}).encode()

    try:
        read = decode(body)
    except TamperedError:
        return
    assert decode(encode(read, SITE)) == read


@given(st.integers(0, len(BODY)), st.binary(max_size=3))
def test_any_changed_byte_is_read_or_refused(place: int, wrong: bytes) -> None:
    with suppress(TamperedError):
        decode(BODY[:place] + wrong + BODY[place + len(wrong) :])


@pytest.mark.parametrize(
    ("reason", "why"), [("x" * MAX_BODY, "write less"), ("\udce9", "not Unicode")]
)
def test_what_cannot_be_published_is_not_written(reason: str, why: str) -> None:
    event = h.event(h.until(e.Received), e.Withdrawn(reason=reason))

    with pytest.raises(MalformedError, match=why):
        encode(event, SITE)


def test_a_stranger_is_no_fact() -> None:
    class Stranger(e.Fact):
        type: str = "vn.example.stranger.v1"

    assert known(c.RECEIVED) is c.RECEIVED
    with pytest.raises(ValueError, match="stranger"):
        known(Stranger())
