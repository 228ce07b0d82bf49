"""`nambuoc events witness | cosigned | rotate-key`: who signs for the log."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import MalformedError
from infra.settings import from_environment
from infra.witness import ask
from portal.commands.events import app
from portal.files import load, save
from portal.house import opened
from portal.keys import log_keys, one_key
from portal.options import demand_one
from portal.output import answer, hint, say
from portal.verbs import verb

Out = Annotated[Path | None, typer.Option("-o", "--out")]
State = Annotated[
    Path, typer.Option(help=say("thư mục riêng của nhân chứng", "the witness's own"))
]
Name = Annotated[
    str | None, typer.Option(help=say("tên, lần đầu", "its name, at first use"))
]
LogVkey = Annotated[
    Path | None, typer.Option(help=say("khóa của nhật ký", "the log's log.vkey"))
]
Proof = Annotated[
    Path | None, typer.Option(help=say("các mã băm nhất quán", "lines of base64"))
]
Export = Annotated[
    Path | None, typer.Option(help=say("thư mục đã xuất", "an export directory"))
]


@verb(
    app,
    "witness",
    "Làm chứng một mốc của nhật ký khác: từ chối nếu rẽ nhánh hay ngắn lại.",
    "Cosign a log's checkpoint; refuses forks and shrinking.",
)
def witness(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT")],
    *,
    state: State,
    name: Name = None,
    log_vkey: LogVkey = None,
    proof: Proof = None,
    export: Export = None,
    out: Out = None,
) -> None:
    """Cosign a log's checkpoint; refuses forks and shrinking."""
    demand_one(proof=proof, export=export)
    _demand_elsewhere(state)
    keys = log_keys(log_vkey)
    given = load(proof) if proof else export
    found = ask(state, name, load(checkpoint), keys, given=given)
    if out is not None:
        save(out, found.note)
        hint(f"đã ghi {out}", f"wrote {out}")
    document = {
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "note": found.note.decode(),
    }
    answer(document, found.note.decode().splitlines())


@verb(
    app,
    "cosigned",
    "Nhận chữ ký của nhân chứng vào mốc mới nhất của nhật ký này.",
    "Take a witness's line into this log's last checkpoint.",
)
def cosigned(
    file: Annotated[Path, typer.Argument(metavar="COSIGNED")],
    *,
    witness: Annotated[
        Path, typer.Option(help=say("khóa nhân chứng", "its witness.vkey"))
    ],
) -> None:
    """Take a witness's line into this log's last checkpoint."""
    key, raw = one_key(witness), load(file)
    with opened() as house:
        found = house.checkpoints.add_cosignature(raw, key)
    document = {"size": found.size, "root": found.root.hex(), "witness": key.name}
    answer(document, [f" {name}: {value}" for name, value in document.items()])


@verb(
    app,
    "rotate-key",
    "Thay khóa ký nhật ký: khóa mới cùng ký, rồi --retire cho khóa cũ thôi ký.",
    "Change the log's key: both sign, then --retire ends the older one.",
)
def rotate_key(*, retire: Annotated[bool, typer.Option("--retire")] = False) -> None:
    """Change the log's key: both sign, then --retire ends the older one."""
    with opened() as house:
        checkpoints = house.checkpoints
        key = checkpoints.retire() if retire else checkpoints.rotate()
        house.log_operation("retire-key" if retire else "rotate-key", "", key.line)
        keys = checkpoints.keys()
    document = {
        "retired" if retire else "added": key.line,
        "keys": [
            {"vkey": one.line, "first": one.first, "last": one.last} for one in keys
        ],
    }
    lines = (f" {one.line} {one.first} {one.last or '-'}" for one in keys)
    answer(document, lines)


def _demand_elsewhere(state: Path) -> None:
    home = from_environment().home
    if state.absolute().resolve().is_relative_to(home.resolve()):
        vi = f"--state {state} nằm trong nhà của nhật ký; nhân chứng phải ở nơi khác"
        raise MalformedError(vi, f"--state {state} lies in the log's home; elsewhere")
