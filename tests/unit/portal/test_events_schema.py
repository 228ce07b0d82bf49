"""Schemas and AsyncAPI by command: printed, written, refused."""

import json
from pathlib import Path

from infra.wire.asyncapi import asyncapi
from infra.wire.schema import schema_of, schemas
from tests.support.command_line import nambuoc

NAME = "vn.nambuoc.dossier.received.v1"


def test_one_schema_is_printed_the_same_with_and_without_json() -> None:
    plain, as_json = (
        nambuoc("events", "schema", NAME),
        nambuoc("events", "schema", NAME, "--json"),
    )

    assert json.loads(plain.out) == as_json.document == schema_of(NAME)


def test_all_schemas_are_listed_or_written(tmp_path: Path) -> None:
    listed = nambuoc("events", "schema").out.splitlines()
    written = nambuoc("events", "schema", "-o", str(tmp_path / "new"), "--json")

    assert [line.split()[0] for line in listed] == list(schemas())
    assert written.document["files"] == [
        str(tmp_path / "new" / f"{name}.schema.json") for name in schemas()
    ]
    file = tmp_path / "new" / f"{NAME}.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == schema_of(NAME)


def test_asyncapi_is_printed_or_written(tmp_path: Path) -> None:
    out = tmp_path / "asyncapi.json"

    assert json.loads(nambuoc("events", "asyncapi").out) == asyncapi()
    assert nambuoc("events", "asyncapi", "-o", str(out)).code == 0
    assert json.loads(out.read_text(encoding="utf-8")) == asyncapi()


def test_what_cannot_be_done_says_why(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    unknown = nambuoc("events", "schema", "vn.x.v1", "--lang", "en")
    no_folder = nambuoc("events", "schema", "-o", str(file), "--lang", "en")
    nowhere = nambuoc("events", "asyncapi", "-o", str(tmp_path / "no" / "f"))

    assert (unknown.code, no_folder.code, nowhere.code) == (3, 2, 3)
    assert "no event type 'vn.x.v1'" in unknown.err
    assert "is not a directory; name one" in no_folder.err
