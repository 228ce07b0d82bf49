"""
The promise to every reader: what a released schema allowed stays allowed.

Allowed: a new event type, a new field that may be missing. Everything else that a
reader or an old event could stumble over is refused, by type and field. Only a new
version of the type (`….v2`) with a lift (`dossiers/upcasting.py`) may do more.
"""

from collections.abc import Container, Iterator, Mapping

from dossiers.upcasting import LIFTS
from infra.wire.schema import Schema

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
TOLD = {"title", "description", "$id", "$schema"}  # words for people
WEIGHED = {
    *("type", "anyOf", "enum", "const", "default", "items", "properties", "required"),
    *("pattern", "format", "additionalProperties", *LOWER, *UPPER, *TOLD),
}


def refusals(
    released: Mapping[str, Schema],
    present: Mapping[str, Schema],
    lifted: Container[str] = LIFTS,
) -> list[str]:
    """Say what breaks the promise, a sentence each; empty when all is kept."""
    found: list[str] = []
    for name, old in released.items():
        if name in present:
            found += [f"{name}: {why}" for why in _broken(old, present[name], "")]
        elif name not in lifted:
            found.append(
                f"{name}: the type is gone; keep its name, or write the next version"
                " and a lift for this one in dossiers/upcasting.py"
            )
    return found


def _broken(old: Schema, new: Schema, place: str) -> Iterator[str]:
    """Meet each alternative of old with the one of new that takes most of it."""
    choices = _alternatives(new)
    for one in _alternatives(old):
        yield from min((list(_narrowed(one, c, place)) for c in choices), key=len)
    if "default" in old and new.get("default") != old["default"]:
        yield f"{_at(place)} had the default {old['default']!r}; what lacks it changes"


def _alternatives(schema: Schema) -> list[Schema]:
    return list(schema.get("anyOf", [schema]))


def _narrowed(old: Schema, new: Schema, place: str) -> Iterator[str]:
    if not _takes_type(new.get("type"), old.get("type")):
        yield f"{_at(place)} was {old.get('type')}, is {new.get('type')}"
        return
    yield from _fewer_values(old, new, place)
    yield from _tighter(old, new, place)
    if "items" in new:
        yield from _broken(old.get("items", {}), new["items"], f"{place}[]")
    if "properties" in old or "properties" in new:
        yield from _fields(old, new, place)


def _takes_type(new: object, old: object) -> bool:
    return new in (None, old) or (new, old) == ("number", "integer")


def _fewer_values(old: Schema, new: Schema, place: str) -> Iterator[str]:
    before, now = _values(old), _values(new)
    if now is None:
        return
    if before is None:
        yield f"{_at(place)} took any value, takes only {now} now"
        return
    gone = [value for value in before if value not in now]
    if gone:
        yield f"{_at(place)} no longer takes {', '.join(map(repr, gone))}"


def _values(schema: Schema) -> list[object] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _tighter(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for word in (*LOWER, *UPPER):
        if word in new and _beyond(word, old.get(word), new[word]):
            yield f"{_at(place)}: {word} was {old.get(word)}, is {new[word]}"
    for word in ("pattern", "format"):
        if new.get(word) not in (None, old.get(word)):
            yield f"{_at(place)}: {word} was {old.get(word)}, is {new[word]}"
    for word in sorted((old.keys() | new.keys()) - WEIGHED):
        if old.get(word) != new.get(word):
            yield f"{_at(place)}: {word} changed and nobody can say what that breaks"


def _beyond(word: str, old: float | None, new: float) -> bool:
    return old is None or (new > old if word in LOWER else new < old)


def _fields(old: Schema, new: Schema, place: str) -> Iterator[str]:
    before, now = old.get("properties", {}), new.get("properties", {})
    if new.get("additionalProperties") is False is not old.get("additionalProperties"):
        yield f"{_at(place)} took further fields, takes none now"
    for name, field in before.items():
        inner = f"{place}.{name}".lstrip(".")
        if name not in now:
            yield f"{_at(inner)} is gone (removed or renamed)"
        else:
            yield from _broken(field, now[name], inner)
    for name in new.get("required", []):
        if name not in old.get("required", []):
            inner = f"{place}.{name}".lstrip(".")
            yield f"{_at(inner)} is newly required; give it a default"


def _at(place: str) -> str:
    return f"field {place}" if place else "the event"
