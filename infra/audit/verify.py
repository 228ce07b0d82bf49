"""
`audit verify`: is the log whole, and does all that lies beside it agree with it.

From 50,000 events on, as many processes as there are processors share the work. A
verification that was cut short is begun anew: what was checked before the cut may have
been changed since.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from dossiers.values import iso
from infra import running
from infra.audit.findings import BROKEN, Findings, told
from infra.audit.log import NOTHING, Leaves, tree_over
from infra.audit.share import Outcome, Task, Tell, audit_share, audited, quiet
from infra.audit.strangers import procedures, strangers
from infra.clock import SystemClock
from infra.house import House
from infra.signer_state import SignerFiles
from storage.evidence import Evidence, evidence
from storage.merkle import CompactRange
from storage.refusals import unknown
from storage.tree import TreeFiles

MANY = 50_000
"""Events from which on several processes share the work."""
MOST_PROCESSES = 4
PASSED = "verified.json"
"""Where in HOME/run the last clean verification is noted."""
_LOCATED = 100
"""Events told that are not the signed ones; the first of them says enough."""
_MET = frozenset({"body", "gap", "extra"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What the log says of itself, and what was signed of it (`state`, `tree`)."""

    head: CompactRange | None
    last: int
    held: str | None
    signed: CompactRange
    leaves: TreeFiles


def verify(
    house: House,
    code: str | None,
    tell: Tell = lambda _, __: None,
    *,
    log_only: bool = False,
) -> dict[str, object]:
    """
    Check the whole tree, and one dossier or all down to files and signatures.

    Bodies, columns, versions, folds, read models, numbers, run rows, effects, private
    digests, documents, outcomes; the head against the last signed checkpoint.
    `log_only`: nothing but bodies, seqs, versions and tree. Raises NotFoundError for a
    dossier that neither table nor log knows.
    """
    found = Outcome()
    signed = _signed(house, found.findings)
    with evidence(house.settings.database_url) as snapshot:
        ground = _ground(house, snapshot, signed, found.findings)
        only = _stream(snapshot, code)
    with tempfile.TemporaryDirectory(prefix="nambuoc-audit-") as folder:
        place = Path(folder) / "leaves"
        with Leaves(place, ground.last) as leaves:
            tasks = _tasks(Task(0, 1, ground.last, place, only, not log_only))
            for part in _parts(house, tasks, tell):
                _add(found, part)
            tree = _tree(leaves, ground, found.findings)
    if only is None and not log_only:
        with evidence(house.settings.database_url) as snapshot:
            strangers(snapshot, found.effects, found.findings)
            procedures(snapshot, found.procedures, found.findings)
    return _document(found, ground, tree)


def _signed(house: House, findings: Findings) -> CompactRange:
    """Read what was signed last, before the journal is looked at: it only grows."""
    try:
        state = SignerFiles(house.settings.log).state()
    except BROKEN as error:
        findings.add(None, "", "checkpoint", told(error))
        return CompactRange()
    return state.tree if state else CompactRange()


def _ground(
    house: House, snapshot: Evidence, signed: CompactRange, findings: Findings
) -> Ground:
    with findings.unbroken(None, "", "guards"):
        snapshot.demand_guards()
    head = _head(snapshot, findings)
    extent = snapshot.extent()
    last = extent.last or 0 if head is None else head.size
    if last < signed.size:
        text = f"{signed.size} events were signed, the journal ends at {last}"
        findings.add(last + 1, "", "cut", text)
    files = TreeFiles(house.settings.log / "tree")
    return Ground(head, last, snapshot.held(), signed, files)


def _head(snapshot: Evidence, findings: Findings) -> CompactRange | None:
    try:
        return snapshot.tree()
    except BROKEN as error:
        findings.add(None, "", "head", told(error))
        return None


def _stream(snapshot: Evidence, code: str | None) -> str | None:
    if code is None:
        return None
    stream = snapshot.stream_of(code)
    if stream is None:
        raise unknown(code)
    return stream


def _tasks(whole: Task) -> list[Task]:
    wanted = min(os.cpu_count() or 1, MOST_PROCESSES) if whole.size >= MANY else 1
    return [replace(whole, share=share, shares=wanted) for share in range(wanted)]


def _parts(house: House, tasks: list[Task], tell: Tell) -> Iterator[Outcome]:
    """Do the first share here, the others in processes that end with this one."""
    mine, *others = tasks
    if not others:
        yield audit_share(house, mine, tell)
        return
    with get_context("spawn").Pool(len(others), initializer=quiet) as pool:
        asked = [pool.apply_async(audited, (house.settings, one)) for one in others]
        yield audit_share(house, mine, lambda what, n: tell(what, n * len(tasks)))
        for one in asked:
            yield one.get()


def _add(found: Outcome, part: Outcome) -> None:
    found.findings.join(part.findings)
    found.events += part.events
    found.dossiers += part.dossiers
    found.documents += part.documents
    found.signatures += part.signatures
    found.effects += part.effects
    found.erased += part.erased
    found.procedures |= part.procedures


def _tree(leaves: Leaves, ground: Ground, findings: Findings) -> CompactRange:
    """Compute the tree; hold it against the head and against what was signed."""
    signed = ground.signed
    tree, roots = tree_over(leaves, findings, {signed.size})
    wrong = False
    if ground.head is not None and tree.root != ground.head.root:
        text = f"the tree of {tree.size} events differs from its head"
        findings.add(None, "", "root", text)
        wrong = True
    if 0 < signed.size <= tree.size and roots[signed.size] != signed.root.hex():
        text = f"the first {signed.size} events are not those that were signed"
        findings.add(None, "", "fork", text)
        wrong = True
    if wrong:
        with findings.unbroken(None, "", "checkpoint"):
            _locate(leaves, ground, findings)
    return tree


def _locate(leaves: Leaves, ground: Ground, findings: Findings) -> None:
    """Name the events that are not those in the signer's own tree."""
    met = {one["seq"] for one in findings.kept if one["kind"] in _MET}
    known = min(ground.leaves.size, ground.signed.size, leaves.size)
    found = 0
    pairs = zip(leaves.all(), ground.leaves.leaves(0, known), strict=False)
    for seq, (now, signed) in enumerate(pairs, start=1):
        if now not in (signed, NOTHING) and seq not in met and found < _LOCATED:
            findings.add(
                seq, "", "event", f"event {seq} is not the one that was signed"
            )
            found += 1


def passed(folder: Path, found: Mapping[str, object]) -> None:
    """Note that all was verified and clean: the auditor's alarm ends with it."""
    at = iso(SystemClock().now())
    running.write(folder / PASSED, {"size": found["size"], "at": at})


def _document(found: Outcome, ground: Ground, tree: CompactRange) -> dict[str, object]:
    head = ground.head or tree
    return {
        "ok": not found.findings.counts,
        "size": head.size,
        "root": head.root.hex(),
        "events": found.events,
        "dossiers": found.dossiers,
        "documents": found.documents,
        "signatures": found.signatures,
        "erased": found.erased,
        "signed": ground.signed.size,
        "held": ground.held,
        "found": dict(found.findings.counts),
        "findings": found.findings.listed(),
    }
