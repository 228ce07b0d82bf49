"""The schemas take exactly the bytes that are written, and nothing beside."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dossiers.envelope import decode, encode
from dossiers.errors import NotFoundError
from infra.wire.schema import Schema, schema_of, schemas
from portal.demo.arrivals import read
from portal.demo.offices import register
from portal.demo.plan import plan
from tests.assets.make_events_v1 import GOLDEN, SITE
from tests.support.demo_history import Replay

LINES = GOLDEN.read_bytes().splitlines()
COVERS: list[Schema] = [json.loads(line) for line in LINES]
SAMPLE = Path(__file__).parents[3] / "portal/demo/sample/arrivals.csv"
DOSSIERS = 120
OPTIONAL = {"onbehalfof", "causationid", "procedureversion"}


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(name))


def accepted(cover: Schema) -> bool:
    return bool(validator(str(cover["type"])).is_valid(cover))


def ids(covers: list[Schema]) -> list[str]:
    names = [str(cover["type"]).split(".", 2)[2] for cover in covers]
    return [f"{number}-{name}" for number, name in enumerate(names, start=1)]


def bodies() -> Iterator[bytes]:
    """Let the demo's first dossiers go their way, and write what happened."""
    cases = read(SAMPLE).cases[:DOSSIERS]
    replay = Replay(register(cases, b"1"))
    for act in plan(cases, b"1"):
        replay.perform(act)
    for history in replay.histories.values():
        yield from (encode(event, SITE) for event in history)


def test_every_schema_is_one() -> None:
    for name, schema in schemas().items():
        Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"urn:nambuoc:schema:{name}"


@pytest.mark.parametrize("cover", COVERS, ids=ids(COVERS))
def test_golden_bytes_are_valid(cover: Schema) -> None:
    validator(cover["type"]).validate(cover)


def test_whole_histories_are_valid() -> None:
    written = [json.loads(body) for body in bodies()]

    assert len(written) > 1_000
    assert [cover for cover in written if not accepted(cover)] == []


@pytest.mark.parametrize("cover", COVERS, ids=ids(COVERS))
def test_without_an_attribute_or_with_one_more_it_is_invalid(cover: Schema) -> None:
    for name in cover.keys() - OPTIONAL - {"type"}:
        left = {key: value for key, value in cover.items() if key != name}
        assert not accepted(left), name
    assert not accepted(cover | {"more": 1})
    assert not accepted(cover | {"data": cover["data"] | {"more": 1}})


@pytest.mark.parametrize("cover", COVERS, ids=ids(COVERS))
def test_with_a_value_of_another_kind_anywhere_it_is_invalid(cover: Schema) -> None:
    for wrong in (None, 1.5, True, ["x"], {"x": 1}):
        for name in cover.keys() - {"type"}:
            assert not accepted(cover | {name: wrong}), name
    for name in cover["data"]:
        changed = cover["data"] | {name: {"x": 1}}
        assert not accepted(cover | {"data": changed}), name


@pytest.mark.parametrize("name", ["id", "source", "subject", "stream"])
def test_what_must_name_something_is_not_empty(name: str) -> None:
    assert not accepted(COVERS[0] | {name: ""})


@pytest.mark.parametrize("name", ["time", "localtime"])
@pytest.mark.parametrize(
    "wrong",
    ["2025-03-03", "2025-03-03T01:00:01Z", "2025-03-03T01:00:01.000001+00:00", "x"],
)
def test_an_instant_is_written_in_one_way(name: str, wrong: str) -> None:
    assert not accepted(COVERS[0] | {name: wrong})


def test_attributes_are_named_as_cloud_events_demands() -> None:
    required = {"specversion", "id", "source", "type"}
    for schema in schemas().values():
        assert required <= set(schema["required"])
        for name in schema["properties"]:
            assert re.fullmatch(r"[a-z0-9]{1,20}", name), name


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(st.sampled_from(COVERS), st.data())
def test_whatever_is_valid_can_be_read(cover: Schema, draw: st.DataObject) -> None:
    fields = sorted(cover["data"])
    name = draw.draw(st.sampled_from(fields or ["more"]))
    changed = cover["data"] | {name: draw.draw(ANYTHING)}

    if accepted(cover | {"data": changed}):
        decode(json.dumps(cover | {"data": changed}).encode())


def test_another_type_has_no_schema() -> None:
    with pytest.raises(NotFoundError, match=r"eaten\.v1"):
        schema_of("vn.nambuoc.dossier.eaten.v1")
