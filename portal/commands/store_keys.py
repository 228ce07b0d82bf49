"""`nambuoc store rotate-key | shred`: the master key, and the end of an owner's key."""

from typing import Annotated

import typer

from infra.store_care import BACKUP_DAYS, erase_papers, rotate_master
from portal.commands.store import app
from portal.house import opened, order
from portal.options import Reason, required
from portal.output import answer, hint, say
from portal.verbs import verb

_EVERY = 500
Retire = Annotated[
    bool, typer.Option(help=say("quên các khóa chủ cũ", "forget older master keys"))
]
Days = Annotated[
    int,
    typer.Option(min=0, help=say("số ngày giữ bản sao lưu", "days a backup is kept")),
]


@verb(
    app,
    "rotate-key",
    "Đổi khóa chủ và bọc lại mọi khóa; không đụng đến tệp; --retire quên khóa cũ.",
    "Change the master key and wrap all keys anew; --retire forgets the old ones.",
)
def rotate_key(*, retire: Retire = False) -> None:
    """Change the master key, or forget the older ones; says what to back up."""
    with opened() as house:
        done = rotate_master(house, _tell, retired=retire)
    backup = done["backup"] if isinstance(done["backup"], dict) else {}
    older = done.get("older") or ()
    kept = ", ".join(map(str, older)) if isinstance(older, tuple) else ""
    answer(
        done,
        [
            say("khóa chủ hiện nay ", "present master key ") + str(done["kek_id"]),
            say("sao lưu ngay cùng cơ sở dữ liệu: ", "back up with the database now: ")
            + f"{backup.get('file')}  sha256 {backup.get('sha256')}",
            *[say("khóa cũ còn giữ: ", "older keys kept: ") + kept] * bool(kept),
        ],
    )


@verb(
    app,
    "shred",
    "Hủy khóa giấy tờ dùng lại của một chủ hồ sơ: không ai đọc được nữa.",
    "Destroy the key of an owner's papers for reuse: nobody reads them again.",
)
def shred(
    *,
    owner: Annotated[str | None, typer.Option(metavar="ID")] = None,
    reason: Reason = "",
    backup_days: Days = BACKUP_DAYS,
) -> None:
    """Destroy the key of an owner's papers for reuse."""
    whose, why = required(owner, "--owner"), required(reason, "--reason")
    with opened() as house:
        asked = order(house)
        done = erase_papers(house, whose, asked, reason=why, backup_days=backup_days)
    documents = done["documents"] if isinstance(done["documents"], list) else []
    vi = f"đã xóa {len(documents)} giấy tờ; hoàn tất khi bản sao lưu cuối hết hạn, "
    en = f"{len(documents)} papers erased; complete when the last backup expires, "
    answer(done, [say(vi, en) + str(done["complete_on"]), *map(str, documents)])


def _tell(done: int, left: int) -> None:
    if done % _EVERY == 0:
        hint(f"đã bọc lại {done}, còn {left}", f"{done} wrapped anew, {left} left")
