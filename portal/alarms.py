"""The auditor's alarm in the words of whoever looks."""

from collections.abc import Iterator, Mapping

from portal.output import say

TAMPERED = 5
"""The exit code of everything that finds the log changed."""


def warnings(audited: Mapping[str, object]) -> Iterator[str]:
    """Write what stands against the log, a line each, and what to do."""
    found = audited["alarm"]
    for one in found if isinstance(found, list) else ():
        place = "" if one.get("seq") is None else f"seq {one['seq']} "
        about = f"{one.get('dossier', '')} [{one.get('kind')}]"
        yield f" ✘ {place}{about} {one.get('text')}"
    if found:
        do = "nambuoc audit verify --all"
        yield say(f" → báo động của bộ kiểm tra: {do}", f" → the auditor's alarm: {do}")
