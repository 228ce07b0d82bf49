"""
The auditor that never sleeps: new events at once, old ones by random samples.

Each look takes the events since the last one: leaf = hash of the body, dense seq and
versions, the tree's head and the signed root. Every minute some streams are compared
with all their rows, and Kafka's records with the journal. What it finds stands in
HOME/run/auditor.json and in the log until a clean `audit verify --all`; a journal that
is behind what was signed, or behind Kafka, takes no more events.
"""

import logging
import os
import random
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from threading import Event
from typing import Protocol

from pydantic import TypeAdapter

from dossiers.envelope import decode
from dossiers.values import iso
from infra import running
from infra.alarm import STATE
from infra.audit.findings import BROKEN, Findings, told
from infra.audit.log import hashed, wrong_columns
from infra.audit.sample import check_stream
from infra.audit.verify import PASSED
from infra.clock import SystemClock
from infra.house import House
from infra.signer_state import SignerFiles
from storage.evidence import Archive, Evidence, Row
from storage.merkle import CompactRange

LOOK_S = 1.0
SAMPLE_S = 60.0
SAMPLES = 20
KEPT = 100
_PAGE = 500
_DICE = random.SystemRandom()
_SHARE = 3.0
"""Seconds of rest for each second of catching up: others need the processor."""
logger = logging.getLogger("nambuoc.auditor")


@dataclass(slots=True)
class State:
    """How far the auditor came, and what stands against the log."""

    checked_seq: int = 0
    compact: str = ""
    at: str = ""
    pid: int = 0
    samples: int = 0
    findings: list[dict[str, object]] = field(default_factory=list)
    kafka: dict[str, object] = field(default_factory=dict)

    @property
    def tree(self) -> CompactRange:
        """The tree over what was checked."""
        return CompactRange.read(self.checked_seq, bytes.fromhex(self.compact))


class Watch(Protocol):
    """What `infra.kafka.watching` gives: one look at the records that are new."""

    def look(self, known: dict[str, object]) -> tuple[dict[str, object], Findings]:
        """Compare what is new with the journal; `known` is what the last look gave."""


_STATES: TypeAdapter[State] = TypeAdapter(State)


def read_state(folder: Path) -> State:
    """Read what the auditor wrote into HOME/run; the beginning when it is no state."""
    try:
        state = _STATES.validate_python(running.read(folder / STATE))
        _ = state.tree  # a compact range that does not fit its size is none
    except ValueError:
        return State()
    return state


def audit_continuously(house: House, stopping: Event) -> None:
    """Look every second, sample every minute, until told to stop."""
    with closing(Archive(house.settings.database_url)) as archive:
        auditor = Auditor(house, archive)
        due = time.monotonic()
        while not stopping.wait(auditor.rest_s):
            try:
                auditor.look()
                if time.monotonic() >= due:
                    auditor.sample()
                    due = time.monotonic() + SAMPLE_S
            except BROKEN as error:
                logger.warning("auditor: %s", told(error))


class Auditor:
    """One auditor of one home; what it knows survives it in its file."""

    def __init__(self, house: House, archive: Archive) -> None:
        self.rest_s = 0.0
        self._house = house
        self._archive = archive
        self._folder = house.settings.run
        self.state = read_state(self._folder)
        self._watch: Watch | None = None
        if house.settings.kafka is not None:  # only who has Kafka loads it
            self._watch = import_module("infra.kafka.watching").KafkaWatch(house)

    def look(self) -> None:
        """Take up to 500 new events; what is wrong becomes a finding."""
        began = time.monotonic()
        signers = SignerFiles(self._house.settings.log).state()
        signed = signers.tree if signers else CompactRange()
        with self._archive.look() as snapshot:
            head = snapshot.tree()
            known = max(signed.size, self.state.checked_seq)
            if head.size < known:
                self._behind(head.size, known)
                return
            more = self._take(snapshot, head, signed)
        self.rest_s = _SHARE * (time.monotonic() - began) if more else LOOK_S

    def sample(self) -> None:
        """Compare some streams with all their rows, and Kafka with the journal."""
        self._forgive()
        size = self.state.checked_seq
        if size:
            with self._archive.look() as snapshot:
                seqs = {_DICE.randint(1, size) for _ in range(SAMPLES)}
                for stream in {snapshot.stream_at(seq) for seq in seqs} - {None}:
                    self._add(check_stream(self._house, snapshot, str(stream)))
            self.state.samples += SAMPLES
        if self._watch is not None:
            self.state.kafka, found = self._watch.look(self.state.kafka)
            self._add(found)
            if reason := self.state.kafka.get("ahead"):
                self._house.journal.hold(str(reason))
        self._keep()

    def _take(
        self, snapshot: Evidence, head: CompactRange, signed: CompactRange
    ) -> bool:
        """Check the next page and grow the tree; True while there is more."""
        state, found = self.state, Findings()
        before = state.tree
        last = signed.size if before.size < signed.size else head.size
        rows = snapshot.page(before.size, last)
        leaves = [_checked(snapshot, row, found) for row in rows]
        tree = before.grown(leaves)
        wanted = range(before.size + 1, min(last, before.size + _PAGE) + 1)
        lost = next((n for n, row in zip_longest(wanted, rows) if _seq(row) != n), None)
        if lost is not None:
            found.add(lost, "", "gap", f"event {lost} is missing")
            tree = head  # the rest is counted from the head on: one gap is enough
        for known, kind, whose in ((signed, "fork", "signed"), (head, "root", "head")):
            if tree.size == known.size and tree != known:
                text = f"the tree of {tree.size} events is not the {whose} one"
                found.add(None, "", kind, text)
                tree = head
        self._add(found)
        if tree.size != before.size:
            state.checked_seq, state.compact = tree.size, tree.written.hex()
            self._keep()
        return tree.size < head.size

    def _behind(self, size: int, known: int) -> None:
        """Hold the journal: whoever wrote on would fork what others have seen."""
        self.rest_s = LOOK_S
        reason = f"{known} events were seen, the journal ends at {size}"
        if self._house.journal.held() is None:
            self._house.journal.hold(reason)
        found = Findings()
        found.add(size + 1, "", "cut", reason)
        self._add(found)
        self._keep()

    def _add(self, found: Findings) -> None:
        """Remember and tell what is new among the findings."""
        known = {
            (one["kind"], one["dossier"], one["text"]) for one in self.state.findings
        }
        for one in found.kept:
            if (one["kind"], one["dossier"], one["text"]) not in known:
                logger.warning("ALARM %s: %s", one["kind"], one["text"])
                if len(self.state.findings) < KEPT:
                    self.state.findings.append({**one, "at": iso(SystemClock().now())})

    def _forgive(self) -> None:
        """Let go of what was found before somebody verified all and found nothing."""
        passed = str(running.read(self._folder / PASSED).get("at", ""))
        kept = [one for one in self.state.findings if str(one.get("at", "")) > passed]
        self.state.findings = kept

    def _keep(self) -> None:
        self.state.pid, self.state.at = os.getpid(), iso(SystemClock().now())
        running.write(self._folder / STATE, asdict(self.state))


def _seq(row: Row | None) -> object:
    return row and row.seq


def _checked(snapshot: Evidence, row: Row, found: Findings) -> bytes:
    """Check one new row; the leaf that its body gives."""
    leaf, wrong = hashed(row)
    if wrong:
        found.add(row.seq, row.stream, "body", wrong)
    with found.unbroken(row.seq, row.stream, "event"):
        event = decode(row.body if isinstance(row.body, bytes) else b"")
        columns = wrong_columns(row, event, first=None)
        if columns:
            text = f"the body says otherwise: {', '.join(columns)}"
            found.add(row.seq, row.stream, "column", text)
        if not snapshot.follows(row):
            text = f"version {row.version} follows no version before it"
            found.add(row.seq, row.stream, "version", text)
    return leaf
