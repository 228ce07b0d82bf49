"""The `facts` digest: what happened, without what depends on keys or chance."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from dossiers.envelope import Event
from dossiers.values import KeyDependent, Value, iso


@cache
def key_dependent(kind: type[Value]) -> frozenset[str]:
    """Name the fields of a value that are annotated `KeyDependent`."""
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


def _kept(value: object) -> object:
    """Write a value without its key-dependent fields, however deep they lie."""
    if isinstance(value, Value):
        left_out = key_dependent(type(value))
        return {
            name: _kept(getattr(value, name))
            for name in type(value).model_fields
            if name not in left_out
        }
    if isinstance(value, tuple):
        return [_kept(one) for one in value]
    return iso(value) if isinstance(value, datetime) else value


def _written(event: Event) -> bytes:
    told = [
        event.id,
        event.stream,
        event.version,
        iso(event.occurred_at),
        event.actor.id,
        event.command,
        _kept(event.fact),
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"
