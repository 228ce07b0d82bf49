"""The AsyncAPI document names every type once, and leads nowhere into the void."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from dossiers.envelope import TYPES
from infra.kafka.topics import Topics
from infra.wire import messages as m
from infra.wire.asyncapi import CHANNELS, CHECKPOINT, asyncapi
from infra.wire.schema import Schema

DOCUMENT = asyncapi()
PARTS: Schema = DOCUMENT["components"]
SEALED = {"jwe": "e30.k.i.c.t"}
REFERRED = {"reference": {"key": "intake/1", "sha256": "ab" * 32}}
MESSAGE = {
    "specversion": "1.0",
    "id": "1",
    "source": "//portal.test",
    "type": m.SUBMISSION,
    "data": SEALED,
}


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield str(node["$ref"])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_to_a_part() -> None:
    found = set(references(DOCUMENT))

    assert len(found) > 2 * len(TYPES)
    for reference in found:
        node = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_message_stands_on_one_channel() -> None:
    told = Counter(name for one in CHANNELS for name in one.messages)
    beside = {m.SUBMISSION, m.ANSWER, m.REPLY, m.DEAD_LETTER, CHECKPOINT}

    assert set(told) == {*TYPES, *beside} == set(PARTS["messages"])
    assert set(told.values()) == {1}


def test_every_topic_is_told_but_the_relays_own_and_the_stores() -> None:
    topics = Topics()

    told = {channel["address"] for channel in DOCUMENT["channels"].values()}

    ours = {one.name for one in topics.every} - {topics.cursor, topics.objects}
    assert told == ours


def test_who_read_a_paper_and_what_owners_allow_stands_apart() -> None:
    access = [one for one in CHANNELS if one.topic == "nambuoc.access.events.v1"]

    assert [one.messages for one in access] == [
        tuple(name for name in TYPES if name.startswith("vn.nambuoc.access."))
    ]


def test_it_names_no_machine() -> None:
    hosts = {server["host"] for server in DOCUMENT["servers"].values()}

    assert hosts == {"{bootstrap}"}
    assert "localhost" not in json.dumps(DOCUMENT)


@pytest.mark.parametrize("data", [SEALED, REFERRED])
def test_a_sealed_message_is_one_by_model_and_by_schema(data: Schema) -> None:
    message = MESSAGE | {"data": data, "traceparent": "the sender's own"}

    m.IntakeMessage.model_validate_json(json.dumps(message))
    Draft202012Validator(PARTS["schemas"][m.SUBMISSION]).validate(message)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": {"name": "Nguyễn Thị Thử"}},
        {"data": SEALED | REFERRED},
        {"data": {"jwe": "in clear"}},
        {"type": "vn.nambuoc.dossier.received.v1"},
        {"id": ""},
        {"specversion": "0.3"},
    ],
)
def test_another_message_is_none_by_model_and_by_schema(wrong: Schema) -> None:
    with pytest.raises(ValidationError):
        m.IntakeMessage.model_validate_json(json.dumps(MESSAGE | wrong))
    taker = Draft202012Validator(PARTS["schemas"][m.SUBMISSION])
    assert not taker.is_valid(MESSAGE | wrong)
