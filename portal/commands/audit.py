"""`nambuoc audit …`: who did what when, as of any moment, and is the log whole."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import MalformedError
from dossiers.values import iso, local
from infra.audit import replay as replay_
from infra.audit import verify as verify_
from portal.house import opened
from portal.options import Code, instant
from portal.output import answer, hint, say
from portal.sentences import sentence

app = typer.Typer(no_args_is_help=True, help=say("kiểm tra", "audit"))
FAILED = 5


@app.command()
def timeline(
    code: Code,
    *,
    at: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option()] = None,
) -> None:
    """Dòng thời gian: ai làm gì, lúc nào, theo đúng thứ tự."""
    with opened() as house:
        moment = instant(at, "--at") if at else None
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


@app.command()
def verify(
    code: Annotated[str | None, typer.Argument()] = None,
    *,
    all_: Annotated[bool, typer.Option("--all")] = False,
) -> None:
    """Kiểm tra nhật ký, giấy tờ, chữ ký của một hồ sơ hoặc tất cả (--all)."""
    if code is None and not all_:
        vi = "cho mã hồ sơ, hoặc --all"
        raise MalformedError(vi, "give a dossier's code, or --all")
    with opened() as house:
        found = verify_(house, code)
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


@app.command()
def replay(
    *,
    from_: Annotated[str, typer.Option("--from")] = "journal",
    to: Annotated[str | None, typer.Option()] = None,
    seq: Annotated[int | None, typer.Option()] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
) -> None:
    """Dựng lại mọi hồ sơ từ nhật ký, đến một lúc (--to) hay một số (--seq)."""
    if from_ != "journal":
        vi = f"--from {from_}: bản này chỉ đọc được nhật ký (journal)"
        raise MalformedError(vi, f"--from {from_}: only the journal is readable yet")
    with opened() as house:
        moment = instant(to, "--to") if to else None
        found, lines = replay_(house, at=moment, seq=seq)
        if out is not None:
            out.write_text("\n".join(lines) + "\n", encoding="utf-8")
            hint(f"đã ghi {out}", f"wrote {out}")
        answer(found, [f" {name}: {value}" for name, value in found.items()])
