"""`nambuoc sign …`: the signing queue, and verdicts on any PDF."""

from pathlib import Path
from typing import Annotated

import typer

from dossiers.errors import MalformedError, NotFoundError
from infra.verdicts import verify_file
from portal.house import ACTING, opened, order
from portal.options import instant
from portal.output import SPEECH, answer, say
from steps.sign import sign

app = typer.Typer(no_args_is_help=True, help=say("ký số", "signing"), epilog=ACTING)
EXIT = {"TOTAL-PASSED": 0, "TOTAL-FAILED": 5, "INDETERMINATE": 9}
WAITING = ("processed", "prepared", "person-signed", "sealed")


@app.command()
def queue() -> None:
    """Hồ sơ đang chờ ký, chờ đóng dấu."""
    with opened() as house:
        rows = [
            row
            for status in WAITING
            for row in house.listing.dossiers(status=status, limit=100_000)
        ]
        answer(
            rows, [f"{row['code']}  {row['status']}  {row['holder']}" for row in rows]
        )


@app.command()
def batch(codes: list[str]) -> None:
    """Ký nhiều hồ sơ; mỗi hồ sơ một kết quả riêng."""
    with opened() as house:
        base = order(house)
        for code in codes:
            one = type(base)(base.actor, f"{base.command}:{code}")
            dossier = sign(house.office, code, one)
            answer(
                {"code": code, "status": dossier.status}, [f"{code} {dossier.status}"]
            )


@app.command()
def verify(
    file: Path,
    *,
    trust: Annotated[Path | None, typer.Option(help="PEM")] = None,
    at: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Kiểm tra chữ ký của một tệp PDF: 0 hợp lệ, 5 không hợp lệ, 9 chưa xác định."""
    content = _content(file)
    roots = _content(trust) if trust else None
    moment = instant(at, "--at") if at else None
    found = verify_file(content, trust=roots, at=moment, lang=SPEECH.lang)
    answer(found, _lines(found))
    raise typer.Exit(EXIT[str(found["verdict"])])


def _content(path: Path) -> bytes:
    if not path.exists():
        vi = f"không có tệp {path}"
        raise NotFoundError(vi, f"no file {path}")
    if not path.is_file():
        vi = f"{path} không phải tệp"
        raise MalformedError(vi, f"{path} is not a file")
    return path.read_bytes()


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
