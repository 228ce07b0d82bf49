"""Dossiers as canonical JSON: for `show`, for replay digests, for lists."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from dossiers.dossier import Dossier
from dossiers.transitions import open_actions
from dossiers.values import local


@cache
def _states() -> TypeAdapter[Dossier]:
    return TypeAdapter(Dossier)


def state(dossier: Dossier) -> dict[str, object]:
    """Write a state as plain JSON values; instants in UTC."""
    written: dict[str, object] = _states().dump_python(dossier, mode="json")
    return written


def describe(dossier: Dossier, at: datetime) -> dict[str, object]:
    """Write a state with what follows from it at an instant; `due` at +07:00."""
    clock = dossier.clock
    return state(dossier) | {
        "step": dossier.step,
        "due": local(clock.due_at).isoformat() if clock else None,
        "overdue": dossier.is_overdue(at),
        "open": list(open_actions(dossier)),
    }


def canonical(dossier: Dossier) -> bytes:
    """Write a state as the one line that counts in `digest_of`."""
    text = json.dumps(
        state(dossier), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode() + b"\n"


def digest_of(dossiers: Iterable[Dossier]) -> str:
    """SHA-256 over the canonical states in code order, lower-case hex."""
    running = hashlib.sha256()
    for dossier in sorted(dossiers, key=lambda one: one.code):
        running.update(canonical(dossier))
    return running.hexdigest()
