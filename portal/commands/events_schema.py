"""`nambuoc events schema` and `asyncapi`: what other systems build on, as files."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import MalformedError
from infra.wire.asyncapi import asyncapi as asyncapi_
from infra.wire.schema import schema_of, schemas, text_of, write
from portal.commands.events import app
from portal.files import save
from portal.output import answer, hint
from portal.verbs import verb


@verb(
    app,
    "schema",
    "JSON Schema của một loại sự kiện, hoặc của mọi loại.",
    "The JSON Schema of one event type, or of all.",
)
def schema(
    type_: Annotated[str | None, typer.Argument(metavar="TYPE")] = None,
    *,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="DIR")] = None,
) -> None:
    """Print or write the JSON Schema of one event type, or of all."""
    made = schemas() if type_ is None else {type_: schema_of(type_)}
    if out is not None:
        if out.exists() and not out.is_dir():
            vi = f"{out} không phải là thư mục; hãy cho một thư mục"
            raise MalformedError(vi, f"{out} is not a directory; name one")
        paths = [str(path) for path in write(out, made)]
        answer({"files": paths}, paths)
    elif type_ is None:
        told = (f"{name}  {one['description']}" for name, one in made.items())
        answer(made, told)
    else:
        answer(made[type_], [text_of(made[type_]).rstrip()])


@verb(
    app,
    "asyncapi",
    "Tài liệu AsyncAPI 3: mọi chủ đề Kafka và thông điệp.",
    "The AsyncAPI 3 document: every Kafka topic and its messages.",
)
def asyncapi(
    *,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE")] = None,
) -> None:
    """Print or write the AsyncAPI 3 document."""
    document = asyncapi_()
    if out is None:
        answer(document, [text_of(document).rstrip()])
        return
    save(out, text_of(document).encode())
    hint(f"đã ghi {out}", f"wrote {out}")
    answer({"files": [str(out)]}, [str(out)])
