"""What lies in docs/reference/events is what the models say."""

from pathlib import Path

from dossiers.upcasting import LIFTS
from infra.wire.asyncapi import asyncapi
from infra.wire.schema import schemas, text_of

FOLDER = Path(__file__).parents[2] / "docs/reference/events"
ENDING = ".schema.json"
AGAIN = (
    "run: nambuoc events schema -o docs/reference/events"
    " && nambuoc events asyncapi -o docs/reference/events/asyncapi.json"
)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_every_schema_lies_there_as_the_models_say() -> None:
    for name, schema in schemas().items():
        same = text(FOLDER / f"{name}{ENDING}") == text_of(schema)
        assert same, f"{name} differs; {AGAIN}"


def test_no_schema_lies_there_that_nobody_reads() -> None:
    there = {path.name.removesuffix(ENDING) for path in FOLDER.glob(f"*{ENDING}")}

    assert there - set(schemas()) <= set(LIFTS), "a type's file stays while it is read"


def test_the_asyncapi_document_lies_there_as_the_models_say() -> None:
    same = text(FOLDER / "asyncapi.json") == text_of(asyncapi())

    assert same, f"asyncapi.json differs; {AGAIN}"
