"""`nambuoc audit …`: who did what when, as of any moment, and is the log whole."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import MalformedError
from dossiers.values import iso, local
from infra.audit import replay as replay_
from infra.audit import verify as verify_
from portal.files import save
from portal.house import opened
from portal.options import Code, dossier_key, maybe_instant
from portal.output import answer, hint
from portal.sentences import sentence
from portal.verbs import noun, verb

app = noun("kiểm tra: dòng thời gian, nhật ký", "audit")
FAILED = 5


@verb(
    app,
    "timeline",
    "Ai làm gì, lúc nào, theo đúng thứ tự.",
    "Who did what when, oldest first.",
)
def timeline(
    code: Code,
    *,
    at: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option()] = None,
) -> None:
    """Tell who did what when, oldest first."""
    moment = maybe_instant(at, "--at")
    with opened() as house:
        rows = house.office.dossiers.history(code, seq=seq, at=moment)
    document = [
        {
            "version": event.version,
            "time": iso(event.occurred_at),
            "type": event.fact.type,
            "actor": event.actor.id,
            "position": event.actor.position,
            "agency": event.actor.agency,
            "sentence": sentence(event),
            "data": event.fact.model_dump(mode="json", exclude={"type"}),
        }
        for event in rows
    ]
    answer(
        document,
        [
            f"{event.version:>3}  {local(event.occurred_at):%d/%m/%Y %H:%M:%S}  "
            f"{sentence(event)}"
            for event in rows
        ],
    )


@verb(
    app,
    "verify",
    "Kiểm tra nhật ký, giấy tờ, chữ ký của một hồ sơ hoặc tất cả (--all).",
    "Check log, papers and signatures of one dossier or all.",
)
def verify(
    code: Annotated[str | None, typer.Argument()] = None,
    *,
    all_: Annotated[bool, typer.Option("--all")] = False,
) -> None:
    """Check log, papers and signatures of one dossier or all."""
    if code is None and not all_:
        vi = "cho mã hồ sơ, hoặc --all"
        raise MalformedError(vi, "give a dossier's code, or --all")
    with opened() as house:
        found = verify_(house, code and dossier_key(code))
        rows = found["findings"] if isinstance(found["findings"], list) else []
        summary = {name: value for name, value in found.items() if name != "findings"}
        answer(
            found,
            [
                *(f" {name}: {value}" for name, value in summary.items()),
                *(f" ✘ {row['seq']} {row['dossier']} {row['text']}" for row in rows),
            ],
        )
        if not found["ok"]:
            raise typer.Exit(FAILED)


@verb(
    app,
    "replay",
    "Dựng lại mọi hồ sơ từ nhật ký, đến một lúc (--to) hay một số (--seq).",
    "Build every dossier anew, up to an instant or a seq.",
)
def replay(
    *,
    from_: Annotated[str, typer.Option("--from")] = "journal",
    to: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option()] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
) -> None:
    """Build every dossier anew, up to an instant or a seq."""
    if from_ != "journal":
        vi = f"--from {from_}: bản này chỉ đọc được nhật ký (journal)"
        raise MalformedError(vi, f"--from {from_}: only the journal is readable yet")
    moment = maybe_instant(to, "--to")
    with opened() as house:
        found, lines = replay_(house, at=moment, seq=seq)
    if out is not None:
        save(out, "".join(f"{line}\n" for line in lines).encode())
        hint(f"đã ghi {out}", f"wrote {out}")
    answer(found, [f" {name}: {value}" for name, value in found.items()])
