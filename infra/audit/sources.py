"""Where events are read from for an audit: the journal, Kafka, an export, one order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from dossiers.errors import MalformedError, NotFoundError, TamperedError
from infra.house import House
from infra.segments import read_bodies
from storage.evidence import Evidence, evidence
from storage.merkle import HASH, leaf_of

JOURNAL = "journal"
KAFKA = "kafka"


@dataclass(frozen=True, slots=True)
class Read:
    """An event's bytes, its seq and leaf hash, and where it stands, for people."""

    seq: int
    body: bytes
    leaf: bytes
    place: str


class _Record(Protocol):
    """A committed record as `infra.kafka.reading` gives it."""

    seq: int | None
    body: bytes

    @property
    def place(self) -> str:
        """Name topic, partition and offset."""


def read(house: House, source: str, last: int | None = None) -> Iterator[Read]:
    """
    Read events in seq order, without gap from 1, up to `last` when that is given.

    `source` is `journal`, `kafka` or the path of an export. Each must be the event that
    the journal holds at its seq, as far as the journal goes. Raises TamperedError
    naming the place, NotFoundError, UnavailableError, MalformedError.
    """
    with evidence(house.settings.database_url) as snapshot:
        seq = 0
        for one in _same(house, snapshot, source):
            if seq == last:
                return
            seq += 1
            if one.seq != seq:
                raise missing(seq, one.place)
            yield one
        _demand_end(snapshot, source, seq, last)


def missing(seq: int, place: str) -> TamperedError:
    """Build the refusal of a log that lacks an event before some place."""
    vi = f"thiếu sự kiện {seq} (trước {place}); chạy nambuoc audit verify --all"
    en = f"event {seq} is missing (before {place}); run nambuoc audit verify --all"
    return TamperedError(vi, en)


def altered(seq: int, place: str, what: str) -> TamperedError:
    """Build the refusal of an event that is not the one recorded at its seq."""
    vi = f"{place}: sự kiện {seq} không đúng bản đã ghi ({what})"
    en = f"{place}: event {seq} is not what was recorded ({what})"
    do = "nambuoc audit verify --all"
    return TamperedError(f"{vi}; chạy {do}", f"{en}; run {do}")


def _demand_end(snapshot: Evidence, source: str, seq: int, last: int | None) -> None:
    if last is not None and seq < last:
        vi = f"{source} chỉ có {seq} sự kiện; chọn --seq nhỏ hơn"
        raise NotFoundError(vi, f"{source} ends at event {seq}; take a lower --seq")
    if source == JOURNAL and seq < snapshot.tree().size:
        raise missing(seq + 1, "the end of the journal")


def _same(house: House, snapshot: Evidence, source: str) -> Iterator[Read]:
    """Read from a source; what the journal holds too must be the same there."""
    if source == JOURNAL:
        yield from _journal(snapshot)
        return
    known = snapshot.leaves()
    kept: tuple[int, object] | None = (0, b"")
    for one in _kafka(house) if source == KAFKA else _export(source):
        while kept and kept[0] < one.seq:
            kept = next(known, None)
        if kept and kept[0] == one.seq and kept[1] != one.leaf:
            raise altered(one.seq, one.place, "the journal holds another")
        yield one


def _journal(snapshot: Evidence) -> Iterator[Read]:
    size = snapshot.tree().size
    for seq, body, kept in snapshot.bodies():
        if seq > size:
            return  # beyond the head: `audit verify` tells it
        place = f"journal seq {seq}"
        if not isinstance(body, bytes):
            raise altered(seq, place, "its body is not bytes")
        leaf = leaf_of(body)
        if leaf != kept:
            raise altered(seq, place, "its body is not what was hashed")
        yield Read(seq, body, leaf, place)


def _export(source: str) -> Iterator[Read]:
    path = Path(source)
    if not path.exists():
        vi = f"--from {source}: chọn journal, kafka, hoặc nơi đã xuất nhật ký"
        raise NotFoundError(vi, f"--from {source}: journal, kafka, or an export's path")
    for seq, body, place in read_bodies(path):
        yield Read(seq, body, leaf_of(body), place)


def _kafka(house: House) -> Iterator[Read]:
    """Read the committed records in seq order; copies must be copies."""
    settings = house.settings.kafka
    if settings is None:
        do = "NAMBUOC_KAFKA_BOOTSTRAP, --from journal"
        vi = f"chưa cấu hình Kafka; đặt hoặc dùng: {do}"
        raise MalformedError(vi, f"no Kafka configured; set or use: {do}")
    seen = bytearray()
    kafka = import_module("infra.kafka.reading")  # only who reads Kafka loads it
    order = import_module("infra.kafka.ordering")
    records: Iterable[_Record] = order.in_seq_order(kafka.read_committed(settings))
    for record in records:
        if record.seq is None:
            vi = f"{record.place}: không phải bản ghi của nambuoc; xem lại topic"
            en = f"{record.place}: not a record of nambuoc; look at the topic"
            raise TamperedError(vi, en)
        leaf, place = leaf_of(record.body), record.seq * HASH
        if place > len(seen):  # a gap is told by whoever counts
            seen.extend(leaf.rjust(place - len(seen), b"\0"))
            yield Read(record.seq, record.body, leaf, record.place)
        elif seen[place - HASH : place] != leaf:
            raise altered(record.seq, record.place, "another record differs")
