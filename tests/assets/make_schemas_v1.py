"""Write `schemas.v1.ndjson`: what the first release promised, once for all."""

import json
from pathlib import Path

from infra.wire.schema import schemas

RELEASED = Path(__file__).with_name("schemas.v1.ndjson")


if __name__ == "__main__":
    with RELEASED.open(
        "x", encoding="utf-8"
    ) as file:  # a promise is never written over
        file.writelines(
            json.dumps(schema, ensure_ascii=False, separators=(",", ":")) + "\n"
            for schema in schemas().values()
        )
