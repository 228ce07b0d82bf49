"""`nambuoc events export`: the log as a folder that needs nothing else."""

from pathlib import Path
from typing import Annotated

import typer

from infra.exporting import Source, export
from portal.commands.events import app
from portal.house import opened
from portal.output import answer, say
from portal.progress import beats
from portal.verbs import verb


@verb(
    app,
    "export",
    "Xuất nhật ký ra thư mục -o: ai cũng kiểm được chỉ với log.vkey.",
    "Export the log to a folder that log.vkey alone can check.",
)
def export_(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR")],
    *,
    from_seq: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Export the log to a folder that log.vkey alone can check."""
    with opened() as house:
        source = Source(house.journal, house.checkpoints)
        checkpoint = export(source, out, from_seq, beats())
        house.log_operation("events-export", "", f"{out} {checkpoint.size}")
    document = {
        "path": str(out),
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "from_seq": from_seq,
    }
    vi = f"đã xuất {checkpoint.size} sự kiện ra {out}"
    answer(
        document,
        [
            say(vi, f"exported {checkpoint.size} events to {out}"),
            f"  {checkpoint.origin} {checkpoint.root.hex()}",
        ],
    )
