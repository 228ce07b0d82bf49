"""`nambuoc audit prove | verify-proof`: proofs that need neither us nor the network."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.envelope import decode
from dossiers.errors import DossierError, MalformedError, NotFoundError
from dossiers.values import iso
from infra.checkpoints import Checkpoint, read_checkpoint, read_head
from infra.house import House
from infra.proof_files import (
    VerifiedProof,
    checkpoint_in,
    prove,
    prove_growth,
    verify_growth,
    verify_proof,
    verify_witness,
)
from portal.commands.audit import app
from portal.files import load, save
from portal.house import opened
from portal.keys import log_keys, one_key
from portal.options import dossier_key
from portal.output import answer, hint, say
from portal.sentences import sentence
from portal.verbs import verb

Seq = Annotated[
    int | None,
    typer.Option(help=say("số của sự kiện", "the event's number in the log")),
]
Consistency = Annotated[
    int | None,
    typer.Option(
        metavar="OLD_SIZE",
        help=say("chứng minh nhật ký chỉ dài ra từ cỡ này", "prove growth from a size"),
    ),
]
Vkey = Annotated[
    Path | None,
    typer.Option(help=say("khóa của nhật ký (log.vkey)", "the log's key (log.vkey)")),
]


@verb(
    app,
    "prove",
    "Ghi bằng chứng: sự kiện có trong nhật ký đã ký (mặc định: sự kiện cuối).",
    "Write a proof that an event is in the signed log (default: the last one).",
)
def prove_(
    code: Annotated[str | None, typer.Argument(metavar="CODE")] = None,
    *,
    seq: Seq = None,
    consistency: Consistency = None,
    out: Annotated[Path, typer.Option("-o", "--out")],
) -> None:
    """Write a proof that an event is in the signed log."""
    if (code is None and seq is None) == (consistency is None):
        vi = "cho mã hồ sơ hoặc --seq, hoặc chỉ --consistency CỠ_CŨ"
        raise MalformedError(vi, "give a code or --seq, or only --consistency OLD_SIZE")
    key = code and dossier_key(code)
    with opened() as house:
        if consistency is not None:
            raw = prove_growth(house.checkpoints, consistency)
        else:
            number = _seq(house, key, seq)
            raw = prove(house.checkpoints, house.journal, number)
    save(out, raw)
    told = _written(raw, out, consistency)
    answer(told, [f" {name}: {value}" for name, value in told.items()])


@verb(
    app,
    "verify-proof",
    "Kiểm tra một bằng chứng; không cần máy chủ, chỉ cần khóa của nhật ký.",
    "Check a proof; needs no server, only the log's key.",
)
def verify_proof_(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    vkey: Vkey = None,
    witness: Annotated[
        list[Path] | None,
        typer.Option(help=say("khóa nhân chứng phải có", "a witness that must sign")),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(help=say("mốc của lần trước", "the earlier checkpoint or proof")),
    ] = None,
) -> None:
    """Check a proof; needs no server, only the log's key."""
    keys = log_keys(vkey)
    witnesses = [one_key(path) for path in witness or ()]
    raw = load(file)
    before = read_checkpoint(checkpoint_in(load(since)), keys) if since else None
    if before is None and raw.startswith(b"old "):
        vi = "đây là bằng chứng nhất quán; cho mốc lần trước bằng --since TỆP"
        raise MalformedError(vi, "a consistency proof: give the earlier --since FILE")
    if before:
        checkpoint = verify_growth(raw, before, keys)
        told, said = _growth(before, checkpoint)
    else:
        found = verify_proof(raw, keys)
        checkpoint, (told, said) = found.checkpoint, _event(found)
    for one in witnesses:
        verify_witness(checkpoint, one)
    document = {"ok": True} | told | _head(checkpoint)
    document["witnesses"] = [one.name for one in witnesses]
    lines = [f" {name}: {value}" for name, value in document.items() if value]
    answer(document, [said, *lines])


def _seq(house: House, key: str | None, seq: int | None) -> int:
    """Find the event that is meant; one of the dossier's, when a dossier is named."""
    if key is None:
        return seq or 0
    dossier = house.office.dossiers.find(key)
    known = [row.seq for row in house.journal.stream(f"dossier:{dossier.id}")]
    if seq is not None and seq not in known:
        listed = ", ".join(map(str, known))
        vi = f"sự kiện {seq} không thuộc hồ sơ {dossier.code}; của hồ sơ: {listed}"
        en = f"event {seq} is not of dossier {dossier.code}; its events: {listed}"
        raise NotFoundError(vi, en)
    return known[-1] if seq is None else seq


def _written(raw: bytes, out: Path, old: int | None) -> dict[str, object]:
    own, _, note = raw.partition(b"\n\n")
    origin, size, root = read_head(note.partition(b"\n\n")[0] + b"\n")
    told: dict[str, object] = {"file": str(out), "bytes": len(raw)}
    if old is None:
        index = int(own.split(b"\n")[2].removeprefix(b"index "))
        told |= {"seq": index + 1, "index": index}
    else:
        told["grew_from"] = old
    return told | {"size": size, "root": root.hex(), "origin": origin}


def _head(checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "origin": checkpoint.origin,
    }


def _growth(
    before: Checkpoint, checkpoint: Checkpoint
) -> tuple[dict[str, object], str]:
    old, new = before.size, checkpoint.size
    return {"grew_from": old}, say(
        f"ĐÚNG: nhật ký chỉ dài ra, từ {old} đến {new} sự kiện",
        f"GOOD: the log only grew, from {old} to {new} events",
    )


def _event(found: VerifiedProof) -> tuple[dict[str, object], str]:
    """Tell what the proved bytes say; only now are they read."""
    told: dict[str, object] = {"seq": found.seq, "index": found.seq - 1}
    try:
        event = decode(found.body)
    except DossierError as error:
        hint(f"nội dung: {error.vi}", f"the content: {error.en}")
        said = say("ĐÚNG: có trong nhật ký", "GOOD: it is in the log")
        return told | {"stream": None}, said
    told |= {
        "stream": event.stream,
        "dossier": event.subject,
        "version": event.version,
        "type": event.fact.type,
        "time": iso(event.occurred_at),
    }
    return told, say("ĐÚNG: ", "GOOD: ") + sentence(event)
