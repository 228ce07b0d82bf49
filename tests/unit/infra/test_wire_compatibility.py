"""What a release promised is kept; each way to break it is named."""

import json
from collections.abc import Callable
from copy import deepcopy

import pytest

from infra.wire.compatibility import refusals
from infra.wire.schema import Schema, schemas
from tests.assets.make_schemas_v1 import RELEASED

NAME = "vn.nambuoc.dossier.submitted.v1"
PRESENT = schemas()
TEXT: Schema = {"type": "string"}
Change = Callable[[Schema], object]


def changed(change: Change) -> list[str]:
    """Change the content of one event, and hear what that breaks."""
    after = deepcopy(PRESENT)
    change(after[NAME]["properties"]["data"])
    assert after != PRESENT
    return refusals(PRESENT, after)


def field(content: Schema, name: str) -> Schema:
    found: Schema = content["properties"][name]
    return found


def component(content: Schema) -> Schema:
    found: Schema = content["properties"]["components"]["items"]
    return found


def rename(content: Schema) -> None:
    content["properties"]["agency"] = content["properties"].pop("receiving_agency")
    content["required"][content["required"].index("receiving_agency")] = "agency"


def test_nothing_that_was_released_is_broken() -> None:
    lines = RELEASED.read_text(encoding="utf-8").splitlines()
    released = {schema["title"]: schema for schema in map(json.loads, lines)}

    assert len(released) == 36
    assert refusals(released, PRESENT) == []


ALLOWED: dict[str, Change] = {
    "a field that may be missing": lambda c: c["properties"].update(
        more=TEXT | {"default": ""}
    ),
    "a further value": lambda c: field(c, "channel")["enum"].append("drone"),
    "null where it was text": lambda c: c["properties"].update(
        code={"anyOf": [TEXT, {"type": "null"}]}
    ),
    "a required field that may be missing now": lambda c: c["required"].remove("code"),
    "other words": lambda c: field(c, "channel").update(description="kênh"),
    "a wider number": lambda c: component(c)["properties"]["copy"].update(
        type="number"
    ),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_what_no_reader_stumbles_over_is_allowed(change: Change) -> None:
    assert changed(change) == []


def test_a_new_type_is_allowed() -> None:
    assert refusals(PRESENT, PRESENT | {"vn.nambuoc.dossier.new.v1": {}}) == []


REFUSED: dict[str, tuple[Change, str]] = {
    "a field removed": (
        lambda c: c["properties"].pop("holder"),
        "field data.holder is gone (removed or renamed)",
    ),
    "a field renamed": (rename, "field data.receiving_agency is gone"),
    "a required field renamed": (rename, "field data.agency is newly required"),
    "a new required field": (
        lambda c: (c["properties"].update(x=TEXT), c["required"].append("x")),
        "field data.x is newly required; give it a default",
    ),
    "an optional field required": (
        lambda c: component(c)["required"].append("copy"),
        "field data.components[].copy is newly required",
    ),
    "an enum narrowed": (
        lambda c: field(c, "channel")["enum"].remove("postal"),
        "field data.channel no longer takes 'postal'",
    ),
    "text narrowed to an enum": (
        lambda c: field(c, "code").update(enum=["a"]),
        "field data.code took any value, takes only ['a'] now",
    ),
    "another kind of value": (
        lambda c: field(c, "code").update(type="integer"),
        "field data.code was string, is integer",
    ),
    "null refused": (
        lambda c: component(c)["properties"]["document"].update(
            anyOf=[TEXT], default=""
        ),
        "field data.components[].document was null, is string",
    ),
    "another default": (
        lambda c: component(c)["properties"]["copy"].update(default=1),
        "field data.components[].copy had the default 0",
    ),
    "a length demanded": (
        lambda c: field(c, "code").update(maxLength=9),
        "field data.code: maxLength was None, is 9",
    ),
    "a pattern demanded": (
        lambda c: field(c, "code").update(pattern="^H"),
        "field data.code: pattern was None, is ^H",
    ),
    "a word nobody weighed": (
        lambda c: field(c, "code").update(contentEncoding="base64"),
        "field data.code: contentEncoding changed",
    ),
}


@pytest.mark.parametrize(("change", "why"), REFUSED.values(), ids=REFUSED)
def test_what_breaks_a_reader_is_refused_by_name(change: Change, why: str) -> None:
    told = changed(change)

    assert any(line.startswith(f"{NAME}: {why}") for line in told), told


def test_a_bound_may_be_loosened_but_not_tightened() -> None:
    after = deepcopy(PRESENT)
    after[NAME]["properties"]["streamversion"]["minimum"] = 5

    told = refusals(PRESENT, after)

    assert told == [f"{NAME}: field streamversion: minimum was 1, is 5"]
    assert refusals(after, PRESENT) == []


def test_a_closed_door_stays_open_where_it_was() -> None:
    after = deepcopy(PRESENT)
    after[NAME]["additionalProperties"] = True

    assert refusals(PRESENT, after) == []
    assert refusals(after, PRESENT) == [
        f"{NAME}: the event took further fields, takes none now"
    ]


def test_a_type_goes_only_with_a_lift_to_its_next_version() -> None:
    after = {name: schema for name, schema in PRESENT.items() if name != NAME}

    told = refusals(PRESENT, after)

    assert [line.partition(";")[0] for line in told] == [f"{NAME}: the type is gone"]
    assert refusals(PRESENT, after, lifted={NAME}) == []
