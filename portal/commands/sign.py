"""`nambuoc sign …`: the signing queue, and verdicts on any PDF."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import DossierError
from infra.house import House
from infra.verdicts import verify_file
from portal.files import load
from portal.house import opened, order
from portal.options import dossier_key, instant
from portal.output import SPEECH, answer, say
from portal.verbs import noun, verb
from steps.act import Order
from steps.sign import sign

app = noun("ký số và kiểm tra chữ ký", "signing", acts=True)
EXIT = {"TOTAL-PASSED": 0, "TOTAL-FAILED": 5, "INDETERMINATE": 9}
WAITING = ("processed", "prepared", "person-signed")
PARTLY = 8


@verb(
    app,
    "queue",
    "Hồ sơ đang chờ ký, chờ đóng dấu (--as: của một người).",
    "What waits for a signature or a seal (--as: of one officer).",
)
def queue() -> None:
    """List what waits for a signature or a seal."""
    with opened() as house:
        rows = [
            row
            for status in WAITING
            for row in house.listing.dossiers(status=status, limit=100_000)
            if SPEECH.actor in (None, row["holder"])
        ]
    answer(
        rows, [f"{row['code']}  {row['status']:<14} {row['holder']}" for row in rows]
    )


@verb(
    app,
    "batch",
    "Ký nhiều hồ sơ; mỗi hồ sơ một kết quả riêng.",
    "Sign many; each dossier has its own result.",
)
def batch(codes: Annotated[list[str], typer.Argument(metavar="CODE…")]) -> None:
    """Do the open signing act on each; exit 8 when one was refused."""
    with opened() as house:
        asked = order(house)
        rows = [_signed(house, code, asked) for code in codes]
    answer(rows, [f"{row['code']}  {row['status'] or row['error']}" for row in rows])
    if any(row["error"] for row in rows):
        raise typer.Exit(PARTLY)


def _signed(house: House, code: str, asked: Order) -> dict[str, object]:
    one = Order(asked.actor, f"{asked.command}:{code}", asked.expect)
    try:
        done = sign(house.office, dossier_key(code), one)
    except DossierError as error:
        told = say(error.vi, error.en)
        return {"code": code, "status": None, "error": told, "exit": error.exit_code}
    return {"code": done.code, "status": done.status, "error": None, "exit": 0}


@verb(
    app,
    "verify",
    "Kiểm tra chữ ký của một tệp PDF: 0 hợp lệ, 5 không hợp lệ, 9 chưa xác định.",
    "Judge a PDF: 0 valid, 5 not valid, 9 indeterminate.",
)
def verify(
    file: Path,
    *,
    trust: Annotated[Path | None, typer.Option(help="PEM")] = None,
    at: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Judge the signatures of a PDF; the exit code is the verdict."""
    content = load(file)
    roots = load(trust) if trust else None
    moment = instant(at, "--at") if at else None
    found = verify_file(content, trust=roots, at=moment, lang=SPEECH.lang)
    answer(found, _lines(found))
    raise typer.Exit(EXIT[str(found["verdict"])])


def _lines(found: dict[str, object]) -> list[str]:
    signatures = found["signatures"]
    rows = signatures if isinstance(signatures, list) else []
    return [
        f"{found['verdict']}: {found['sentence']}",
        *(
            f"  {row['field']}: {row['signer']} · {row['time']} · {row['verdict']}"
            for row in rows
        ),
    ]
