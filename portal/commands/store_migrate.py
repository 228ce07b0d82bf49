"""`nambuoc store migrate`: papers to an S3 store, or back, while work goes on."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from infra.store_migration import Moved, migrate_store
from portal.commands.store import app
from portal.house import opened
from portal.output import answer, hint, say
from portal.verbs import verb

VERIFICATION_FAILED, PARTLY = 5, 8
_EVERY = 100


class Target(StrEnum):
    """Where the papers go."""

    S3 = "s3"
    LOCAL = "local"


@verb(
    app,
    "migrate",
    "Chuyển giấy tờ sang kho S3 hoặc về thư mục; --clear xóa bản cũ đã kiểm chứng.",
    "Move the papers to the S3 store or back; --clear removes the verified old copies.",
)
def migrate(
    *, to: Annotated[Target, typer.Option()] = Target.S3, clear: bool = False
) -> None:
    """Move the papers: 0 all moved, 8 some are left, 5 some are missing or changed."""
    with opened() as house:
        done = migrate_store(house, to, _tell, clear=clear)
    findings = [{"key": one.key, "text": say(one.vi, one.en)} for one in done.findings]
    answer(asdict(done) | {"findings": findings}, _lines(done))
    if findings:
        raise typer.Exit(VERIFICATION_FAILED)
    if done.left:
        raise typer.Exit(PARTLY)


def _lines(done: Moved) -> list[str]:
    return [
        say("đã chuyển ", "moved ") + str(done.moved),
        say("còn lại ", "left ") + str(done.left),
        say("bản cũ đã xóa ", "old copies removed ") + str(done.removed),
        *(f" ✘ {one.key}: {say(one.vi, one.en)}" for one in done.findings),
    ]


def _tell(moved: int, left: int) -> None:
    if moved % _EVERY == 0:
        hint(f"đã chuyển {moved}, còn {left}", f"moved {moved}, {left} left")
