"""
Write an evidence pack: one dossier's events, their proofs, the papers they name.

One ZIP that its own verifier checks anywhere (architecture §7).
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

from dossiers.envelope import Event, decode
from dossiers.errors import TamperedError
from dossiers.events import DocumentRead, Submitted
from dossiers.ports import Documents, Recorded
from dossiers.values import digest
from infra.checkpoints import Checkpoint
from infra.house import House
from infra.late import print_timeline
from infra.pack_verifier.evidence import Story, story_of, written_manifest
from infra.pack_verifier.members import MANIFEST, OUTCOME
from infra.pack_verifier.shipping import shipped
from infra.pack_verifier.tlog import Head, PackError
from infra.proof_files import write_proof
from infra.timeline import Line, Timeline, as_html, shown

PURPOSE = "evidence-pack"
ERASED = "erased"
_ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
}
_SHORT_LEAF = 16
"""Bytes of the leaf that form 01's QR carries too."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100600
Tell = Callable[[Event], tuple[str, str]]
"""Says what happened, in Vietnamese and in English."""


class Pack(NamedTuple):
    """The ZIP's bytes, and what is in it."""

    content: bytes
    story: Story
    checkpoint: Checkpoint
    erased: dict[str, str]


def make_pack(house: House, key: str, actor: str, tell: Tell) -> Pack:
    """
    Record who takes the dossier's papers away, then put them and their proofs together.

    Raises NotFoundError for an unknown dossier or officer, TamperedError when events
    or papers are not what was recorded.
    """
    dossier = house.office.dossiers.find(key)
    who = house.office.offices.current().actor(actor)
    stream = f"dossier:{dossier.id}"
    named = _story([one.body for one in house.journal.stream(stream)]).papers
    ids = sorted(set().union(*named.values())) or [dossier.id]
    for document in ids:
        fact = DocumentRead(document=document, purpose=PURPOSE)
        house.access.record(dossier.id, fact, who, house.office.clock.now())
    checkpoint = house.checkpoints.sign()
    events = [one for one in house.journal.stream(stream) if one.seq <= checkpoint.size]
    story = _story([one.body for one in events])
    papers, erased = _papers(house.office.documents, story)
    members = papers | _proved(house, checkpoint, events)
    members |= _read(events, story, checkpoint, tell)
    head = Head(checkpoint.origin, checkpoint.size, checkpoint.root)
    members[MANIFEST] = written_manifest(story, head, members, erased)
    return Pack(zipped(members), story, checkpoint, erased)


def zipped(members: dict[str, bytes]) -> bytes:
    """Write the members in the order of their names, the manifest first."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members, key=lambda one: (one != MANIFEST, one)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE << 16
            archive.writestr(entry, members[name], zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _story(bodies: list[bytes]) -> Story:
    try:
        return story_of(bodies)
    except PackError as error:
        do = "nambuoc audit verify --all"
        vi, en = f"{error.vi}; chạy {do}", f"{error.en}; run {do}"
        raise TamperedError(vi, en) from error


def _papers(
    documents: Documents, story: Story
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Read every paper that the events name; what is erased is only named."""
    found, erased = dict[str, bytes](), dict[str, str]()
    for sha256, ids in sorted(story.papers.items()):
        kept = [one for one in sorted(ids) if documents.find(one).state != ERASED]
        if not kept:
            erased[sha256] = min(ids)
            continue
        content = documents.open(kept[0])
        if digest(content) != sha256:
            vi = f"giấy tờ {kept[0]} không còn là bản đã ghi; chạy nambuoc store verify"
            en = f"paper {kept[0]} is not what was recorded; run nambuoc store verify"
            raise TamperedError(vi, en)
        ending = _ENDINGS.get(documents.find(kept[0]).media_type, "bin")
        name = f"documents/{sha256}.{ending}"
        found[OUTCOME if sha256 == story.outcome else name] = content
    return found, erased


def _proved(
    house: House, checkpoint: Checkpoint, events: Sequence[Recorded]
) -> dict[str, bytes]:
    tree, keys = house.checkpoints.tree, house.checkpoints.keys()
    proofs = {
        f"proofs/{one.seq}.tlog-proof": write_proof(tree, checkpoint, one.seq, one.body)
        for one in events
    }
    return proofs | {
        "events.ndjson": b"".join(one.body + b"\n" for one in events),
        "checkpoint": checkpoint.note,
        "log.vkey": f"{keys[0].line}\n".encode(),
    }


def _read(
    events: Sequence[Recorded], story: Story, checkpoint: Checkpoint, tell: Tell
) -> dict[str, bytes]:
    """Make what is for reading: the timeline twice, and the verifier."""
    told = [(one, decode(one.body)) for one in events]
    facts = [event.fact for _, event in told]
    procedure = next(one for one in facts if isinstance(one, Submitted))
    timeline = Timeline(
        code=story.code,
        dossier=story.dossier,
        procedure=f"{procedure.procedure} ({procedure.procedure_version})",
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        last_at=told[-1][1].occurred_at,
        lines=tuple(_line(one, event, tell(event)) for one, event in told),
    )
    return {
        "timeline.html": as_html(timeline),
        "timeline.pdf": print_timeline(timeline),
        "verify.py": shipped(),
    }


def _line(recorded: Recorded, event: Event, words: tuple[str, str]) -> Line:
    return Line(
        version=event.version,
        seq=recorded.seq,
        at=shown(event.occurred_at),
        actor=event.actor.id,
        position=event.actor.position,
        agency=event.actor.agency,
        vi=words[0],
        en=words[1],
        leaf=recorded.leaf[:_SHORT_LEAF].hex(),
    )
