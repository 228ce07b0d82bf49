"""What an evidence pack proves: events of a signed log, and the papers they name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from infra.pack_verifier.members import DOCUMENT, MANIFEST, OUTCOME, PROOF, Members
from infra.pack_verifier.tlog import (
    Head,
    Key,
    demand_included,
    read_checkpoint,
    read_key,
    read_proof,
    refuse,
)

_SUBMITTED = "vn.nambuoc.dossier.submitted."
_SEALED = "vn.nambuoc.dossier.sealed-by-agency."


class Story(NamedTuple):
    """What a dossier's events say: papers by digest, and the sealed outcome's."""

    code: str
    dossier: str
    version: int
    papers: dict[str, set[str]]
    outcome: str | None


class Evidence(NamedTuple):
    """What a pack proves: a dossier's events in a log, and the papers they name."""

    story: Story
    head: Head
    erased: dict[str, str]
    key: str
    key_known: bool


def verify_pack(pack: Path, known: Key | None = None) -> Evidence:
    """Check a pack, also with a key known from elsewhere when given; PackError."""
    members = Members(pack)
    try:
        raw, erased = _manifest(members)
        line, note = members.read("log.vkey"), members.read("checkpoint")
        head = read_checkpoint(note, read_key(line, "log.vkey"), "checkpoint")
        if known is not None:
            read_checkpoint(note, known, "checkpoint")
        story = story_of(_bodies(members, head, note))
        _demand_papers(members, story, erased)
        digests = {name: members.read(name) for name in members.names - {MANIFEST}}
        if raw != written_manifest(story, head, digests, erased):
            refuse(MANIFEST, "không tả đúng gói này", "does not describe this pack")
        shown = line.decode().strip()
        return Evidence(story, head, erased, shown, key_known=known is not None)
    finally:
        members.close()


def written_manifest(
    story: Story, head: Head, members: dict[str, bytes], erased: dict[str, str]
) -> bytes:
    """Write the manifest of these members; what is erased is named by its digest."""
    told = {
        "format": "nambuoc-evidence-pack/1",
        "code": story.code,
        "dossier": story.dossier,
        "version": story.version,
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "members": [
            {"path": name, "size": len(content), "sha256": _sha256(content)}
            for name, content in sorted(members.items())
        ],
        "erased": [
            {"document": document, "sha256": digest}
            for digest, document in sorted(erased.items())
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def _manifest(members: Members) -> tuple[bytes, dict[str, str]]:
    """Compare every member with the manifest; gives its bytes and what is erased."""
    raw = members.read(MANIFEST)
    try:
        found = json.loads(raw)
        listed = {str(one["path"]): one["sha256"] for one in found["members"]}
        erased = {str(one["sha256"]): str(one["document"]) for one in found["erased"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        refuse(MANIFEST, "không đọc được", "cannot be read")
    for name in sorted(members.names - {MANIFEST}):
        if name not in listed:
            refuse(name, "không có trong manifest.json", "not in manifest.json")
        if _sha256(members.read(name)) != listed[name]:
            refuse(name, "khác với manifest.json", "not what manifest.json says")
    for name in sorted(set(listed) - members.names):
        refuse(name, "thiếu trong gói", "missing from the pack")
    return raw, erased


def _bodies(members: Members, head: Head, note: bytes) -> list[bytes]:
    """Prove each line of the events' file to be an event of the signed log."""
    place = "events.ndjson"
    *bodies, end = members.read(place).split(b"\n")
    found = filter(None, map(PROOF.fullmatch, members.names))
    seqs = sorted(int(proof[1]) for proof in found)
    if end or not bodies or len(seqs) != len(bodies):
        vi = f"{len(bodies)} dòng, {len(seqs)} bằng chứng"
        refuse(place, vi, f"{len(bodies)} whole lines, {len(seqs)} proofs")
    for line, seq in enumerate(seqs):
        name = f"proofs/{seq}.tlog-proof"
        proof = read_proof(members.read(name), name)
        if proof.leaf != seq - 1 or proof.body != bodies[line]:
            refuse(name, "của sự kiện khác", f"not of line {line + 1} of {place}")
        if proof.checkpoint != note:
            refuse(name, "kèm checkpoint khác", "it holds another checkpoint")
        demand_included(proof, head, name)
    return bodies


def story_of(bodies: list[bytes]) -> Story:
    """Read events as one dossier's, versions 1 to n without a gap; PackError."""
    code, stream, outcome = "", "", None
    papers: dict[str, set[str]] = {}
    for version, body in enumerate(bodies, start=1):
        place = f"events.ndjson, {version}"
        event = _event(body, place)
        stream = stream or str(event.get("stream"))
        there = (event.get("stream"), event.get("streamversion"))
        if there != (stream, version) or not stream.startswith("dossier:"):
            refuse(place, "sai hồ sơ hoặc hụt phiên bản", "other dossier or a gap")
        kind, content = str(event.get("type")), event.get("data")
        named = _papers(content)
        for digest, document in named:
            papers.setdefault(digest, set()).add(document)
        if version == 1 and kind.startswith(_SUBMITTED) and isinstance(content, dict):
            code = str(content.get("code"))
        if kind.startswith(_SEALED) and named:
            outcome = named[0][0]
    if not code:
        refuse("events.ndjson, 1", "không phải lúc nộp hồ sơ", "no submission")
    return Story(code, stream.partition(":")[2], len(bodies), papers, outcome)


def _event(body: bytes, place: str) -> dict[str, object]:
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        refuse(place, f"không đọc được: {error}", f"cannot be read: {error}")
    if not isinstance(found, dict):
        refuse(place, "không phải sự kiện", "not an event")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        text = "a key stands twice"
        raise ValueError(text)
    return found


def _papers(content: object) -> list[tuple[str, str]]:
    """List the papers that an event names: digest and document id."""
    whole = content if isinstance(content, dict) else {}
    parts = whole.get("components")
    rows = [whole, *(parts if isinstance(parts, list) else [])]
    named = [
        (row.get("sha256"), row.get("document"))
        for row in rows
        if isinstance(row, dict)
    ]
    return [
        (digest, document)
        for digest, document in named
        if isinstance(digest, str) and isinstance(document, str)
    ]


def _demand_papers(members: Members, story: Story, erased: dict[str, str]) -> None:
    """Each paper is what an event says of it; none is missing but the erased ones."""
    there = _papers_there(members, story)
    for digest in sorted(set(story.papers) - there - set(erased)):
        refuse(f"documents/{digest}", "thiếu trong gói", "missing from the pack")
    for digest, document in sorted(erased.items()):
        if digest in there or document not in story.papers.get(digest, ()):
            vi = f"{document} không phải giấy tờ đã xóa"
            refuse(MANIFEST, vi, f"{document} is not an erased paper of this dossier")


def _papers_there(members: Members, story: Story) -> set[str]:
    found = set()
    if OUTCOME in members.names:
        found.add(_sha256(members.read(OUTCOME)))
        if found != {story.outcome}:
            refuse(OUTCOME, "không phải bản đã đóng dấu", "not what was sealed")
    for name in sorted(members.names):
        digest = (DOCUMENT.fullmatch(name) or ("", ""))[1]
        if not digest:
            continue
        if _sha256(members.read(name)) != digest or digest not in story.papers:
            refuse(name, "không phải giấy sự kiện nói", "no event names this paper")
        found.add(digest)
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
