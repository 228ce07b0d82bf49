"""`nambuoc store verify | manifest`: papers read again, outcomes locked and listed."""

from typing import Annotated

import typer

from infra.store_care import keep_outcomes, verify_store
from portal.commands.store import app
from portal.house import opened
from portal.output import answer, hint, say
from portal.verbs import verb

VERIFICATION_FAILED = 5
_EVERY = 100
Percent = Annotated[
    float,
    typer.Option(
        min=0,
        max=100,
        help=say(
            "chỉ đọc phần lâu chưa đọc nhất", "only what was not read for longest"
        ),
    ),
]
Deep = Annotated[
    bool,
    typer.Option(
        help=say("so cả danh mục, dòng, bản kê", "compare listing, rows, manifests too")
    ),
]


@verb(
    app,
    "verify",
    "Đọc lại giấy tờ và so với mã băm đã ghi: 0 sạch, 5 có sai lệch.",
    "Read papers again and compare digests: 0 clean, 5 findings.",
)
def verify(*, percent: Percent = 100, deep: Deep = False) -> None:
    """Read papers again: 0 clean, 5 findings."""
    with opened() as house:
        found = verify_store(house, _tell, percent=percent, deep=deep)
    rows = found["findings"] if isinstance(found["findings"], list) else []
    strangers = found["unowned"] if isinstance(found["unowned"], list) else []
    vi, en = f"đã đọc {found['documents']}", f"read {found['documents']}"
    answer(
        found,
        [
            say(vi, en),
            *(f" ✘ {row['kind']} {say(row['vi'], row['en'])}" for row in rows),
            *(say(" ? không có dòng: ", " ? no row: ") + key for key in strangers),
        ],
    )
    if rows:
        raise typer.Exit(VERIFICATION_FAILED)


@verb(
    app,
    "manifest",
    "Khóa kết quả chưa khóa và lập bản kê nối tiếp bản trước; chạy mỗi ngày.",
    "Lock outcomes not locked yet, list them after the last manifest; run it daily.",
)
def manifest() -> None:
    """Lock outcomes and list them; says how far the store itself keeps the term."""
    with opened() as house:
        done = keep_outcomes(house)
    name = done["manifest"] or say("không có gì mới", "nothing new")
    answer(done, [f"{name}  worm={done['worm']}  +{done['locked']}"])


def _tell(read: int, wanted: int) -> None:
    if read % _EVERY == 0:
        hint(f"đã đọc {read}/{wanted}", f"read {read} of {wanted}")
