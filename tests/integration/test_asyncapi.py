"""The AsyncAPI document by the measure of those who made AsyncAPI."""

import pytest
from jsonschema import Draft7Validator

from infra.wire.asyncapi import ASYNCAPI, asyncapi
from infra.wire.schema import Schema
from tests.support.asyncapi_specs import official


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return Draft7Validator(official(ASYNCAPI))


def test_the_document_is_valid(validator: Draft7Validator) -> None:
    told = [error.message[:200] for error in validator.iter_errors(asyncapi())]

    assert told == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"asyncapi": "2.6.0"},
        {"info": {"title": "nambuoc"}},
        {"servers": {"open": {"host": "{bootstrap}"}}},
        {"channels": {"intake": {"adress": "x"}}},
        {"operations": {"sendIt": {"action": "publish"}}},
    ],
)
def test_a_wrong_document_is_not(validator: Draft7Validator, wrong: Schema) -> None:
    assert not validator.is_valid(asyncapi() | wrong)
