"""The `facts` digest: what happened, without what depends on keys or chance."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache

from dossiers.envelope import Event
from dossiers.events import Fact
from dossiers.values import KeyDependent, iso


@cache
def key_dependent(kind: type[Fact]) -> frozenset[str]:
    """Name the fields of a fact that are annotated `KeyDependent`."""
    return frozenset(
        name
        for name, field in kind.model_fields.items()
        if any(isinstance(mark, KeyDependent) for mark in field.metadata)
    )


def facts_of(events: Iterable[Event]) -> str:
    """SHA-256, hex, over events of dossier streams in seq order (architecture §5)."""
    running = hashlib.sha256()
    for event in events:
        if event.stream.startswith("dossier:"):
            running.update(_written(event))
    return running.hexdigest()


def _written(event: Event) -> bytes:
    fact = event.fact
    content = fact.model_dump(mode="json", exclude=set(key_dependent(type(fact))))
    told = [
        event.id,
        event.stream,
        event.version,
        iso(event.occurred_at),
        event.actor.id,
        event.command,
        content,
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"
