"""
Old events for new readers: a version of a type is lifted to the next one at read.

The stored bytes never change (architecture D4). Whoever changes what an event says
gives its class the next version and adds one line here: the old name, and a pure
function from the old content to the new. What the reader then knows is the newest.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

Content = dict[str, object]
Lift = Callable[[Content], Content]
Lifts = Mapping[str, Lift]

LIFTS: Lifts = MappingProxyType({})
"""Old type name → the function to the next version; every type is still at v1."""

SHOWN = 80


def lift(name: str, content: Content, lifts: Lifts) -> tuple[str, Content]:
    """Lift the content of a type as far as lifts lead; gives the new name with it."""
    while name in lifts:
        content = lifts[name](content)
        name = successor(name)
    return name, content


def successor(name: str) -> str:
    """Name the next version of a type; raises ValueError for a name without one."""
    stem, version = _parts(name)
    return f"{stem}.v{version + 1}"


def stranger(name: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Say, in Vietnamese and English, why no reader has this name; None if one has."""
    names = frozenset(known)
    if name in names:
        return None
    shown = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
    versions = sorted(_parts(one)[1] for one in names if _same(one, name))
    if not versions:
        vi = f"loại «{shown}» không có trong chương trình này"
        en = f"this program knows no type {shown!r}"
    else:
        there = ", ".join(f"v{version}" for version in versions)
        vi = f"loại «{shown}»: chương trình này chỉ biết {there}"
        en = f"type {shown!r}: this program knows {there} of it"
    return f"{vi}; hãy cập nhật nambuoc", f"{en}; update nambuoc"


def _parts(name: str) -> tuple[str, int]:
    stem, dot, version = name.rpartition(".v")
    if not dot or not version.isascii() or not version.isdigit():
        text = f"{name[:SHOWN]!r} has no version; a type ends in .v1, .v2, …"
        raise ValueError(text)
    return stem, int(version)


def _same(one: str, other: str) -> bool:
    return one.rpartition(".v")[0] == other.rpartition(".v")[0]
