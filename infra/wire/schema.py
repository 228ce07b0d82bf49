"""JSON Schema (2020-12) of every event, exactly as its bytes stand on the wire."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DatetimeSchema

from dossiers.envelope import TYPES, Cover
from dossiers.errors import NotFoundError
from dossiers.values import Fact

Schema = dict[str, Any]
DIALECT = GenerateJsonSchema.schema_dialect
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"
NULL = {"type": "null"}
TITLE = ("title", "description")


class _Written(GenerateJsonSchema):
    """Instants as `dossiers.values.iso` writes them; no titles made of field names."""

    def datetime_schema(self, schema: DatetimeSchema) -> JsonSchemaValue:
        return super().datetime_schema(schema) | {"pattern": INSTANT}

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False


def schemas() -> dict[str, Schema]:
    """Make the schema of every event type, by type name."""
    return {name: _event(name, kind) for name, kind in TYPES.items()}


def schema_of(name: str) -> Schema:
    """Make the schema of one event type; raises NotFoundError for another name."""
    if name not in TYPES:
        vi = f"không có loại sự kiện «{name}»; xem: nambuoc events schema"
        en = f"no event type {name!r}; see: nambuoc events schema"
        raise NotFoundError(vi, en)
    return _event(name, TYPES[name])


def schema_of_message(name: str, kind: type[BaseModel]) -> Schema:
    """Make the schema of a message beside the events."""
    made = _made(kind)
    made["properties"]["type"] = {"const": name}
    made["required"] = sorted({*made["required"], "type"})
    return {"$schema": DIALECT, "$id": _id(name)} | made | {"title": name}


def write(folder: Path, made: dict[str, Schema]) -> list[Path]:
    """Write schemas into a folder, one file a type; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in made.items():
        path = folder / f"{name}.schema.json"
        path.write_text(text_of(schema), encoding="utf-8")
        written.append(path)
    return written


def text_of(document: Schema) -> str:
    """Write a schema or AsyncAPI document as it lies in a file."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _event(name: str, kind: type[Fact]) -> Schema:
    cover = Cover.model_json_schema(schema_generator=_Written)
    fields = {field: _said(schema) for field, schema in cover["properties"].items()}
    return {
        "$schema": DIALECT,
        "$id": _id(name),
        "title": name,
        "description": (kind.__doc__ or "").strip(),
        "type": "object",
        "properties": fields | {"type": {"const": name}, "data": _content(kind)},
        "required": cover["required"],
        "additionalProperties": False,
    }


def _said(field: Schema) -> Schema:
    """Take an optional attribute as it is written: with a value, or not at all."""
    values: list[Schema] = [one for one in field.get("anyOf", [field]) if one != NULL]
    return values[0]


def _content(kind: type[Fact]) -> Schema:
    made = _made(kind)
    del made["properties"]["type"]  # it stands in the envelope
    return {key: value for key, value in made.items() if key not in TITLE}


def _made(kind: type[BaseModel]) -> Schema:
    made = kind.model_json_schema(schema_generator=_Written)
    parts = made.pop("$defs", {})
    return {name: _inlined(value, parts) for name, value in made.items()}


def _id(name: str) -> str:
    return f"urn:nambuoc:schema:{name}"


def _inlined(schema: object, parts: dict[str, Schema]) -> object:
    """Put shared parts where they are used: a reader needs one place only."""
    if isinstance(schema, list):
        return [_inlined(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    part = parts.get(str(schema.get("$ref")).rpartition("/")[2], {})
    whole = part | {key: value for key, value in schema.items() if key != "$ref"}
    return {key: _inlined(value, parts) for key, value in whole.items()}
